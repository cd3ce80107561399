"""Records by columns and records value by value: the same records, the same types, the same batches."""

from collections import OrderedDict
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import record_reference as reference
from placekeeper.runtime.frames.attempts import made_record
from placekeeper.runtime.frames.decoding import RecordDecoder
from placekeeper.runtime.frames.errors import NO_SITE, error_schema
from placekeeper.runtime.frames.functions import Call, Filtering, Input, Mapping
from placekeeper.runtime.frames.outcomes import Outcomes
from placekeeper.runtime.frames.packing import packed
from placekeeper.runtime.frames.records import DynamicRecord, dynamic_record
from placekeeper.runtime.types.fields import choice_field, list_of, map_of
from placekeeper.runtime.types.missing_fields import hidden_of
from placekeeper.runtime.types.occurrence import missing_of
from placekeeper.runtime.types.value_columns import RowCollector

NAMES = st.sampled_from(["a", "b", "c", "é \x1f"])
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.integers(-(2**70), 2**70)
    | st.floats(width=32)
    | st.text(max_size=2)
    | st.binary(max_size=2)
    | st.dates()
    | MOMENTS
    | MOMENTS.map(lambda moment: moment.replace(tzinfo=timezone(timedelta(hours=2))))
    | st.decimals(-999, 999, allow_nan=False, allow_infinity=False, places=2)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=2).map(tuple)
        | st.dictionaries(NAMES, inner, max_size=3)
        | st.dictionaries(NAMES, inner, max_size=2).map(OrderedDict)
        | st.dictionaries(NAMES, inner, max_size=2).map(DynamicRecord)
        | st.sets(st.integers(0, 3), max_size=2)
    ),
    max_leaves=6,
)
UNFIT = st.sampled_from(
    [object(), Decimal("NaN"), "\ud800", 10**40, {1: "x"}, Decimal(10) ** 37 + Decimal("0.01")]
)
COLUMNS = [
    SCALARS,
    VALUES,
    st.integers(-9, 9),
    st.none() | st.text(max_size=3),
    st.dictionaries(NAMES, SCALARS),
]


@st.composite
def record_lists(draw, values=VALUES, min_size=0):
    """Records, of which most have the same fields with values of the same kind."""
    kinds = {name: draw(st.sampled_from([values, *COLUMNS])) for name in ("a", "b", "c", "d")}
    some = st.fixed_dictionaries({name: kind for name, kind in kinds.items() if name != "d"})
    optional = {**{name: kind for name, kind in kinds.items() if name != "a"}, "e": values}
    ragged = st.fixed_dictionaries({"a": kinds["a"]}, optional=optional)
    return draw(st.lists(draw(st.sampled_from([some, ragged])), min_size=min_size, max_size=8))


BEFORE = st.sampled_from(
    [
        pa.schema([]),
        pa.schema(
            [("c", pa.int8()), ("a", pa.float32()), ("gone", pa.string()), ("b", pa.decimal128(12, 4))]
        ),
        pa.schema(
            [
                pa.field("b", map_of(pa.string(), choice_field("value", [pa.field("int", pa.int32())]))),
                choice_field("a", [pa.field("float", pa.float32()), pa.field("short", pa.int16())]),
                pa.field("c", list_of(pa.field("element", pa.int16()))),
            ]
        ),
        pa.schema(
            [pa.field("a", pa.struct([("b", pa.int16()), ("a", pa.date32())])), ("b", pa.timestamp("us"))]
        ),
    ]
)


def columns_of_made(records):
    rows = RowCollector()
    for record in records:
        rows.add(*made_record(record))
    return rows.columns()


def attempt(make, *arguments):
    """What a function makes, or that it refuses."""
    try:
        return make(*arguments)
    except (TypeError, ValueError) as error:
        return type(error)


def exact(value):
    """A value with its types, in which nan is nan."""
    if isinstance(value, dict):
        return [type(value).__name__, *((key, exact(inner)) for key, inner in value.items())]
    return (
        [exact(inner) for inner in value] if isinstance(value, list | tuple) else (type(value), repr(value))
    )


def same(made, wanted):
    if isinstance(wanted, type):
        return made is wanted
    (batch, schema), (wanted_batch, wanted_schema) = made, wanted
    batch.validate(full=True)
    return (
        schema.equals(wanted_schema, check_metadata=True)
        and batch.schema.equals(wanted_batch.schema, check_metadata=True)
        and exact(batch.to_pylist()) == exact(wanted_batch.to_pylist())
        and all(map(same_below_nulls, batch.columns, wanted_batch.columns))
    )


def same_below_nulls(array, wanted):
    if not pa.types.is_struct(array.type):
        return True
    children = [(array.field(at), wanted.field(at)) for at in range(array.type.num_fields)]
    return all(exact(a.to_pylist()) == exact(b.to_pylist()) and same_below_nulls(a, b) for a, b in children)


def by_values(records, before):
    return reference.packed([reference.plain(record) for record in records], before)


@given(record_lists(min_size=1), BEFORE)
def test_batches_and_types_of_records(records, before):
    made = attempt(lambda: packed(columns_of_made(records), before))
    assert same(made, attempt(by_values, records, before))


