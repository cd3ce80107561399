"""A job process that says odd things with the token of its run: each answer is 200 or a refusal in our words,
none is a 5xx, and what is refused changes nothing.

PLACEKEEPER_FUZZ=10000 sends that many; PLACEKEEPER_FUZZ_SEED repeats a run.
"""

import contextlib
import json
import os
import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from placekeeper.server.job_api import requests
from placekeeper.server.job_api.exchange import CALLS

COUNT = int(os.environ.get("PLACEKEEPER_FUZZ", "300"))
SEED = int(os.environ.get("PLACEKEEPER_FUZZ_SEED", str(random.randrange(2**32))))
FILE = {
    "effect": "file",
    "path": "file:///out/a.csv",
    "size": 3,
    "rows": 1,
    "staged": "file:///out/_placekeeper/a",
}
TABLE = {
    "effect": "table",
    "id": "1",
    "database": "d",
    "table": "t",
    "made": {
        "columns": [["a", "struct<b:int>"]],
        "keys": [["k", "string"]],
        "location": "s3://out/",
        "library": "l",
        "input_format": "i",
        "output_format": "o",
        "parameters": {"classification": "json"},
    },
    "change": "overwrite",
    "by_position": True,
}
PARTITIONS = {
    "effect": "partitions",
    "id": "2",
    "database": "d",
    "table": "t",
    "partitions": [[["x"], "s3://out/k=x/"]],
    "at_once": True,
}
DROPS = {
    "effect": "drop",
    "id": "p2",
    "database": "d",
    "table": "t",
    "partitions": [[["mon"], "s3://out/day=mon/", "0" * 64]],
}
SNAPSHOT = {
    "effect": "snapshot",
    "id": "s1",
    "database": "d",
    "table": "t",
    "format": "iceberg",
    "table_id": "u",
    "run_id": "jr_1",
    "files": ["file:///out/a.parquet"],
    "at_once": True,
}
ELEMENT = {
    "source": {"connection_type": "s3", "paths": ["s3://in/"], "format": "csv"},
    "run": 1,
    "run_start_ms": 5,
    "in_band": [["s3://in/a", 4]],
    "segments": [{"key": "jr_1/a.parquet", "rows": 1, "size": 1, "digest": "d"}],
}
OBJECT = ["s3://in/a", 4, 3, "e", None]
BAD_FILE = {"context": "in", "object": OBJECT, "error": "line 1: broken"}
SAID: dict[str, Any] = {
    "open": {"name": "flights", "option": "job-bookmark-enable", "range": ["jr_1", "jr_2"]},
    "table": {"database": "d", "name": "t"},
    "definition": {"database": "d", "name": "t"},
    "table-names": {"database": "d"},
    "connection": {"name": "c"},
    "databases": {},
    "ended-runs": {"beginnings": ["jr_1", "0a"]},
    "change-table": TABLE,
    "add-partitions": PARTITIONS,
    "drop-partitions": DROPS,
    "add-snapshot": SNAPSHOT,
    "take-back-snapshot": SNAPSHOT,
    "staging": {"target": "file:///out/"},
    "replacing": {"prefixes": ["s3://out/"], "overwrites": True, "since_ms": 4},
    "replaced": {"folders": ["s3://out/"]},
    "bad-files": {"name": "flights", "version": 1, "bad": [BAD_FILE]},
    "commit": {"name": "flights", "version": 1, "elements": {"in": ELEMENT}, "manifest": [FILE, TABLE]},
    "publication": {"manifest": [FILE, TABLE, PARTITIONS, DROPS]},
    "published": {},
    "publish-failed": {"error": "denied"},
    "summary": {"summary": {"engine": "sail", "notes": ["n"]}, "error_message": "why"},
}
ODD: list[Any] = [
    *(None, True, 0, -1, 1.5, 1e300, "", "x", [], {}, [[]], [None], {"a": 1}, {"": None}),
    *(2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**400),
    *("\x00", "a\x00b", "\ud800", "é" * 3000, "x" * 300_000, "../../etc/passwd", "file:///etc/passwd"),
    *("job-bookmark-enable", "job-bookmark-pause", "jr_1", "\u202e", "%00", "s3://", "🙂"),
]
"""Values that somebody may say in the place of any other."""

