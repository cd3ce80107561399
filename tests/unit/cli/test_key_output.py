"""What `bookmark show` says of a table of a database."""

from placekeeper.cli.key_output import MOST_SHOWN, key_elements, key_lines
from placekeeper.model.databases import BookmarkKeys, DatabaseTable, Key, KeyValue, MissingIds
from placekeeper.model.element import IdElement, KeyElement
from placekeeper.model.source import DatabaseSource

SOURCE = DatabaseSource(
    connection_type="postgresql",
    place="postgresql://h:5432/shop",
    relation=DatabaseTable("public", "orders"),
    keys=BookmarkKeys(columns=("id",), unique=True, row=("id",)),
)


def key(number: int) -> Key:
    return (KeyValue("int", str(number)),)


def test_the_last_key_the_look_back_and_missing_ids_are_shown() -> None:
    element = KeyElement(
        source=SOURCE,
        run=3,
        last=key(90),
        recheck_after=key(40),
        missing=(MissingIds(7, 7, 0), MissingIds(50, 52, 1000)),
    )
    assert list(key_lines("orders", element)) == [
        "orders: read by id up to 90; the next run looks again at what comes after 40",
        "orders: 4 missing ids that runs ask for again:",
        "  50 to 52, since 1970-01-01 00:00:01Z",
        "  7, since 1970-01-01 00:00:00Z",
    ]


def test_an_empty_table_and_an_imported_element_have_a_line() -> None:
    assert list(key_lines("t", KeyElement(source=SOURCE, run=1))) == ["t: read by id; there was no row yet"]
    imported = KeyElement(source=None, run=1, last=key(5), recheck_after=key(5))
    assert list(key_lines("t", imported)) == ["t: read up to 5"]
    whole = KeyElement(source=SOURCE, run=1, last=key(5))
    assert list(key_lines("t", whole)) == ["t: read by id up to 5; the next run looks again at all of it"]


def test_of_many_ranges_the_newest_are_shown() -> None:
    missing = tuple(MissingIds(n, n, 0) for n in range(0, 100, 2))
    lines = list(key_lines("t", KeyElement(source=SOURCE, run=1, last=key(100), missing=missing)))
    assert len(lines) == 2 + MOST_SHOWN + 1
    assert lines[2].startswith("  98, since")
    assert lines[-1] == "  and 30 ranges more"


def test_other_elements_are_left_out() -> None:
    element = KeyElement(source=SOURCE, run=1)
    assert key_elements({"b": element, "a": IdElement(next_id=1, run=1)}) == [("b", element)]


def test_what_is_looked_at_without_a_list_and_what_is_not_watched_has_lines() -> None:
    element = KeyElement(
        source=SOURCE,
        run=3,
        last=key(90),
        recheck_after=key(90),
        unlisted=(MissingIds(7, 80, 0),),
        unwatched=(MissingIds(7, 50, 0),),
    )
    assert list(key_lines("orders", element))[1:] == [
        "orders: more ids are missing from 7 to 80; runs look again at all rows there",
        "orders: ids from 7 to 50 are not watched: rows that come late there are missed",
    ]