@given(record_lists(VALUES | UNFIT, min_size=1), BEFORE)
def test_records_that_no_frame_can_hold(records, before):
    alone = [attempt(by_values, [record], before) for record in records]
    unfit = [place for place, found in enumerate(alone) if isinstance(found, type)]
    fit = [record for place, record in enumerate(records) if place not in unfit]
    if fit and isinstance(attempt(by_values, fit, before), type):
        return  # records that fit alone, but not together, fail the run
    outcomes = Outcomes(NO_SITE, before, error_schema(), fails=False)
    rows, found = outcomes.made(columns_of_made(records))
    assert [place for place, _ in found] == unfit
    assert sum(batch.num_rows for row in rows for batch in unpacked(row)) == len(fit)


def unpacked(row):
    return [*pa.ipc.open_stream(row.column(0)[0].as_buffer())]


def batch_of(records, before):
    """A batch of a frame, with the schema of its records and what they lack."""
    made = attempt(by_values, records, before)
    if isinstance(made, type):
        return None
    batch, found = made
    schema = pa.schema([field for field in batch.schema if hidden_of(field) is None])
    return batch, schema, missing_of(found, [found])


@given(record_lists(min_size=1), BEFORE, st.integers(0, 3), st.integers(0, 8))
def test_records_of_batches(records, before, begin, size):
    made = batch_of(records, before)
    if made is None:
        return
    batch, schema, missing = made
    part = batch.slice(begin, size)
    decoder = RecordDecoder(schema, missing)
    wanted = list(reference.RecordDecoder(schema, missing).records(part))
    assert exact(list(decoder.records(part))) == exact(wanted)
    found = list(decoder.dynamic_records(decoder.columns(part), part))
    assert exact(found) == exact([dynamic_record(record) for record in wanted])
    table = pa.Table.from_batches([part, batch])
    again = list(reference.RecordDecoder(schema, missing).records(table))
    assert exact(list(decoder.records(table))) == exact(again)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_moments_of_all_units(unit):
    moments = [datetime(2020, 1, 2, 3, 4, 5), None, datetime(1969, 12, 31, 23, 59, 59)]
    schema = pa.schema([("t", pa.timestamp(unit, tz="America/New_York")), ("n", pa.timestamp(unit))])
    aware = [moment and moment.replace(tzinfo=UTC) for moment in moments]
    arrays = [pa.array(values, field.type) for values, field in zip([aware, moments], schema, strict=True)]
    batch = pa.RecordBatch.from_arrays(arrays, schema=schema)
    records = list(RecordDecoder(schema).records(batch))
    assert records == [{"t": moment, "n": moment} for moment in moments]


@pytest.mark.parametrize("data_type", [pa.timestamp("us", tz="UTC"), pa.date32()])
def test_years_that_python_does_not_have_are_refused(data_type):
    array = pa.array([2**31 - 1 if data_type == pa.date32() else 2**62]).cast(
        pa.int32() if data_type == pa.date32() else pa.int64()
    )
    batch = pa.RecordBatch.from_arrays([array.view(data_type)], ["x"])
    with pytest.raises((ValueError, OverflowError)):
        list(RecordDecoder(batch.schema).records(batch))


def as_it_is(record):
    return record


def without_a(record):
    record.pop("a", None)
    return {**record, "n": len(record)}


def in_another_order(record):
    return dict(reversed(record.items()))


def deep_inside(record):
    for value in record.values():
        if isinstance(value, list):
            value.append(1)
        elif isinstance(value, dict):
            value["a"] = None
    return record


def of_some(record):
    if repr(record.get("a")) < repr(record.get("b")):
        raise RuntimeError("no")
    return record


def always_the_same():
    shared = {"seen": [], "last": {}}

    def keep(record):
        shared["seen"].append(len(shared["seen"]))
        shared["last"]["a"] = record.get("a")
        return shared

    return keep


MAKERS = [lambda f=f: f for f in (as_it_is, without_a, in_another_order, deep_inside, of_some)]


@given(record_lists(min_size=1), BEFORE, st.sampled_from([*MAKERS, always_the_same]))
def test_map(records, before, maker):
    found = batch_of(records, before)
    if found is None:
        return
    batch, schema, missing = found
    wanted, function = [], maker()
    for record in reference.RecordDecoder(schema, missing).records(batch):
        try:
            made = function(dynamic_record(record))
        except RuntimeError:
            continue
        if made:
            wanted.append(reference.plain(made))
    outcomes = Outcomes(NO_SITE, schema, error_schema(), fails=False)
    rows = list(Mapping(maker()).task(Input(schema, missing, Call("map", "map")), iter([batch]), outcomes))
    batches = [one for row in rows if row.column(0)[0].is_valid for one in unpacked(row)]
    if not wanted:
        assert batches == []
        return
    (made,) = batches
    assert same((made, made.schema), reference_of(wanted, schema))


def reference_of(records, schema):
    batch, _ = reference.packed(records, schema)
    return batch, batch.schema


@given(record_lists(min_size=1), BEFORE)
def test_filter(records, before):
    found = batch_of(records, before)
    if found is None:
        return
    batch, schema, missing = found

    def keeps(record):
        deep_inside(record)
        return record["b"] is None

    wanted = []
    for place, record in enumerate(reference.RecordDecoder(schema, missing).records(batch)):
        if "b" in record and record["b"] is None:
            wanted.append(place)
    outcomes = Outcomes(NO_SITE, schema, error_schema(), fails=False)
    rows = list(
        Filtering(keeps).task(Input(schema, missing, Call("filter", "filter")), iter([batch]), outcomes)
    )
    batches = [one for row in rows for one in unpacked(row)]
    assert sum(one.num_rows for one in batches) == len(wanted)
    if wanted:
        assert exact(batches[0].to_pylist()) == exact(batch.take(wanted).to_pylist())
