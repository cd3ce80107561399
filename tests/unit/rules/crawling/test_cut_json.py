"""A JSON text that is cut anywhere: what is whole can be read."""

import json

import pytest

from placekeeper.rules.crawling.cut_json import whole_values

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
