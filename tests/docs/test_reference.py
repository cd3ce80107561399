"""The reference has each command, argument, operation, member, reason and error, and no other."""

import re
from collections.abc import Iterator
from inspect import signature

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from differences_table import differences_table
from pages import DOCS, PROJECT, page, plain, rows, section
from placekeeper.cli import exit_codes
from placekeeper.cli.app import app
from placekeeper.model import errors
from placekeeper.model.bookmark import Change
from placekeeper.model.plan import Reason
from placekeeper.rules.jobs.arguments import GlueArgumentError
from placekeeper.rules.jobs.parameters import HONOURED, WITHOUT_EFFECT
from placekeeper.rules.jobs.run_options import RunOptions
from placekeeper.rules.selection.reading_options import ARGUMENTS
from placekeeper.runtime.formats import notes
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.look.finding import RULES
from placekeeper.runtime.quality.options import ADDITIONAL_OPTIONS, PUBLISHING_OPTIONS
from placekeeper.runtime.quality.rule_types import RULE_TYPES
from placekeeper.runtime.studio.table import TRANSFORMS
from placekeeper.server.glue_api.operations import HANDLERS
from placekeeper.server.protocol.model import ServiceModel
from version_table import version_table

SELECTION = DOCS / "explanation" / "selection.md"
COMMON = ("--state", "--database", "--json")
"""Options that cli.md explains once; a command names those that it takes."""

HELP = ("-h", "--help")
"""Options that every command has."""


def commands(
    command: TyperCommand | TyperGroup, name: str
) -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    yield name, command
    for below, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{name} {below}")


COMMANDS = dict(commands(get_command(app), "placekeeper"))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_help_and_a_section_with_its_arguments(name: str) -> None:
    command = COMMANDS[name]
    assert command.help, f"{name} has no help"
    assert _of_command(name).strip(), f"{name} is not in cli.md"
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{name}: {parameter.name} has no help"
        if not parameter.opts[0].startswith("-"):
            assert str(parameter.metavar) in _usage(name), f"{name}: {parameter.metavar}"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_of_a_command_are_those_of_its_section(name: str) -> None:
    there = {
        option
        for parameter in COMMANDS[name].params
        for option in parameter.opts
        if option.startswith("-") and option not in HELP
    }
    assert _options(name) == there


@pytest.mark.parametrize("name", COMMANDS)
def test_the_defaults_of_options_are_those_of_the_table(name: str) -> None:
    for parameter in COMMANDS[name].params:
        if isinstance(parameter.default, int | str) and not isinstance(parameter.default, bool):
            row = next(row for row in rows(_of_command(name)) if _names(row[0], parameter.opts[0]))
            assert row[2] == f"`{parameter.default}`", parameter.name


def test_sections_of_commands_are_those_of_the_commands() -> None:
    named = re.findall(r"^#+ (placekeeper(?: [a-z-]+)*)$", page("cli"), re.MULTILINE)
    assert sorted(named) == sorted(COMMANDS)


def test_environment_variables_are_those_that_the_source_reads() -> None:
    source = "".join(path.read_text() for path in (PROJECT / "src").rglob("*.py"))
    table = section(page("cli"), "## Environment variables")
    read = set(re.findall(r"\bPLACEKEEPER_[A-Z_]+", source))
    assert {name for name in _first_words(table) if name.startswith("PLACEKEEPER_")} == read


def test_exit_codes_are_in_the_table() -> None:
    there = {value for value in vars(exit_codes).values() if isinstance(value, int)}
    table = section(page("errors"), "## Exit codes")
    assert there <= {int(plain(row[0])) for row in rows(table)}


def test_placekeepers_own_job_arguments_are_in_the_table() -> None:
    fields = [name for name in RunOptions.__struct_fields__ if name != "reading"]
    own = {f"--{name.replace('_', '-')}" for name in fields} | set(ARGUMENTS)
    table = section(page("arguments"), "## Placekeeper's own arguments")
    of_one_source = {_code(row[0]): _code(row[2]) for row in rows(table) if len(row) == 4}
    assert of_one_source.keys() == own | {"--placekeeper-client-token"}
    assert of_one_source.items() >= ARGUMENTS.items()


def test_the_tables_of_job_parameters_are_those_that_runs_follow() -> None:
    text = page("arguments")
    acting = section(text, "## Arguments of AWS Glue that do something")
    idle = section(text, "## Arguments of AWS Glue without effect")
    assert {_code(row[0]): row[1] for row in rows(acting)} == HONOURED
    assert {_code(row[0]): row[1] for row in rows(idle)} == WITHOUT_EFFECT


def test_the_table_of_operations_names_those_that_are_served() -> None:
    table = section(page("operations"), "## Which operations are there")
    named = [name for row in rows(table) for name in plain(row[1]).split(", ")]
    assert sorted(named) == sorted(HANDLERS)


def test_every_member_of_jobs_and_runs_is_in_the_table_of_members() -> None:
    model = ServiceModel.of_botocore()
    shown = {
        *model.operation("GetJob").output.members["Job"].members,
        *model.operation("GetJobRun").output.members["JobRun"].members,
        *model.operation("UpdateJob").input.members["JobUpdate"].members,
    }
    assert _members("## Job, JobUpdate and JobRun") == shown


def test_every_member_of_a_bookmark_entry_is_in_its_table() -> None:
    entry = ServiceModel.of_botocore().operation("GetJobBookmark").output.members["JobBookmarkEntry"]
    assert _members("## JobBookmarkEntry") == set(entry.members)


