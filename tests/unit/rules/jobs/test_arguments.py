"""The rules of getResolvedOptions, one by one.

Source: docs/reference/arguments.md#getresolvedoptions, docs/reference/arguments.md#getresolvedoptions.
"""

import argparse

import pytest

from placekeeper.rules.jobs.arguments import (
    GlueArgumentError,
    effective_arguments,
    from_argv,
    resolve_options,
    to_argv,
)

ALWAYS = {
    "job_bookmark_option": "job-bookmark-disable",
    "job_bookmark_from": None,
    "job_bookmark_to": None,
    "JOB_ID": None,
    "JOB_RUN_ID": None,
    "SECURITY_CONFIGURATION": None,
    "encryption_type": None,
    "enable_data_lineage": None,
    "TempDir": None,
    "RedshiftTempDir": None,
}


def resolve(tokens, options=(), **kwargs):
    return resolve_options(["script.py", *tokens], list(options), **kwargs)


def test_what_is_always_there():
    assert resolve([]) == ALWAYS


@pytest.mark.parametrize(
    ("tokens", "options", "expected"),
    [
        (["--k", "v"], ["k"], {"k": "v"}),
        (["--k=v"], ["k"], {"k": "v"}),
        (["--k", "a", "--k", "b"], ["k"], {"k": "b"}),
        (["--k", ""], ["k"], {"k": ""}),
        (["--k="], ["k"], {"k": ""}),
        (["--k", "-1"], ["k"], {"k": "-1"}),
        (["--k=--x"], ["k"], {"k": "--x"}),
        (["--k", "a b"], ["k"], {"k": "a b"}),
        (["--a-b", "v"], ["a-b"], {"a_b": "v"}),
        (["--unknown", "x", "--k", "v", "loose"], ["k"], {"k": "v"}),
        (["--JOB_NAME", "j", "--JOB_RUN_ID", "jr_1"], ["JOB_NAME"], {"JOB_NAME": "j", "JOB_RUN_ID": "jr_1"}),
        (["--TempDir", "s3://t"], [], {"TempDir": "s3://t", "RedshiftTempDir": "s3://t"}),
        (["--RedshiftTempDir", "s3://r"], [], {"TempDir": "s3://r", "RedshiftTempDir": "s3://r"}),
        (["--TempDir", "a", "--RedshiftTempDir", "b"], [], {"TempDir": "a", "RedshiftTempDir": "b"}),
        ([], ["TempDir"], {"TempDir": None}),
        (["--encryption-type", "sse-s3"], [], {"encryption_type": "sse-s3"}),
    ],
)
def test_values(tokens, options, expected):
    assert resolve(tokens, options) == ALWAYS | expected


@pytest.mark.parametrize(
    ("tokens", "options", "message"),
    [
        ([], ["b", "c"], "the following arguments are required: --b, --c"),
        (["--k"], ["k"], "argument --k: expected one argument"),
        (["--k", "--x"], ["k"], "argument --k: expected one argument"),
        (["--k", "-x"], ["k"], "argument --k: expected one argument"),
        (
            ["--job-bookmark-option", "bogus"],
            [],
            (
                "argument --job-bookmark-option: invalid choice: 'bogus' (choose from 'job-bookmark-enable', "
                "'job-bookmark-pause', 'job-bookmark-disable')"
            ),
        ),
        (
            ["--continuation-option", "on"],
            [],
            (
                "argument --continuation-option: invalid choice: 'on' (choose from 'continuation-enabled', "
                "'continuation-readonly', 'continuation-ignore')"
            ),
        ),
    ],
)
def test_arguments_that_do_not_parse(tokens, options, message):
    with pytest.raises(GlueArgumentError) as raised:
        resolve(tokens, options)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("tokens", "option"),
    [
        (["--job-bookmark-option", "job-bookmark-enable"], "job-bookmark-enable"),
        (["--job-bookmark-option=job-bookmark-pause"], "job-bookmark-pause"),
        (["--continuation-option", "continuation-enabled"], "job-bookmark-enable"),
        (["--continuation-option", "continuation-readonly"], "job-bookmark-pause"),
        (["--continuation-option", "continuation-ignore"], "job-bookmark-disable"),
        (
            [
                "--continuation-option",
                "continuation-enabled",
                "--job-bookmark-option",
                "job-bookmark-disable",
            ],
            "job-bookmark-disable",
        ),
    ],
)
def test_bookmark_option(tokens, option):
    assert resolve(tokens) == ALWAYS | {"job_bookmark_option": option}


