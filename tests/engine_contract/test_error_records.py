"""Functions over records: they run once, and what they fail for are error records, on every engine."""

import importlib
import json
import sys
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from applied import applied
from placekeeper.model.errors import ErrorThresholdReached, UsageError
from placekeeper.rules.jobs.run_options import OnFailure, RunOptions
from placekeeper.runtime.engines.registry import installed
from placekeeper.runtime.frames.functions import Filtering, Mapping
from record_functions import AppliesFunctions
from scripts_in_process import awsglue_of

pytestmark = pytest.mark.spark_tests(6)

ERROR_FIELDS = ["callsite", "msg", "stackTrace", "input", "bytesread", "source", "dynamicRecord"]


class Session(AppliesFunctions):
    """A session that applies functions, and nothing else."""

    def __init__(self, engine):
        self.spark = engine.session
        self.engine = engine
        self.set(OnFailure.ERROR_RECORD)

    def set(self, failed_function):
        self.applied_by(self.engine, RunOptions(failed_function=failed_function))

    def note(self, sentence):
        raise AssertionError(sentence)


@pytest.fixture
def session(engine, monkeypatch):
    session = Session(engine)
    with awsglue_of(session, monkeypatch):
        yield session


@pytest.fixture
def frame(session):
    glue = importlib.import_module("awsglue.context").GlueContext(None)
    dynamic_frame = importlib.import_module("awsglue").DynamicFrame

    def make(rows, schema, name="f"):
        return dynamic_frame.fromDF(glue.createDataFrame(rows, schema), glue, name)

    return make


@pytest.fixture
def calls(tmp_path):
    """Counts the calls of functions, which may run in other processes."""
    log = tmp_path / "calls"
    log.touch()
    path = str(log)

    def called(value):
        with open(path, "a") as file:
            file.write(f"{value}\n")

    called.counts = lambda: Counter(log.read_text().split())
    return called


def records(frame):
    found = [row.asDict(recursive=True) for row in frame.toDF().collect()]
    return sorted(found, key=repr)


def errors(frame):
    return [record["error"] for record in records(frame.errorsAsDynamicFrame())]


def halving():
    """A function that fails for odd numbers. It is made here: workers of Spark have no module of tests."""

    def halves(record):
        if record["n"] % 2:
            raise ValueError(f"odd: {record['n']}")
        record["half"] = record.pop("n") // 2
        return record

    return halves


NUMBERS = [(1,), (2,), (3,), (4,)]


def test_what_a_map_function_fails_for_is_an_error_record(frame, session):
    made = frame(NUMBERS, "n int").map(halving(), info="halving", transformation_ctx="halves")
    line = sys._getframe().f_lineno - 1
    assert records(made) == [{"half": 1}, {"half": 2}]
    assert (made.count(), made.errorsCount(), made.stageErrorsCount()) == (2, 2, 2)
    first, second = errors(made)
    assert list(first) == ERROR_FIELDS
    assert [first["msg"], second["msg"]] == ["odd: 1", "odd: 3"]
    assert first["callsite"] == {"site": f"{__file__}:{line}", "info": "halving"}
    assert first["dynamicRecord"] == {"n": 1}
    assert first["stackTrace"].startswith("Traceback")
    assert "in halves" in first["stackTrace"]
    assert "functions.py" not in first["stackTrace"]
    assert (first["input"], first["bytesread"], first["source"]) == ("", 0, "")
    (stage,) = session.functions.stages
    assert (stage.stage, stage.errors, stage.dropped) == ("map halves", 2, 0)
    assert stage.site == f"{__file__}:{line}"
    assert stage.sample == "ValueError: odd: 1"


@pytest.mark.spark_cases(1)
@pytest.mark.parametrize("nothing", [None, {}, [], 0])
def test_no_record_from_a_map_function_is_an_error_record(frame, nothing):
    made = frame([(1,), (2,)], "n int").map(lambda record: nothing if record.n == 1 else record)
    assert records(made) == [{"n": 2}]
    (error,) = errors(made)
    assert error["msg"] == "User-specified function returned None instead of DynamicRecord"
    assert error["dynamicRecord"] == {"n": 1}


