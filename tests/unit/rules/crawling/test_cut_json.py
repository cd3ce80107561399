"""A JSON text that is cut anywhere: what is whole can be read."""

import json

import pytest

from placekeeper.rules.crawling.cut_json import begins_records, whole_values

ROWS = [{"a": n, "t": '] } " \\ [{', "d": {"e": [n]}} for n in range(5)]


def test_the_whole_elements_of_an_array_wherever_it_is_cut() -> None:
    text = json.dumps(ROWS).encode()
    ends = [text.index(json.dumps(row).encode()) + len(json.dumps(row)) for row in ROWS]
    for end in range(ends[0], len(text)):
        whole = sum(one <= end for one in ends)
        assert json.loads(whole_values(text[:end])) == ROWS[:whole], text[:end]
    assert whole_values(text) == text


def test_whole_values_one_after_the_other() -> None:
    assert whole_values(b'{"a": 1}\n{"a": [1]}\n{"a": ') == b'{"a": 1}\n{"a": [1]}'
    assert whole_values(b'[{"a": 1}]\n[{"a": 1}, ') == b'[{"a": 1}]'


@pytest.mark.parametrize("text", [b"", b"[", b'{"a": ', b"]]", b"[1, 2, 3"])
def test_where_nothing_is_whole_the_text_stays(text: bytes) -> None:
    assert whole_values(text) == text


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        (b'{"id": 3}\n{"id": 4, "v":', True),
        (b'  {"id": 3, "v": {"x": "} ', True),
        (b'{"id": 3}\nrubbish, more\n', True),
        (b'[{"id": 3}, {"id": 4', True),
        (b'\xef\xbb\xbf{\n  "id": 3\n}\n{', True),
        (b"{", True),
        (b'{"id": 3};x;y\n{"id": 4};x;y\n', False),
        (b'{"id": 3}, 5\n{"id": 4}, 6\n', False),
        (b"{name},{day}\n1,2\n", False),
        (b"[1, 2, 3\n[4, 5, 6\n", False),
        (b"id,v\n3,{\n", False),
    ],
)
def test_what_is_meant_as_records_of_json(text: bytes, is_meant: bool) -> None:
    assert begins_records(text) == is_meant
