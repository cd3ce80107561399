"""Connection options as scripts write them."""

from typing import Any

import pytest

from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.errors import UsageError
from placekeeper.model.source import Source
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.connectors.options import (
    grouping_of,
    lost_predicates,
    partition_keys,
    source_of,
    target_notes,
    target_of,
    text_of,
)
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.run.init_arguments import context_of, option_of


def source(path: str = "s3://b/in/", **options: Any) -> tuple[Source, list[str]]:
    return source_of(ObjectStores(), "s3", {"paths": [path]} | options, "csv")


@pytest.mark.parametrize("classes", [["GLACIER", "DEEP_ARCHIVE"], '["DEEP_ARCHIVE","GLACIER"]'])
def test_excluded_storage_classes(classes: object) -> None:
    found, notes = source(excludeStorageClasses=classes)
    assert found.excluded_classes == ("DEEP_ARCHIVE", "GLACIER")
    assert notes == []
    assert not found.lists_like(source()[0])


@pytest.mark.parametrize("classes", [None, [], "", "[]"])
def test_no_storage_class_excluded(classes: object) -> None:
    found, notes = source("/in/", **({} if classes is None else {"excludeStorageClasses": classes}))
    assert (found.excluded_classes, notes) == ((), [])


def test_local_files_have_no_storage_class() -> None:
    _, (note,) = source("/in/", excludeStorageClasses=["GLACIER"])
    assert note == "option excludeStorageClasses has no effect: local files have no storage class"


def test_an_unknown_option_is_said_with_the_nearest_name() -> None:
    assert source(recurs=True, Recurse=True, year=1)[1] == [
        "unknown connection option 'Recurse' was ignored; did you mean recurse?",
        "unknown connection option 'recurs' was ignored; did you mean recurse?",
        "unknown connection option 'year' was ignored",
    ]
    assert target_notes({"path": "p", "partitionKeys": [], "partitionKey": ["a"]}) == [
        "unknown connection option 'partitionKey' was ignored; did you mean partitionKeys?"
    ]


def test_a_predicate_in_the_wrong_place_is_no_note() -> None:
    names = ("push_down_predicate", "pushDownPredicat", "catalogPartitionPredicat", "path")
    options = dict.fromkeys(names, "p")
    own = "push_down_predicate is an argument of its own, no option: push_down_predicate=…"
    said = "was ignored, so more may be read than is meant"
    assert lost_predicates(options) == [
        f"unknown connection option 'catalogPartitionPredicat' {said}; did you mean {names[2]}e?",
        f"unknown connection option 'pushDownPredicat' {said}; {own}",
        f"unknown connection option 'push_down_predicate' {said}; {own}",
    ]
    assert source(**options)[1] == []


@pytest.mark.parametrize("name", ["excludeStorageClasses", "exclusions"])
@pytest.mark.parametrize("value", ["GLACIER", '{"a": 1}', 7, "[1]"])
def test_a_list_that_is_none(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"{name} is a list, or a JSON list in a string, such as"):
        source(**{name: value})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("recurse", "maybe", "the connection option recurse is true or false, not 'maybe'"),
        ("recurse", 5, "recurse is true or false"),
        ("exclusions", [5], "exclusions is a list, or a JSON list in a string"),
        ("exclusions", b"x", "exclusions is a list, or a JSON list in a string"),
        ("exclusions", ["[z-a]"], r"the glob '\[z-a\]' in exclusions is broken: its range z-a"),
        ("exclusions", '["{a,b"]', "the glob '{a,b' in exclusions is broken"),
        (
            "maxBand",
            "99999999999999999999",
            "maxBand must be a whole number from 1 to 1,000,000,000,000,000,000",
        ),
        ("maxBand", "1" * 5000, "maxBand must be a whole number from 1 to"),
        ("maxBand", "\u0660", "maxBand must be a whole number above 0"),
        ("paths", 5, "paths is a list of strings"),
        ("paths", {"a": 1}, "paths is a list of strings"),
        ("paths", ["in", None], "paths is a list of strings, .* None is not a string"),
        ("paths", [b"in"], "paths is a list of strings"),
        ("paths", [], "needs connection_options"),
        ("paths", None, "needs connection_options"),
    ],
)
def test_a_value_of_the_wrong_kind_names_its_option(name: str, value: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        source(**{name: value})


def test_an_option_that_is_none_is_not_given() -> None:
    nothing = dict.fromkeys(("exclusions", "excludeStorageClasses", "recurse", "groupFiles", "maxBand"))
    assert source(**nothing) == source()
    assert grouping_of(nothing, FORMATS.readable("csv")) is None


@pytest.mark.parametrize("value", [True, "true", "TRUE", " True ", 1, "1", "yes"])
def test_recurse_as_scripts_write_it(value: object) -> None:
    assert source(recurse=value)[0].recurse


@pytest.mark.parametrize("format", [5, ["csv"], {"csv": 1}])
def test_a_format_is_a_string(format: Any) -> None:
    with pytest.raises(UsageError, match="format is the name of a format in a string"):
        source_of(ObjectStores(), "s3", {"paths": ["in"]}, format)
    with pytest.raises(UsageError, match="format is the name of a format in a string"):
        target_of({"path": "out"}, format)


@pytest.mark.parametrize("value", ["year", 5, [5], [None], {"a": 1}, '["year"]'])
def test_partition_keys_are_a_list_of_names(value: object) -> None:
    with pytest.raises(UsageError, match=r"partitionKeys is a list of names of columns, such as \['year'\]"):
        partition_keys({"partitionKeys": value})


def test_partition_keys() -> None:
    assert partition_keys({"partitionKeys": ("a", "b")}) == ["a", "b"]
    assert partition_keys({}) == partition_keys({"partitionKeys": None}) == []


def test_an_argument_that_is_no_string() -> None:
    assert text_of("database", None) == ""
    assert text_of("database", "x") == "x"
    with pytest.raises(UsageError, match="push_down_predicate is a string, not 5"):
        text_of("push_down_predicate", 5)


@pytest.mark.parametrize("name", [None, 5, ["x"]])
def test_a_job_has_a_name(name: object) -> None:
    with pytest.raises(UsageError, match=r"job.init\(\) takes the job's name"):
        option_of(name, {})


def test_an_unknown_bookmark_option_is_told_with_those_that_there_are() -> None:
    assert option_of("x", {}) is BookmarkOption.DISABLE
    with pytest.raises(UsageError, match="is one of job-bookmark-enable, "):
        option_of("x", {"job_bookmark_option": "on"})


def test_a_transformation_context_is_a_string() -> None:
    assert context_of(None) == context_of("") == ""
    with pytest.raises(UsageError, match="transformation_ctx is a string"):
        context_of(5)
