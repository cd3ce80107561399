"""JSON is typed by what the records hold, alike on every engine."""

import gzip
import json
from decimal import Decimal

import pyarrow as pa
import pytest
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.types.fields import is_choice


def test_types_of_scalars(files):
    files.put("a.json", '{"i":1,"l":1,"d":1.5,"b":true,"s":"2020-01-01","n":null}\n{"l":3000000000}\n')
    frame = files.scan("json")
    assert {field.name: field.type for field in frame.schema} == {
        "i": pa.int32(),
        "l": pa.int64(),
        "d": pa.float64(),
        "b": pa.bool_(),
        "s": pa.string(),
        "n": pa.null(),
    }
    assert files.rows("json") == [
        {"i": 1, "l": 1, "d": 1.5, "b": True, "s": "2020-01-01", "n": None},
        {"i": None, "l": 3000000000, "d": None, "b": None, "s": None, "n": None},
    ]


def test_types_that_disagree_become_a_choice(files):
    files.put("a.json", '{"id":1}\n{"id":"x"}\n')
    files.put("b.json", '{"id":3000000000}\n{"id":null}\n')
    frame = files.scan("json")
    field = frame.schema.field("id")
    assert is_choice(field)
    assert [(child.name, child.type) for child in field.type.fields] == [
        ("long", pa.int64()),
        ("string", pa.string()),
    ]
    assert files.rows("json") == [
        {"id": None},
        {"id": {"long": 1, "string": None}},
        {"id": {"long": 3000000000, "string": None}},
        {"id": {"long": None, "string": "x"}},
    ]


def test_choices_within_structs_and_arrays(files):
    files.put("a.json", '{"s":{"x":1,"a":[{"y":1},{"y":true}]}}\n{"s":{"x":1.5,"a":[]}}\n{"s":"flat"}\n')
    ys = [{"y": {"boolean": None, "int": 1}}, {"y": {"boolean": True, "int": None}}]
    expected = [
        {"s": {"string": "flat", "struct": None}},
        {"s": {"string": None, "struct": {"x": {"double": None, "int": 1}, "a": ys}}},
        {"s": {"string": None, "struct": {"x": {"double": 1.5, "int": None}, "a": []}}},
    ]
    assert files.rows("json") == sorted(expected, key=repr)


def test_integers_beyond_64_bits_are_decimals(files):
    files.put("a.json", '{"n":123456789012345678901234567890}\n')
    assert files.rows("json") == [{"n": Decimal("123456789012345678901234567890")}]


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize(
    "content",
    [
        '{"a":1}\n{"a":2}\n',
        '[{"a":1},{"a":2}]',
        '[\n  {\n    "a": 1\n  },\n  {"a": 2}\n]\n',
        '{"a":1}{"a":2}',
        '{"a":1}\n[{"a":2}]\n',
        '\ufeff{\n"a":1}\n\n{"a":2}',
    ],
)
def test_every_framing_gives_the_same_records(files, content):
    files.put("a.json", content)
    assert files.rows("json", multiline=True) == [{"a": 1}, {"a": 2}]


def test_compressed(files):
    files.put("a.json.gz", gzip.compress(b'{"a":1}\n'))
    assert files.rows("json") == [{"a": 1}]


def test_json_path(files):
    files.put("a.json", '{"meta":0,"r":{"items":[{"a":1},{"a":2}]}}\n{"r":{}}')
    assert files.rows("json", jsonPath="$.r.items[*]") == [{"a": 1}, {"a": 2}]


def test_a_broken_record_is_named_with_its_line(files):
    files.put("a.json", '{"a":1}\n{"a":2}\n{"a":oops}\n{"a":4}\n')
    with pytest.raises(Exception, match=r"a\.json, line 3, column 6: broken JSON"):
        files.scan("json")


def test_a_field_of_a_null_struct_is_null(files):
    files.put(
        "a.json",
        '{"i":1,"s":{"a":1.5,"t":"x","n":{"b":true}},"l":[{"a":1}],"c":1}\n'
        '{"i":2,"s":null,"l":[null,{"a":2}],"c":"x"}\n'
        '{"i":3,"s":{"n":null},"l":null}\n'
        '{"i":4}\n',
    )
    frame = files.scan("json").dataframe
    found = frame.selectExpr("i", "s.a", "s.t", "s.n.b", "l[0].a AS l0", "c.int AS c", "s.n").collect()
    assert sorted(tuple(row) for row in found) == [
        (1, 1.5, "x", True, 1, 1, (True,)),
        (2, None, None, None, None, None, None),
        (3, None, None, None, None, None, None),
        (4, None, None, None, None, None, None),
    ]
    assert frame.filter("s.a is null").count() == 3


def test_a_large_file_of_lines_is_read_in_pieces(files, cut_bytes):
    """Each record once, by the types of all pieces; what is not lines is read by one task, and says so."""
    count = cut_bytes // 128
    lines = [b'{"n": %8d, "x": "%s", "s": {"d": %d.5}}\n' % (n, b"x" * 90, n % 7) for n in range(count)]
    lines[count - 9] = b'{"n": 0, "late": true, "x": 5}\n'
    text = b"".join(lines)
    assert len(text) > cut_bytes
    files.put("a.json", text)
    frame = files.scan("json")
    assert frame.way == ""
    assert frame.schema.names == ["n", "x", "s", "late"]
    assert {child.name for child in frame.schema.field("x").type.fields} == {"int", "string"}
    totals = [F.count("*"), F.countDistinct("n"), F.sum("n"), F.sum("s.d"), F.count("late"), F.max("x.int")]
    found = frame.dataframe.agg(*totals).collect()[0]
    of_s = sum(n % 7 + 0.5 for n in range(count) if n != count - 9)
    of_n = count * (count - 1) // 2 - (count - 9)
    assert tuple(found) == (count, count - 1, of_n, of_s, 1, 5)
    files.put("a.json", text + json.dumps({"n": count, "s": None}, indent=1).encode())
    frame = files.scan("json")
    assert "a.json is read by one task: not every line of it is a record" in frame.way
    assert tuple(frame.dataframe.agg(*totals).collect()[0]) == (count + 1, count, of_n + count, of_s, 1, 5)
    files.put("a.json", text + b'{"n": oops}\n')
    with pytest.raises(Exception, match=f"line {count + 1:d}"):
        files.scan("json")
