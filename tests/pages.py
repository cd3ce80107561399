"""The Markdown pages of the project, and what stands in them: headings, anchors, tables, sentences."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
DOCS = PROJECT / "docs"
REFERENCE = DOCS / "reference"

_ANCHOR = re.compile(r'<a id="([^"]*)"></a>')
_RULE = re.compile(r"\|[-| :]+\|")
_BEGINS_A_BLOCK = re.compile(r"\s*(?:[-*] |\d+\. |#+ |<|$)")


@cache
def documents() -> tuple[Path, ...]:
    """Every Markdown file of the project."""
    return (*sorted(PROJECT.glob("*.md")), *sorted(DOCS.rglob("*.md")))


@cache
def reference() -> tuple[Path, ...]:
    """Every page of the reference."""
    return tuple(sorted(REFERENCE.glob("*.md")))


def title(path: Path) -> str:
    """How a page is called in the name of a test."""
    return str(path.relative_to(PROJECT))


def page(name: str) -> str:
    """The text of a page of the reference."""
    return (REFERENCE / f"{name}.md").read_text()


def section(text: str, heading: str) -> str:
    """What stands below a heading, such as `## Reasons`, its lower headings too."""
    level = heading.index(" ")
    lines = text.split("\n")
    begins = lines.index(heading) + 1
    ends = next(
        (
            place
            for place in range(begins, len(lines))
            if re.match(rf"#{{1,{level}}} ", lines[place]) and not _is_code(lines, place)
        ),
        len(lines),
    )
    return "\n".join(lines[begins:ends])


def without_fences(text: str) -> str:
    """A text without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)


def without_code(text: str) -> str:
    """A text without any code."""
    return re.sub(r"`[^`\n]*`", "", without_fences(text))


def headings(text: str) -> list[str]:
    """The headings of a page."""
    return re.findall(r"^#+ (.+)$", without_fences(text), re.MULTILINE)


def slug_of_github(heading: str) -> str:
    """The anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def slug_of_a_site(heading: str) -> str:
    """The anchor that Python's Markdown gives to a heading, and mkdocs with it."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())


def anchors(text: str) -> list[str]:
    """The anchors of a page: of its headings, and those that it states."""
    return [*map(slug_of_github, headings(text)), *_ANCHOR.findall(without_fences(text))]


def rows(text: str) -> Iterator[list[str]]:
    """The rows of all tables in a text, cell by cell, without the rows that name the columns."""
    lines = without_fences(text).split("\n")
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("|") and not _RULE.fullmatch(line) and not _RULE.fullmatch(below):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def row_anchors(row: list[str]) -> list[str]:
    """The anchors that a row states."""
    return [anchor for cell in row for anchor in _ANCHOR.findall(cell)]


def plain(cell: str) -> str:
    """A cell or a paragraph as a reader sees it: links and anchors are words."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", _ANCHOR.sub("", cell))


def sentences(text: str) -> Iterator[str]:
    """The sentences of a page, those in cells and lists too."""
    prose = [line for line in without_fences(text).split("\n") if not line.startswith("|")]
    block: list[str] = []
    for line in [*prose, ""]:
        if _BEGINS_A_BLOCK.match(line):
            yield from _split(" ".join(block))
            block = []
        block.append(re.sub(r"^\s*(?:[-*] |\d+\. |#+ )?", "", line))
    for row in rows(text):
        for cell in row:
            yield from _split(cell)


def words(text: str) -> int:
    """How many words a text has; a piece of code counts as one."""
    return len(re.findall(r"[^\s|]*\w[^\s|]*", re.sub(r"`[^`\n]*`", "code", plain(text))))


def _split(block: str) -> Iterator[str]:
    yield from re.split(r"(?<=[.!?])[)*]*\s+(?=[^a-z])", plain(block))


def _is_code(lines: list[str], place: int) -> bool:
    return sum(line.startswith("```") for line in lines[:place]) % 2 == 1
