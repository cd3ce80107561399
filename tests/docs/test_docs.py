"""The docs keep up: commands, operations and reasons are in them, links lead somewhere."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from placekeeper.cli.app import app
from placekeeper.model.bookmark import Change
from placekeeper.model.plan import Reason
from placekeeper.rules.jobs.arguments import BOOKMARK_OPTIONS
from placekeeper.rules.jobs.parameters import HONOURED, WITHOUT_EFFECT
from placekeeper.rules.jobs.run_options import RunOptions
from placekeeper.rules.selection.reading_options import ARGUMENTS
from placekeeper.server.glue_api.operations import HANDLERS
from placekeeper.server.protocol.model import ServiceModel

PROJECT = Path(__file__).resolve().parents[2]
README = PROJECT / "README.md"
COMPATIBILITY = PROJECT / "docs" / "compatibility.md"
SELECTION = PROJECT / "docs" / "explanation" / "selection.md"
GENERATED = ("-h", "--help")
"""Options that every command has; README names them once."""


@cache
def documents() -> tuple[Path, ...]:
    """Every Markdown file of the project."""
    return (*sorted(PROJECT.glob("*.md")), *sorted((PROJECT / "docs").rglob("*.md")))


@cache
def all_text() -> str:
    """What a user can read: README and docs/."""
    return "\n".join(path.read_text() for path in (README, *sorted((PROJECT / "docs").rglob("*.md"))))


def commands(
    command: TyperCommand | TyperGroup, name: str
) -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    yield name, command
    for below, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{name} {below}")


COMMANDS = dict(commands(get_command(app), "placekeeper"))


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_and_options_are_documented_and_have_help(name: str) -> None:
    command = COMMANDS[name]
    assert command.help, f"{name} has no help"
    assert re.search(rf"(?:`|^){name}(?![\w-])", all_text(), re.MULTILINE), f"{name} is not in the docs"
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{name}: {parameter.name} has no help"
        for option in parameter.opts:
            if option.startswith("-") and option not in GENERATED:
                assert _names(all_text(), option), f"{option} of {name} is not in the docs"


def test_placekeepers_own_job_arguments_are_documented() -> None:
    own = [f"--{name.replace('_', '-')}" for name in RunOptions.__struct_fields__ if name != "reading"]
    for name in (*own, *ARGUMENTS, "--JOB_NAME", *BOOKMARK_OPTIONS):
        assert _names(README.read_text(), name), name
        assert _names(COMPATIBILITY.read_text(), name), name


def test_the_table_of_job_parameters_is_the_one_that_runs_follow() -> None:
    section = _section(COMPATIBILITY.read_text(), "## Job arguments", "| What may be named, the script too |")
    rows = dict(re.findall(r"^\| `(--[\w-]+)` \| (.+) \|$", section, re.MULTILINE))
    own = {name for name in rows if rows[name].startswith("ours: ")}
    assert {name: said for name, said in rows.items() if name not in own} == {**HONOURED, **WITHOUT_EFFECT}


@pytest.mark.parametrize("operation", sorted(HANDLERS))
def test_operations_are_in_the_table_of_operations(operation: str) -> None:
    assert operation in _named_first("## Operations", "### Members")


def test_the_table_of_operations_names_no_other() -> None:
    assert _named_first("## Operations", "### Members") == HANDLERS.keys()


def test_readme_counts_the_operations() -> None:
    assert f"[{len(HANDLERS)} operations]" in README.read_text()


def test_every_member_of_jobs_and_runs_is_in_the_table_of_members() -> None:
    model = ServiceModel.of_botocore()
    shown = {
        *model.operation("GetJob").output.members["Job"].members,
        *model.operation("GetJobRun").output.members["JobRun"].members,
        *model.operation("UpdateJob").input.members["JobUpdate"].members,
    }
    assert _named_first("### Members of Job,", "### Error texts") == shown


@pytest.mark.parametrize("path", [README, SELECTION], ids=lambda path: path.name)
def test_every_reason_has_its_row(path: Path) -> None:
    rows = re.findall(r"^\|(.+)\|$", path.read_text(), re.MULTILINE)
    named = {word for row in rows for word in re.findall(r"`([\w-]+)`", row)}
    missing = {reason.value for reason in Reason} - named
    assert missing == set()


def test_every_change_of_a_bookmark_is_in_the_glossary() -> None:
    words = (PROJECT / "docs" / "glossary.md").read_text()
    for change in Change:
        assert re.search(rf"^\|[^|]*\b{change.value}\b", words, re.MULTILINE), change


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", _without_code(path.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), f"{path.name}: {target}"
        if anchor:
            assert anchor in _anchors(found.read_text()), f"{path.name}: {target}"


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_files_named_in_the_docs_exist(path: Path) -> None:
    roots = (PROJECT, PROJECT / "src" / "placekeeper")
    for named in re.findall(r"`((?:[\w-]+/)+[\w.*-]+\.py)`", path.read_text()):
        assert any(list(root.glob(named)) for root in roots), f"{path.name}: {named}"


def _names(text: str, option: str) -> bool:
    """Whether an option stands in a text as a word of its own."""
    return re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text) is not None


def _section(text: str, begin: str, end: str) -> str:
    return text[text.index(begin) : text.index(end)]


def _named_first(begin: str, end: str) -> set[str]:
    """The names in the first cells of a table of docs/compatibility.md, one or several to a row."""
    section = _section(COMPATIBILITY.read_text(), begin, end)
    cells = re.findall(r"^\| ([A-Z]\w+(?:, [A-Z]\w+)*) \|", section, re.MULTILINE)
    return {name for cell in cells for name in cell.split(", ")}


def _without_code(text: str) -> str:
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def _anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
