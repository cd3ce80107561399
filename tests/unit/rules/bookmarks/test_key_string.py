"""The member of the JobBookmark string for a table of a database."""

import pytest

from placekeeper.model.databases import BookmarkKeys, DatabaseTable, KeyValue
from placekeeper.model.element import KeyElement
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.model.source import DatabaseSource
from placekeeper.rules.bookmarks import aws_string

SOURCE = DatabaseSource(
    connection_type="postgresql",
    place="postgresql://h:5432/shop",
    relation=DatabaseTable("public", "orders"),
    keys=BookmarkKeys(columns=("updated_at", "id"), descending=True),
)
LAST = (KeyValue("timestamptz", "2026-01-02T03:04:05.000006Z"), KeyValue("int", "7"))


def test_the_string_has_the_last_key_in_strings() -> None:
    element = KeyElement(source=SOURCE, run=3, last=LAST)
    assert aws_string.encode({"orders": element}) == (
        '{"orders":{"jsonClass":"JDBCDataSourceJobBookmarkState","keys":"[\\"updated_at\\",\\"id\\"]",'
        '"order":"desc","types":"[\\"timestamptz\\",\\"int\\"]",'
        '"values":"[\\"2026-01-02T03:04:05.000006Z\\",\\"7\\"]","RUN":"3"}}'
    )


@pytest.mark.parametrize("last", [None, LAST])
def test_an_imported_element_goes_on_after_its_last_key(last: object) -> None:
    text = aws_string.encode({"orders": KeyElement(source=SOURCE, run=3, last=last)})  # type: ignore[arg-type]
    state = aws_string.decode_state(text)
    assert state == {"orders": KeyElement(source=None, run=3, last=last, recheck_after=last)}  # type: ignore[arg-type]
    assert aws_string.decode(text) == {}
    assert aws_string.entry_of(text).run == 4


@pytest.mark.parametrize(
    ("member", "error"),
    [
        ('{"jsonClass": "JDBCDataSourceJobBookmarkState", "timestamps": {}}', UnsupportedFeature),
        ('{"jsonClass": "JDBCDataSourceJobBookmarkState", "RUN": "x"}', UsageError),
        (
            '{"jsonClass": "JDBCDataSourceJobBookmarkState", "RUN": "1", "types": "[\\"int\\"]"}',
            UsageError,
        ),
        (
            (
                '{"jsonClass": "JDBCDataSourceJobBookmarkState", "RUN": "1", "types": "[\\"money\\"]", '
                '"values": "[\\"1\\"]"}'
            ),
            UsageError,
        ),
    ],
)
def test_other_strings_are_refused_and_the_context_is_named(member: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="orders"):
        aws_string.decode_state(f'{{"orders": {member}}}')
