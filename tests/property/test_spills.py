"""Random records by spills against reading again: the same rows of the same types, or no spill."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from placekeeper.model.objects import ObjectMeta
from placekeeper.runtime.connectors.added_columns import Extended
from placekeeper.runtime.formats.format import Reader
from placekeeper.runtime.formats.json.reader import JsonReader
from placekeeper.runtime.formats.shared.malformed import forget, keeping
from placekeeper.runtime.scan.cuts import Piece
from placekeeper.runtime.scan.spills import Spills
from placekeeper.runtime.types.merging import merge_schemas

NUMBERS = st.sampled_from(
    [0, -1, 2**31, -(2**31) - 1, 2**63, -(2**70), 10**37, 10**38, 10**40, 0.5, -0.0, 1e300]
)
LEAVES = st.none() | st.booleans() | NUMBERS | st.sampled_from(["", "x", "é", "1", "\x00"])
NAMES = st.sampled_from(["a", "b", "A", "", "a.b", 'q"'])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


SINGLE = [
    st.none() | values
    for values in (
        st.nothing(),
        st.booleans(),
        st.integers(-5, 5),
        st.integers(-(2**63), 2**63 - 1),
        st.integers(2**63, 10**37),
        st.sampled_from([0.5, -0.0, 1e300]),
        st.text("aé", max_size=2),
        VALUES,
    )
]
NESTED = [
    st.none() | values
    for single in SINGLE
    for values in (
        st.lists(single, max_size=3),
        st.fixed_dictionaries({}, optional={"a": single, "b": SINGLE[2]}),
        st.lists(st.fixed_dictionaries({"a": single}, optional={"": SINGLE[5]}), max_size=2),
    )
]
"""Values of one kind, and nulls: objects of such fields keep their layouts."""


@st.composite
def objects(draw: st.DrawFn) -> list[bytes]:
    """The contents of some objects, whose fields mostly have the same types."""
    fields = {name: draw(st.sampled_from(SINGLE + NESTED)) for name in draw(st.sets(NAMES, min_size=1))}
    records = st.fixed_dictionaries({}, optional=fields) | st.fixed_dictionaries(fields)
    made = []
    for _ in range(draw(st.integers(1, 3))):
        own = draw(st.lists(records, max_size=12))
        indent = draw(st.sampled_from([None, None, None, 1]))
        text = "\n".join(json.dumps(record, ensure_ascii=False, indent=indent) for record in own)
        made.append((text + draw(st.sampled_from(["", "\n", "\n{oops\n{}\n"]))).encode())
    return made


def reader_of(block: int, *, extended: bool) -> Reader:
    reader: Reader = keeping(JsonReader(block_bytes=block, layout_bytes=0), forget)
    if not extended:
        return reader
    keys = pa.schema([("day", pa.string())])
    return Extended(reader, keys, lambda paths: [pa.array(paths)])


def rows_of(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> list[dict[str, Any]]:
    found = list(batches)
    assert all(batch.schema.equals(schema, check_metadata=True) for batch in found)
    for batch in found:
        batch.validate(full=True)
    return pa.Table.from_batches(found, schema).to_pylist()


@settings(max_examples=300)
@given(objects(), st.sampled_from([30, 200, 1 << 20]), st.booleans(), st.data())
def test_a_spill_gives_what_reading_gives(
    contents: list[bytes], block: int, extended: bool, data: st.DataObject
) -> None:
    reader = reader_of(block, extended=extended)
    metas = [
        Piece.whole(ObjectMeta(path=f"file:///{number}", last_modified_ms=0, size=len(content)))
        for number, content in enumerate(contents)
    ]
    with TemporaryDirectory() as folder:
        spills = Spills(folder, 1e6, least=0)
        found = []
        for meta, content in zip(metas, contents, strict=True):
            alone = reader.schema(io.BytesIO(content), meta.meta.path)
            found.append(spills.schema(reader, io.BytesIO(content), meta))
            assert found[-1].equals(alone, check_metadata=True)
        whole = merge_schemas(found)
        places = sorted(data.draw(st.sets(st.integers(0, max(len(whole) - 1, 0)))))
        for schema in (whole, pa.schema([whole.field(place) for place in places if len(whole)])):
            for meta, content in zip(metas, contents, strict=True):
                kept = spills.read(reader, meta, schema)
                if kept is not None and schema.names:
                    again = reader.read(io.BytesIO(content), meta.meta.path, schema)
                    assert spelled(rows_of(kept, schema)) == spelled(rows_of(again, schema))


def spelled(rows: list[dict[str, Any]]) -> list[str]:
    """Rows as texts that tell 1 from 1.0, and 0.0 from -0.0."""
    return [repr(row) for row in rows]


def test_objects_of_one_layout_have_spills(tmp_path: Path) -> None:
    """Else the property above would hold for nothing."""
    lines = [json.dumps({"a": number, "s": {"t": [1.5, None]}, "m": None}) for number in range(100)]
    for content in (
        "\n".join(lines),
        "\n".join(lines) + "\n",
        f"[{','.join(lines)}]",
        "\n".join(lines) + "\n{oops",
    ):
        reader = reader_of(500, extended=True)
        meta = Piece.whole(ObjectMeta(path=content[-20:], last_modified_ms=0, size=len(content)))
        spills = Spills(str(tmp_path), 1e6, least=0)
        schema = spills.schema(reader, io.BytesIO(content.encode()), meta).remove_metadata()
        kept = spills.read(reader, meta, schema)
        assert kept is not None
        assert [row["a"] for row in rows_of(kept, schema)] == list(range(100))