@pytest.mark.parametrize("text", [page("bookmarks"), SELECTION.read_text()], ids=["bookmarks", "selection"])
def test_every_reason_has_its_row(text: str) -> None:
    named = {word for row in rows(text) for cell in row for word in re.findall(r"`([\w-]+)`", cell)}
    assert {reason.value for reason in Reason} - named == set()


def test_the_table_of_reasons_names_no_other() -> None:
    table = section(page("bookmarks"), "## Reasons")
    assert {_code(row[0]) for row in rows(table)} == {reason.value for reason in Reason}


def test_every_change_of_a_bookmark_is_in_the_table_of_changes() -> None:
    table = section(page("bookmarks"), "## Changes of a bookmark")
    assert {plain(row[0]) for row in rows(table)} == {change.value for change in Change}


def test_every_error_is_in_a_table_of_errors() -> None:
    named = {plain(row[0]) for row in rows(page("errors"))}
    kinds = [GlueArgumentError, *_below(errors.PlacekeeperError)]
    assert {kind.__name__ for kind in kinds if kind is not errors.GlueError} - named == set()


def test_the_names_of_formats_are_those_of_the_registry() -> None:
    first = page("formats").split("\n\n")[1]
    assert sorted(re.findall(r"`(\w+)`", first)) == sorted(name for row in FORMATS.rows for name in row.names)


def test_the_options_of_formats_are_those_of_the_registry() -> None:
    shown: dict[str, set[str]] = {}
    for names, formats, *_ in rows(section(page("formats"), "## Format options")):
        for format_ in formats.split(", "):
            shown.setdefault(format_, set()).update(re.findall(r"`(\w+)`", names))
    idle = {option for option in shown["every"] if option.lower() in notes.WITHOUT_EFFECT}
    assert {option.lower() for option in idle} == set(notes.WITHOUT_EFFECT)
    known = {row.name: {*row.options, *row.without_effect} for row in FORMATS.rows if row.options}
    assert shown == {**known, "every": notes.OF_EVERY_FORMAT | idle}


def test_the_page_on_csv_has_every_option_of_reading() -> None:
    before_the_rules = page("csv").partition("\n## ")[0]
    assert set(_first_words(before_the_rules)) == FORMATS.readable("csv").options - {"writeHeader"}


def test_the_table_of_differences_is_that_of_the_code() -> None:
    said = section(page("engines"), "## What Sail does differently")
    shown = [line for line in said.split("\n") if line.startswith("|")]
    assert shown == differences_table().split("\n")


def test_the_table_of_versions_is_that_of_the_code() -> None:
    said = section(page("glue-versions"), "## What a script does differently")
    shown = [line for line in said.split("\n") if line.startswith("| <a")]
    assert shown == version_table().split("\n")


def test_the_tables_of_studio_are_those_of_the_code() -> None:
    text = page("studio")
    assert _first_words(section(text, "## Transforms")) == sorted(TRANSFORMS)
    of_code = {name: set(signature(row.function).parameters) - {"rows"} for name, row in TRANSFORMS.items()}
    shown = {row[0]: row for row in rows(section(text, "## Transforms"))}
    assert {_code(name): set(re.findall(r"`(\w+)`", row[3])) for name, row in shown.items()} == of_code
    assert {_code(name): row[1] for name, row in shown.items()} == {n: t.node for n, t in TRANSFORMS.items()}
    assert _first_words(section(text, "### Rules")) == sorted(RULE_TYPES)
    options = _first_words(section(text, "### Options of an evaluation"))
    assert set(options) == {*PUBLISHING_OPTIONS, *ADDITIONAL_OPTIONS}


def _below(kind: type[Exception]) -> Iterator[type[Exception]]:
    """The errors of the tree; those that adapters make of them are told by the name of their parent."""
    for inner in kind.__subclasses__():
        if inner.__module__ == errors.__name__:
            yield inner
            yield from _below(inner)


def _of_command(name: str) -> str:
    """What cli.md says of one command, up to the next command."""
    heading = re.search(rf"^#+ {name}$", page("cli"), re.MULTILINE)
    assert heading is not None, f"{name} is not in cli.md"
    said = page("cli")[heading.end() :]
    return re.split(r"^#+ placekeeper|^## Environment", said, maxsplit=1, flags=re.MULTILINE)[0]


def _usage(name: str) -> str:
    return next(line for line in _of_command(name).split("\n") if line.startswith(f"`{name} "))


def _options(name: str) -> set[str]:
    """The options that cli.md gives to one command."""
    said = _of_command(name).partition("### Common options")[0]
    tables = {option for row in rows(said) for option in re.findall(r"`(--?[\w-]+)[` ]", row[0])}
    common = "".join(re.findall(r"^Common options: [^.]*", said, re.MULTILINE))
    return tables | set(re.findall(r"`(--[\w-]+)`", common))


def _names(cell: str, option: str) -> bool:
    return re.search(rf"`{re.escape(option)}[` ]", cell) is not None


def _first_words(text: str) -> list[str]:
    return [_code(row[0]) for row in rows(text)]


def _code(cell: str) -> str:
    """The first piece of code in a cell; nothing where there is none."""
    found = re.search(r"`([^`]*)`", cell)
    return found.group(1) if found else ""


def _members(heading: str) -> set[str]:
    """The names in the first cells of the first table below a heading that is about members."""
    named: set[str] = set()
    for row in rows(section(page("members"), heading)):
        if len(row) == 3 and re.fullmatch(r"[A-Z]\w+(, [A-Z]\w+)*", plain(row[0])):
            named.update(plain(row[0]).split(", "))
    return named


def test_rules_of_the_look_are_those_of_the_table() -> None:
    table = section(page("check"), "## Rules")
    assert {plain(row[0]): row[1] for row in rows(table)} == RULES