def test_a_value_that_no_field_holds_is_an_error_record(frame):
    odd = {1: object(), 2: "\ud800", 3: Decimal("NaN"), 4: 4}
    made = frame(NUMBERS, "n int").map(lambda record: {"x": odd[record.n]})
    assert records(made) == [{"x": 4}]
    assert sorted(error["dynamicRecord"]["n"] for error in errors(made)) == [1, 2, 3]


def test_filter_drops_what_three_exceptions_are_raised_for(frame, session):
    def keep(record):
        if record.n == 1:
            return record["gone"]
        return {2: lambda: int("x"), 3: lambda: 1 + "x", 4: lambda: 1 / 0, 5: lambda: record.s.x}[record.n]()

    given = frame([*((n, None) for n in range(1, 6)), (6, ("y",))], "n int, s struct<x:string>")
    kept = given.filter(lambda record: record.n == 6 or keep(record))
    assert [record["n"] for record in records(kept)] == [6]
    (error,) = errors(kept)
    assert error["msg"] == "division by zero"
    assert error["dynamicRecord"] == {"n": 4, "s": None}
    (stage,) = session.functions.stages
    assert (stage.stage, stage.errors, stage.dropped) == ("filter 1", 1, 4)


def test_a_function_runs_once_for_each_record(frame, calls):
    def first(record):
        calls(f"first{record.n}")
        return {"n": record.n + 1}

    def second(record):
        calls(f"second{record.n}")
        return {"n": str(record.n)}

    def third(record):
        calls(f"third{record.n}")
        return True

    made = frame([(1,), (2,)], "n int").map(first).map(second).filter(third)
    assert calls.counts() == {}  # nothing has asked for it
    made.printSchema()
    made.apply_mapping([("n", "string", "m", "int")]).union(made).count()
    assert records(made) == [{"n": "2"}, {"n": "3"}]
    assert (made.count(), made.errorsCount(), made.count()) == (2, 0, 2)
    names = ["first1", "first2", "second2", "second3", "third2", "third3"]
    assert calls.counts() == dict.fromkeys(names, 1)


def test_error_records_go_along_with_a_frame(frame, calls):
    halves = halving()

    def failing(record):
        calls(record.n)
        return halves(record)

    given = frame(NUMBERS, "n int")
    made = given.map(failing)
    again = made.rename_field("half", "n").filter(lambda record: 1 / (record.n - 1))
    assert (again.errorsCount(), again.stageErrorsCount()) == (3, 1)
    later = again.select_fields("n").repartition(2)
    assert (later.errorsCount(), later.stageErrorsCount()) == (3, 0)
    assert sorted(error["msg"] for error in errors(later)) == ["division by zero", "odd: 1", "odd: 3"]
    other = given.map(lambda record: None)
    assert later.join("n", "n", other).errorsCount() == 7
    assert made.union(later).errorsCount() == 3  # each once, though both ways lead to it
    assert given.errorsCount() == 0
    split = made.split_rows({"half": {"=": 1}}, "a", "b")
    assert [split[name].errorsCount() for name in ("a", "b")] == [2, 2]
    assert calls.counts() == {"1": 1, "2": 1, "3": 1, "4": 1}


def test_a_frame_without_errors(frame):
    given = frame(NUMBERS, "n int")
    shown = given.errorsAsDynamicFrame()
    assert (given.errorsCount(), given.stageErrorsCount(), shown.count()) == (0, 0, 0)
    assert shown.toDF().select("error.msg", "error.callsite.site").collect() == []
    transforms = importlib.import_module("awsglue.transforms")
    failed = given.map(lambda record: None)
    assert transforms.ErrorsAsDynamicFrame.apply(failed).count() == 4


