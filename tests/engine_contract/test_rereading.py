"""Texts that are cast while they are read, and columns that are not read: values as without that."""

import csv
import io
from dataclasses import replace
from random import Random

import pyarrow as pa
import pytest

from placekeeper.runtime.engines.registry import installed
from placekeeper.runtime.frames.choice_specs import parse_specs
from placekeeper.runtime.frames.choices import resolve
from placekeeper.runtime.frames.mapping import apply_mapping, parse_mappings

ZULU = ["2024-01-02 03:04:05Z", "2024-01-02T03:04:05.5Z", "0001-01-01 00:00:00Z", "2024-03-10 02:30:00Z"]
TARGETS = ("tinyint", "smallint", "int", "long", "float", "double", "decimal(10,2)", "date", "timestamp")
PLAIN = {
    "date": ["2024-01-02", "1999-12-31", "0001-01-01", "9999-12-31"],
    "timestamp": ["2024-01-02 03:04:05", "2024-01-02T03:04:05.123456", "2024-01-02", "0001-01-01 00:00:00"],
    "float": ["0.1", "-1.5", "16777217", "3.4028235"],
    "double": ["0.1", "-1.5", "12345678.901", "7", "-0", "0.000001", "5e-05", "+1.5", "0.30000000000000004"],
    "decimal(10,2)": ["1", "-1.25", "99999999.99", "0.5"],
}
ODD = [
    "",
    " 1 ",
    "+1",
    "0x1F",
    "1e3",
    "1E400",
    "nan",
    "-inf",
    "Infinity",
    ".5",
    "5.",
    "1.005",
    "007",
    "-",
    "--1",
]
ODD += ["127", "128", "-128", "32768", "2147483647", "2147483648", "9223372036854775808", "1" * 40, "٣", "x"]
ODD += [
    "2024-1-2",
    "2024-02-30",
    "2024",
    "2024-05",
    "2024-01-02 03",
    "2024-01-02 03:04",
    "0000-01-01",
    "true",
]
ODD += ["2024-01-02 03:04:05.1234567", "2024-01-02 03:04:05Z", "2024-01-02T03:04:05+02:00", "10000-01-01"]
ODD += ["2024-03-10 02:30:00", "2024-11-03 01:30:00", "2024-01-02 24:00:00", "2024-01-02 03:04:60", "3.4e38"]


def written(rows):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def texts(choose, target, oddness):
    if target == "timestamp" and oddness < 1 and choose.random() < 0.5:
        return [choose.choice([*ZULU, ""] if oddness else ZULU) for _ in range(40)]
    plain = PLAIN.get(target, ["1", "-7", "100", "0", "00"])
    return [choose.choice(ODD) if choose.random() < oddness else choose.choice(plain) for _ in range(40)]


def both(frame, change):
    """The rows after a change: read for it, and read whole."""
    assert frame.reads is not None
    made = [change(frame), change(replace(frame, rereading=None))]
    assert made[0].schema == made[1].schema
    tables = [one.dataframe.orderBy("id").toArrow() for one in made]
    # As texts: Python has no year 0, and no nan is the other.
    return [
        {name: table[name].cast(pa.string()).to_pylist() for name in table.schema.names} for table in tables
    ]


ZONES = ["UTC"] if installed().sail else ["UTC", "America/New_York"]  # Sail has no other


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("oddness", [0.0, 0.05, 1.0])
def test_texts_are_cast_as_the_engine_casts_them(engine, files, zone, oddness, seed):
    choose = Random(f"{zone} {oddness} {seed}")
    columns = [texts(choose, target, oddness) for target in TARGETS]
    names = [f"v{place}" for place in range(len(TARGETS))]
    rows = [[f"{place:03}", *row] for place, row in enumerate(zip(*columns, strict=True))]
    files.put("a.csv", written([["id", *names], *rows]))
    files.put("b.csv", written([["id", *names[:2]], ["900", "1"], ["901", "2", "3"]]))
    mappings = parse_mappings(
        [("id", "id", "string")]
        + [(name, target.split("(")[0] + name, target) for name, target in zip(names, TARGETS, strict=True)]
        + [("v3", "same", "string"), ("v3", "again", "long"), ("v3", "other", "int")]
    )
    if zone != "UTC":
        engine.session.conf.set("spark.sql.session.timeZone", zone)
    try:
        fast, slow = both(files.scan("csv", withHeader=True), lambda frame: apply_mapping(frame, mappings)[0])
    finally:
        if zone != "UTC":
            engine.session.conf.set("spark.sql.session.timeZone", "UTC")
    assert fast == slow


def test_choices_are_resolved_by_casts_as_well(files):
    files.put("a.csv", "id,n,d,t\n1,5,2024-01-02,x\n2,,2024-1-2,y\n3,z,2024-01-02,\n")
    rules = parse_specs([("n", "cast:int"), ("d", "cast:date")])
    fast, slow = both(files.scan("csv", withHeader=True), lambda frame: resolve(frame, rules)[0])
    assert fast == slow
    assert fast["n"] == ["5", None, None]


def test_columns_that_nobody_wants_are_not_read_and_rows_stay(files):
    files.put("a.json", '{"id":1,"a":{"x":1},"b":"2"}\n{"id":2}\n{"id":3,"a":null,"b":null}\n')
    for wanted in [("id", "b"), ("id", "a.x"), ("id",)]:
        mappings = parse_mappings([(name, name.replace(".", "_"), "int") for name in wanted])
        fast, slow = both(files.scan("json"), lambda frame: apply_mapping(frame, mappings)[0])  # noqa: B023
        assert fast == slow
        exact = files.scan("json").exact_form()
        fast, slow = both(exact, lambda frame: apply_mapping(frame, mappings)[0])  # noqa: B023
        assert fast == slow


def test_a_malformed_row_is_named_whatever_is_read(files):
    files.put("a.csv", 'id,a\n1,2\n2,"x"y\n')
    mapped = apply_mapping(files.scan("csv", withHeader=True), parse_mappings([("id", "id", "int")]))[0]
    with pytest.raises(Exception, match="line 3"):
        mapped.dataframe.collect()


def test_rows_that_were_changed_are_not_read_anew(files):
    files.put("a.csv", "id\n1\n2\n")
    frame = files.scan("csv", withHeader=True)
    assert frame.with_rows(lambda rows: rows.limit(1)).reads is None
