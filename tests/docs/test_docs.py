"""The docs keep their form: links lead somewhere, rules have anchors, cells and sentences are short."""

import re
from collections import Counter
from pathlib import Path

import pytest

from pages import (
    DOCS,
    PROJECT,
    anchors,
    documents,
    headings,
    plain,
    reference,
    row_anchors,
    rows,
    sentences,
    slug_of_a_site,
    slug_of_github,
    title,
    without_code,
    words,
)
from placekeeper.model.bookmark import Change

MOST_WORDS_IN_A_CELL = 25
MOST_WORDS_IN_A_SENTENCE = 30

OF_USERS = (
    *(
        PROJECT / name
        for name in (
            "README.md",
            "ARCHITECTURE.md",
            "SECURITY.md",
            "CONTRIBUTING.md",
            "examples/flights/README.md",
        )
    ),
    *sorted(DOCS.rglob("*.md")),
)


@pytest.mark.parametrize("path", sorted({*documents(), *OF_USERS}), ids=title)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(path.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), f"{path.name}: {target}"
        if anchor:
            assert anchor in anchors(found.read_text()), f"{path.name}: {target}"


@pytest.mark.parametrize("path", documents(), ids=title)
def test_files_named_in_the_docs_exist(path: Path) -> None:
    roots = (PROJECT, PROJECT / "src" / "placekeeper")
    for named in re.findall(r"`((?:[\w-]+/)+[\w.*-]+\.py)`", path.read_text()):
        assert any(list(root.glob(named)) for root in roots), f"{path.name}: {named}"


def test_references_in_the_code_lead_somewhere() -> None:
    code = sorted(path for root in ("src", "tests") for path in (PROJECT / root).rglob("*.py"))
    texts = {path: path.read_text() for path in code if path != Path(__file__)}
    gone = r"\b(?:bookmarks|glue-api|awsglue|engines|users)\.md,? (?:§|appendix)|\bdesign §"
    assert [title(path) for path, text in texts.items() if re.search(gone, text)] == []
    named = {
        found for text in texts.values() for found in re.findall(r"\bdocs/[\w/-]+\.md(?:#[\w-]+)?", text)
    }
    for target in sorted(named):
        file, _, anchor = target.partition("#")
        assert (PROJECT / file).exists(), target
        assert not anchor or anchor in anchors((PROJECT / file).read_text()), target


@pytest.mark.parametrize("path", OF_USERS, ids=title)
def test_a_cell_has_few_words(path: Path) -> None:
    long = [cell for row in rows(path.read_text()) for cell in row if words(cell) > MOST_WORDS_IN_A_CELL]
    assert long == []


@pytest.mark.parametrize("path", OF_USERS, ids=title)
def test_a_sentence_has_few_words(path: Path) -> None:
    long = [said for said in sentences(path.read_text()) if words(said) > MOST_WORDS_IN_A_SENTENCE]
    assert long == []


@pytest.mark.parametrize("path", reference(), ids=title)
def test_every_rule_of_the_reference_has_an_anchor(path: Path) -> None:
    text = path.read_text()
    assert [row for row in rows(text) if not row_anchors(row) and not _is_of_the_index(row)] == []
    assert [name for name, count in Counter(anchors(text)).items() if count > 1] == []
    assert [name for name in anchors(text) if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name)] == []


@pytest.mark.parametrize("path", OF_USERS, ids=title)
def test_headings_have_the_same_anchor_on_github_and_on_a_site(path: Path) -> None:
    for heading in map(plain, headings(path.read_text())):
        assert slug_of_github(heading) == slug_of_a_site(heading), heading


def test_the_index_of_the_reference_names_every_page() -> None:
    index = DOCS / "reference" / "README.md"
    named = set(re.findall(r"\]\(([\w-]+\.md)\)", index.read_text()))
    assert named == {path.name for path in reference()} - {index.name}


def test_every_change_of_a_bookmark_is_in_the_glossary() -> None:
    glossary = (DOCS / "glossary.md").read_text()
    for change in Change:
        assert re.search(rf"^\|[^|]*\b{change.value}\b", glossary, re.MULTILINE), change


def _is_of_the_index(row: list[str]) -> bool:
    return re.fullmatch(r"\[[\w-]+\.md\]\([\w-]+\.md\)", row[0]) is not None
