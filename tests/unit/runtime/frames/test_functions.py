"""A script's function over the records of a task, without an engine."""

from typing import Any

import msgspec
import pyarrow as pa
import pytest

from placekeeper.runtime.frames import functions
from placekeeper.runtime.frames.decoding import RecordDecoder
from placekeeper.runtime.frames.errors import error_schema
from placekeeper.runtime.frames.functions import Call, Filtering, Input, Mapping
from placekeeper.runtime.frames.outcomes import Outcomes, Told
from placekeeper.runtime.types.missing_fields import NOTHING_MISSING

SCHEMA = pa.schema([("n", pa.int64()), ("s", pa.struct([("x", pa.string())]))])
ROWS = [{"n": n, "s": {"x": str(n)} if n % 2 else None} for n in range(7)]


def broken(record: dict[str, Any]) -> dict[str, Any]:
    """Changes what it gets, and fails for a third of the records."""
    n, record["n"] = record["n"], -1
    if n % 3 == 0:
        raise RuntimeError(f"no {n}")
    return record


def outcomes_of(function: Any) -> tuple[list[dict[str, Any]], Told]:
    """The failed records of a task with two batches, and its report."""
    batches = [pa.RecordBatch.from_pylist(rows, SCHEMA) for rows in (ROWS[:4], ROWS[4:])]
    given = Input(SCHEMA, NOTHING_MISSING, Call("stage", ""))
    outcomes = Outcomes(given.call.site, SCHEMA, error_schema(SCHEMA), fails=False)
    rows = [*function.task(given, iter(batches), outcomes), outcomes.told()]
    packed = [row.column("failed")[0].as_py() for row in rows]
    found = [one for data in packed if data for one in pa.ipc.open_stream(data).read_all().to_pylist()]
    return found, msgspec.msgpack.decode(rows[-1].column("told")[0].as_py(), type=Told)


@pytest.mark.parametrize("kind", [Filtering, Mapping])
def test_failed_records_are_as_they_were_and_one_decoder_makes_them(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    class Counted(RecordDecoder):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            made.append(self)

    monkeypatch.setattr(functions, "RecordDecoder", Counted)
    failed, told = outcomes_of(kind(broken))
    assert len(made) == 1
    assert told.errors == len(failed) == 3
    shown = str(failed)
    assert [f"no {n}" in shown for n in (0, 3, 6)] == [True] * 3
    assert "-1" not in shown