Rng = random.Random


def contents(database: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return list(connection.iterdump())


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values in a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in items for found in places(item, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    first, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[first] = replaced(value[first], tuple(rest), other)
    return copy


def odd_value(rng: Rng, call: str) -> bytes:
    said = SAID[call]
    for _ in range(rng.choice([1, 1, 2])):
        deepest = rng.choice([1, 2, 9])  # there are few places at the top, and they count most
        said = replaced(said, rng.choice([p for p in places(said) if len(p) <= deepest]), rng.choice(ODD))
    return json.dumps(said).encode()


def lacking(rng: Rng, call: str) -> bytes:
    said = dict(SAID[call])
    for name in rng.sample(sorted(said), rng.randrange(len(said) + 1)):
        del said[name]
    return json.dumps(said).encode()


def another_call(rng: Rng, _: str) -> bytes:
    return json.dumps(SAID[rng.choice(sorted(SAID))]).encode()


def cut(rng: Rng, call: str) -> bytes:
    whole = json.dumps(SAID[call]).encode()
    return whole[: rng.randrange(len(whole))]


def spoilt(rng: Rng, call: str) -> bytes:
    body = bytearray(json.dumps(SAID[call]).encode())
    for _ in range(rng.randrange(1, 4)):
        body[rng.randrange(len(body))] = rng.randrange(256)
    return bytes(body)


def deep(rng: Rng, _: str) -> bytes:
    depth = rng.choice([70, 2_000, 100_000])
    opening, closing = rng.choice([(b"[", b"]"), (b'{"a":', b"}")])
    return b'{"manifest":' + opening * depth + b"1" + closing * depth + b"}"


def noise(rng: Rng, _: str) -> bytes:
    return rng.choice([b"", b"null", b"NaN", b"[]", b"{}{}", b"\xff", rng.randbytes(rng.randrange(1, 200))])


FAMILIES: list[Callable[[Rng, str], bytes]] = [
    *(odd_value, odd_value, odd_value, lacking, another_call, cut, spoilt, deep, noise),
]


def test_odd_bodies_of_a_job_process(server: Any, say: Any, control: Any, database: Path) -> None:
    rng = random.Random(SEED)
    calls, statuses = sorted(CALLS), Counter[int]()
    control.catalog.create_database({"Name": "d"})
    token = new_run(control)
    for number in range(COUNT):
        if number % 20 == 0:  # what was accepted may have ended what a run can do
            token = new_run(control)
        family, call = FAMILIES[number % len(FAMILIES)], rng.choice(calls)
        body = family(rng, call)
        before = contents(database)
        answer = say(call, token, body)
        told = (
            f"{family.__name__}, seed {SEED}, number {number}: {call} {body[:300]!r} → {answer.raw[:500]!r}"
        )
        statuses[answer.status] += 1
        if answer.status != 200:
            assert 400 <= answer.status < 500, told
            assert len(answer.json["message"]) > 10, told
            assert contents(database) == before, told
    assert control.runs.page("flights", before=None, limit=1).items
    print(f"seed {SEED}: {dict(statuses)}")


def new_run(control: Any) -> str:
    _, token = control.run_starter.register(
        "flights", script_location="f.py", arguments={}, launcher="test:1:1"
    )
    return str(token)


def test_a_body_that_is_too_large_is_refused(
    say: Any, control: Any, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "MAX_BODY_BYTES", 1_000_000)
    token = new_run(control)
    before = contents(database)
    answer = say("publication", token, b'{"manifest":[]' + b" " * 1_000_000 + b"}")
    assert (answer.status, answer.json["error"]) == (400, "InvalidInputException")
    assert "size limit exceeded" in answer.json["message"]
    assert contents(database) == before


def test_everything_that_job_processes_say_is_tried() -> None:
    assert SAID.keys() == CALLS.keys()