@pytest.mark.parametrize("threshold", [{"stageThreshold": 2}, {"totalThreshold": 2}, {"stageThreshold": 1}])
def test_a_threshold_that_is_reached_fails_the_run(frame, calls, threshold):
    halves = halving()

    def failing(record):
        calls(record.n)
        return halves(record)

    made = frame(NUMBERS, "n int").map(failing, **threshold)
    for look in (made.count, made.assertErrorThreshold, made.toDF):
        with pytest.raises(ErrorThresholdReached, match=r"map: there are 2 error records.+ odd: 1"):
            look()
    assert sum(calls.counts().values()) == 4


def test_a_threshold_that_is_not_reached(frame):
    made = frame(NUMBERS, "n int").map(halving(), stageThreshold=3, totalThreshold=3)
    made.assertErrorThreshold()
    mapping = [("half", "long", "h", "long")]
    assert made.apply_mapping(mapping, stageThreshold=1, totalThreshold=3).count() == 2
    with pytest.raises(ErrorThresholdReached, match=r"apply_mapping: .+ totalThreshold is 2"):
        made.apply_mapping(mapping, totalThreshold=2)
    with pytest.raises(ErrorThresholdReached, match="split_fields"):
        made.split_fields("half", "a", "b", totalThreshold=1)
    with pytest.raises(UsageError, match="stageThreshold is a whole number from 0, not 'x'"):
        made.repartition(1, stageThreshold="x")


def test_failed_function_fail(frame, session):
    session.set(OnFailure.FAIL)
    given = frame(NUMBERS, "n int")
    assert records(given.filter(lambda record: record["gone"])) == []
    for failing in (given.map(halving()), given.filter(lambda record: 1 / 0), given.map(lambda record: None)):
        with pytest.raises(Exception, match=r"odd: |ZeroDivisionError|returned None instead"):
            failing.count()


def test_map_partitions(frame, calls):
    def change(envelopes):
        for envelope in envelopes:
            calls(json.dumps(envelope, sort_keys=True).replace(" ", ""))
            n = envelope["record"].n
            if n == 1:
                yield {"record": {"m": 1}, "isError": True, "errorMessage": "no one"}
            elif n == 2:
                yield {"record": None, "isError": False}
            else:
                yield {"record": {"m": str(n)}, "isError": False, "errorMessage": ""}
                yield {"record": {"m": n}}

    made = frame([(1,), (2,), (3,)], "n int").repartition(1).mapPartitions(change)
    assert calls.counts() == {}
    assert records(made.apply_mapping([("m", "string")])) == [{"string": 3}] or made.count() == 2
    assert [error["msg"] for error in errors(made)] == [
        "User-specified function returned None instead of DynamicRecord",
        "no one",
    ]
    assert calls.counts() == {
        f'{{"errorMessage":"","isError":false,"record":{{"n":{n}}}}}': 1 for n in (1, 2, 3)
    }


def test_map_partitions_with_index(frame):
    def number(index, envelopes):
        for envelope in envelopes:
            envelope["record"]["p"] = index
            yield envelope

    made = frame([(n,) for n in range(8)], "n int").repartition(3).mapPartitionsWithIndex(number)
    found = records(made)
    assert [record["n"] for record in found] == list(range(8))
    assert {record["p"] for record in found} <= {0, 1, 2}
    assert made.getNumPartitions() == 3

    with pytest.raises(Exception, match="the function of mapPartitions makes dicts like those that it gets"):
        frame([(1,)], "n int").mapPartitions(lambda envelopes: ["x"]).count()


def test_partitions_stay(frame):
    given = frame([(n,) for n in range(20)], "n int").repartition(5)
    assert given.map(lambda record: record).getNumPartitions() == 5
    assert given.filter(lambda record: record.n == 3).getNumPartitions() == 5