PAUSE = ["--job-bookmark-option", "job-bookmark-pause"]
ENABLE = ["--job-bookmark-option", "job-bookmark-enable"]
FROM, TO = ["--job-bookmark-from", "jr_1"], ["--job-bookmark-to", "jr_2"]


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (PAUSE + FROM, "Missing option or value for --job-bookmark-to"),
        (PAUSE + TO, "Missing option or value for --job-bookmark-from"),
        ([*PAUSE, *FROM, "--job-bookmark-to", ""], "Missing option or value for --job-bookmark-to"),
        (ENABLE + FROM + TO, "Invalid option(s)--job-bookmark-from --job-bookmark-to"),
        (FROM + TO, "Invalid option(s)--job-bookmark-from --job-bookmark-to"),
    ],
)
def test_a_range_that_does_not_go_with_its_option(tokens, message):
    with pytest.raises(RuntimeError) as raised:
        resolve(tokens)
    assert str(raised.value) == message


def test_a_range_goes_with_pause():
    found = resolve(PAUSE + FROM + TO)
    assert (found["job_bookmark_from"], found["job_bookmark_to"]) == ("jr_1", "jr_2")
    assert resolve(PAUSE)["job_bookmark_from"] is None


def test_one_bound_without_pause_is_accepted_silently():
    assert resolve(ENABLE + FROM)["job_bookmark_from"] == "jr_1"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("job-bookmark-option", "job-bookmark-option"),
        ("continuation-option", "continuation-option"),
        ("job-bookmark-from", "--job-bookmark-from"),
        ("job-bookmark-to", "--job-bookmark-to"),
    ],
)
def test_reserved_names(name, shown):
    with pytest.raises(RuntimeError) as raised:
        resolve([], ["k", name])
    assert str(raised.value) == f"Using reserved arguments {shown}"


@pytest.mark.parametrize("options", [["JOB_ID"], ["JOB_RUN_ID"], ["SECURITY_CONFIGURATION"], ["k", "k"]])
def test_names_asked_for_twice(options):
    with pytest.raises(argparse.ArgumentError, match=f"conflicting option string: --{options[-1]}"):
        resolve(["--k", "v"], options)


def test_help_exits_with_0(capsys):
    with pytest.raises(SystemExit) as raised:
        resolve(["-h"])
    assert raised.value.code == 0
    assert "--job-bookmark-option" in capsys.readouterr().out


def test_abbreviations_only_on_request():
    assert resolve(["--JOB_N", "j"], ["JOB_NAME"], allow_abbrev=True)["JOB_NAME"] == "j"
    with pytest.raises(GlueArgumentError, match="required: --JOB_NAME"):
        resolve(["--JOB_N", "j"], ["JOB_NAME"])


def test_precedence_of_the_three_maps():
    assert effective_arguments(
        {"--a": "default", "--b": "default", "--c": "default"},
        {"--b": "run", "--c": "run", "--d": "run"},
        {"--c": "fixed"},
    ) == {"--a": "default", "--b": "run", "--c": "fixed", "--d": "run"}
    assert effective_arguments(None, None, None) == {}


def test_a_name_without_its_dashes_is_the_same_argument():
    """Else a run could get round what its job does not let it override: the script sees both as --a."""
    assert effective_arguments({"a": "default"}, {"a": "run"}, {"--a": "fixed"}) == {"--a": "fixed"}
    assert effective_arguments({"--a": "default", "a": "second"}, {"--a": "run"}, None) == {"--a": "run"}
    assert effective_arguments(None, {"a": "bare", "--a": "whole"}, None) == {"--a": "whole"}


def test_argv():
    assert to_argv({"--a": "1", "--b": "", "--c": "-1", "--d": "--x", "--e": "v w"}) == [
        *("--a", "1", "--b", "", "--c=-1", "--d=--x", "--e", "v w")
    ]


def test_argv_is_resolved_to_the_same_arguments():
    arguments = {"--a": "--b", "--b": "", "--c": "-", "--d": "x=y"}
    found = resolve(to_argv(arguments), ["a", "b", "c", "d"])
    assert {f"--{name}": found[name] for name in "abcd"} == arguments


def test_a_repeated_conf_adds_up_in_glues_own_spelling() -> None:
    tokens = ["--conf", "spark.a=b", "--x", "1", "--conf=spark.c=d", "--x", "2"]

    assert from_argv(tokens) == {"--conf": "spark.a=b --conf spark.c=d", "--x": "2"}