def test_a_type_that_only_some_records_tell(files, engine):
    """What is null in some batches has the type of the others, whatever it was before."""
    files.put(
        "a.json", "".join(f'{{"i": {i}, "x": "{i}", "l": [], "s": {{"x": "a"}}}}\n' for i in range(30_000))
    )

    def change(record):
        late = record.i >= 20_000
        return {
            "i": record.i,
            "x": record.i if late else None,
            "l": [1.5] if late else [],
            "s": {"x": 1 if late else None},
            **({"new": "n"} if late else {}),
        }

    done = applied(engine, files.scan("json"), Mapping(change))
    assert [f"{field.name} {field.type}" for field in done.frame.schema] == [
        "i int32",
        "x int64",
        "l list<element: double>",
        "s struct<x: int64>",
        "new string",
    ]
    rows = sorted(done.frame.dataframe.collect(), key=lambda row: row.i)
    assert [row.i for row in rows] == list(range(30_000))
    assert rows[19_999].asDict(True) == {"i": 19_999, "x": None, "l": [], "s": {"x": None}, "new": None}
    assert rows[20_000].asDict(True) == {"i": 20_000, "x": 20_000, "l": [1.5], "s": {"x": 1}, "new": "n"}
    seen = applied(engine, done.frame, Filtering(lambda record: "new" not in record))
    assert seen.frame.dataframe.count() == 20_000


EXAMPLES = 15 if installed().sail else 3  # each runs some jobs, which take seconds on Spark
VALUES = st.none() | st.integers(-(2**40), 2**40) | st.text("ab", max_size=2) | st.floats(-9, 9)
RECORDS = st.lists(
    st.dictionaries(st.sampled_from(["a", "b", "c"]), VALUES, min_size=1), min_size=1, max_size=8
)
RAISED = [KeyError, ValueError, TypeError, ZeroDivisionError, AttributeError, RuntimeError, StopIteration]
BEHAVIOURS = st.sampled_from(["keep", "leave", "nothing", "change", *range(len(RAISED))])


def behaving():
    """A function that behaves as it is told."""

    def behave(record, behaviour):
        if isinstance(behaviour, int):
            raise RAISED[behaviour](f"told {behaviour}")
        return {
            "keep": record,
            "leave": {},
            "nothing": None,
            "change": {"z": [record[name] for name in sorted(record)], "i": record["i"]},
        }[behaviour]

    return behave


def reference(made, behaviours, *, filters):
    """Records, messages of error records, and how many were dropped, in plain Python."""
    kept, failed, dropped, behave = [], [], 0, behaving()
    for record, behaviour in zip(made, behaviours, strict=True):
        try:
            result = behave(record, behaviour)
        except Exception as error:  # noqa: BLE001 - as a function of a script may raise any
            if filters and isinstance(error, KeyError | ValueError | TypeError):
                dropped += 1
            else:
                failed.append(str(error))
            continue
        if filters and result:
            kept.append(record)
        elif not filters and result:
            kept.append(result)
        elif not filters:
            failed.append("User-specified function returned None instead of DynamicRecord")
    return kept, sorted(failed), dropped


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), RECORDS, st.booleans())
def test_random_functions_over_random_records(files, engine, data, made, filters):
    made = [{**record, "i": number} for number, record in enumerate(made)]
    behaviours = [data.draw(BEHAVIOURS) for _ in made]
    for part in range(2):
        files.put(f"{part}.json", "".join(f"{json.dumps(record)}\n" for record in made[part::2]))
    function, behave = Filtering if filters else Mapping, behaving()
    done = applied(engine, files.scan("json"), function(lambda record: behave(record, behaviours[record.i])))
    kept, failed, dropped = reference(made, behaviours, filters=filters)
    texts = applied(
        engine, done.frame, Mapping(lambda record: {"text": json.dumps(record, sort_keys=True)})
    ).frame
    assert sorted(row[0] for row in texts.rows.collect()) == sorted(
        json.dumps(record, sort_keys=True) for record in kept
    )
    assert done.dropped == dropped
    own = done.frame.errors.own
    assert (0 if own is None else own.count) == len(failed)
    if own is not None:
        shown = [row.error for row in own.frame().dataframe.collect()]
        assert sorted(error.msg for error in shown) == failed
