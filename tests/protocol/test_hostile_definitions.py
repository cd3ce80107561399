"""Definitions that have the shape of one and are odd: refused with a reason, or kept as they were sent.

Of what PLACEKEEPER_FUZZ sends (see test_hostile.py), as many again; PLACEKEEPER_FUZZ_SEED repeats a run.
"""

import contextlib
import json
import os
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

COUNT = int(os.environ.get("PLACEKEEPER_FUZZ", "600"))
SEED = int(os.environ.get("PLACEKEEPER_FUZZ_SEED", str(random.randrange(2**32))))
SECONDS = 30
"""What takes longer hangs."""

ARGUMENT_BYTES = 260 * 1024
Rng = random.Random
Send = Callable[[str, Any], tuple[int, Any]]

BORDERS = (0, 1, -1, 2, 10, 11, 100, 101, 299, 300, 10_080, 10_081)
RANGES = (2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**63 - 1, 2**63, 10**400)
TOKENS = ("1e400", "-1e400", "NaN", "-Infinity", "1e-400", "-0.0", "1.0", "0.0625", "1e3")
"""Numbers as Python's json does not write them."""

ODD = ("\0", "\ud800", "\udfff\ud800", "\u202e", "e\u0301", "\u200b", "\U0001f9ff", "\t", "\x7f", "\ufffe")
TRICKS = (
    "../",
    "/",
    "..",
    ".",
    ".hidden",
    "%2e%2e%2f",
    " ",
    " a ",
    "~root",
    "..\\",
    "file:///etc/x",
    "$(id)",
    "a'b;--",
)
COMMANDS = ("glueetl", "gluestreaming", "pythonshell", "glueray", "GLUEETL", "glueetl ", "", "spark", "x")
MARK = "@@number:"


def number(rng: Rng) -> Any:
    pool = [*BORDERS, *RANGES, *(f"{MARK}{token}@@" for token in TOKENS), 0.5, 2.5, True, "1", None]
    return rng.choice(pool)


def name(rng: Rng) -> str:
    odd = rng.choice([*ODD, *TRICKS])
    return rng.choice(
        [odd, f"a{odd}b", odd * 3, f"{odd}x", "n" * rng.choice([1, 254, 255, 256]), f"n{rng.random()}"]
    )


def text(rng: Rng) -> Any:
    return rng.choice([name(rng), "", "x" * rng.choice([254, 255, 256, 2047, 2048, 2049, 400_000]), None])


def arguments(rng: Rng) -> Any:
    size = ARGUMENT_BYTES - len("--big") + rng.choice([-1, 0, 1, 500])
    large = {"--big": rng.choice(["x" * size, "é" * (size // 2)])}
    odd = {rng.choice(["", "--", "--a=b", "--a", "a", name(rng)]): text(rng)}
    many = {f"--k{position}": "" for position in range(rng.choice([50, 3000]))}
    own = {rng.choice(["--JOB_NAME", "--JOB_RUN_ID", "--TempDir", "--conf"]): name(rng)}
    return rng.choice([large, odd, many, own, {}, {"--a": None}])


def command(rng: Rng) -> Any:
    made = {
        "Name": rng.choice(COMMANDS),
        "ScriptLocation": text(rng),
        "PythonVersion": rng.choice(["3", "2", "3.9", ""]),
    }
    return rng.choice(
        [made, {}, {**made, "Runtime": rng.choice(["Ray2.4", ""])}, {**made, "Unknown": nested(rng)}]
    )


def tags(rng: Rng) -> Any:
    many = {f"k{position}": "v" for position in range(rng.choice([49, 50, 51]))}
    return rng.choice(
        [{"aws:x": "y"}, {"AWS:x": "y"}, many, {name(rng): text(rng)}, {"": ""}, {"k" * 129: "v"}, {}]
    )


def nested(rng: Rng) -> Any:
    value: Any = {"Name": "x"}
    for _ in range(rng.choice([1, 10, 70])):
        value = rng.choice([[value], {"Unknown": value}])
    return value


def capacities(rng: Rng) -> dict[str, Any]:
    members = ["MaxCapacity", "AllocatedCapacity", "NumberOfWorkers"]
    stated = {member: number(rng) for member in rng.sample(members, rng.randrange(1, 4))}
    kinds = ["G.1X", "G.2X", "Standard", "Z.2X", "G.99X", ""]
    return {**stated, **rng.choice([{}, {"WorkerType": rng.choice(kinds)}])}


MEMBERS: dict[str, Callable[[Rng], Any]] = {
    "Description": text,
    "LogUri": text,
    "Role": text,
    "GlueVersion": lambda rng: rng.choice(["5.0", "0.9", "auto", "", "²", "٣.0", name(rng)]),
    "Command": command,
    "DefaultArguments": arguments,
    "NonOverridableArguments": arguments,
    "MaxRetries": number,
    "Timeout": number,
    "ExecutionProperty": lambda rng: rng.choice([{"MaxConcurrentRuns": number(rng)}, {}, {"Unknown": 1}]),
    "NotificationProperty": lambda rng: {"NotifyDelayAfter": number(rng)},
    "Connections": lambda rng: {"Connections": rng.choice([["a", "a"], [], [name(rng)] * 3, [None]])},
    "ExecutionClass": lambda rng: rng.choice(["FLEX", "STANDARD", "flex", ""]),
    "SecurityConfiguration": text,
    "MaintenanceWindow": text,
    "Unknown": nested,
}
"""What a definition may have, each with how it is made odd."""


def definition(rng: Rng, base: dict[str, Any]) -> dict[str, Any]:
    """A good definition, one to three members of which are not."""
    made = {member: MEMBERS[member](rng) for member in rng.sample(sorted(MEMBERS), rng.randrange(1, 4))}
    return {**base, **made, **(capacities(rng) if rng.random() < 0.3 else {})}


def written(body: Any) -> bytes:
    """JSON with the numbers that Python's json does not write."""
    raw = json.dumps(body)
    for token in TOKENS:
        raw = raw.replace(f'"{MARK}{token}@@"', token)
    return raw.encode()


def lost(sent: Any, shown: Any, path: str = "") -> Iterator[str]:
    """Where an answer differs from what was sent; null and unknown members were not sent."""
    if isinstance(sent, dict):
        for key, value in sent.items():
            if value is not None and key != "Unknown" and (key, value) != ("AllocatedCapacity", 0):
                if not isinstance(shown, dict) or key not in shown:
                    yield f"{path}.{key} is missing"
                else:
                    yield from lost(value, shown[key], f"{path}.{key}")
    elif sent != shown:
        yield f"{path}: {str(sent)[:80]!r} became {str(shown)[:80]!r}"


@pytest.fixture
def send(server: Any, http: urllib3.PoolManager) -> Send:
    def send(operation: str, body: Any) -> tuple[int, Any]:
        headers = {"x-amz-target": f"AWSGlue.{operation}", "content-type": "application/x-amz-json-1.1"}
        answer = http.request("POST", server.url + "/", body=written(body), headers=headers, timeout=SECONDS)
        return answer.status, json.loads(answer.data)

    return send


@pytest.fixture
def changes(database: Path) -> Iterator[Callable[[], int]]:
    """A number that is another one after every commit to the database that changed anything."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        yield lambda: connection.execute("PRAGMA data_version").fetchone()[0]


class Conversation:
    """One sequence of odd calls at a time, each followed by a look at what it did."""

    def __init__(self, send: Send, changes: Callable[[], int]) -> None:
        self._send, self._changes = send, changes
        self.outcomes: Counter[tuple[str, int]] = Counter()

    def accepted(self, operation: str, body: dict[str, Any]) -> Any:
        """The answer if it was accepted; None when it was refused, properly."""
        before = self._changes()
        status, answer = self._send(operation, body)
        self.outcomes[operation, status] += 1
        if status == 200:
            return answer
        assert 400 <= status < 500, (status, answer)
        assert len(answer.get("message") or answer.get("Message") or "") > 10, answer
        assert self._changes() == before, "what was refused has changed the state"
        return None

    def create(self, body: dict[str, Any]) -> None:
        if self.accepted("CreateJob", body) is None:
            return
        sent = {member: value for member, value in body.items() if member != "Tags"}
        self.shows(body["Name"], sent)
        arn = f"arn:aws:glue:us-east-1:123456789012:job/{body['Name']}"
        status, found = self._send("GetTags", {"ResourceArn": arn})
        assert status == 200, found
        assert found["Tags"] == (body.get("Tags") or {})
        self.removed(body["Name"])

    def update(self, name: str, body: dict[str, Any]) -> None:
        if self.accepted("UpdateJob", {"JobName": name, "JobUpdate": body}) is not None:
            self.shows(name, body)

    def start(self, name: str, body: dict[str, Any]) -> None:
        started = self.accepted("StartJobRun", {"JobName": name, **body})
        if started is None:
            return
        status, found = self._send("GetJobRun", {"JobName": name, "RunId": started["JobRunId"]})
        assert status == 200, found
        assert list(lost(self.as_read(body), found["JobRun"])) == []

    def shows(self, name: str, sent: dict[str, Any]) -> None:
        status, found = self._send("GetJob", {"JobName": name})
        assert status == 200, found
        assert list(lost(self.as_read(sent), found["Job"])) == []

    def removed(self, name: str) -> None:
        assert self._send("DeleteJob", {"JobName": name})[0] == 200
        assert self._send("GetJob", {"JobName": name})[0] == 400

    @staticmethod
    def as_read(body: Any) -> Any:
        """What was sent, as a reader of JSON has it."""
        return json.loads(written(body))


def test_odd_definitions(
    send: Send, changes: Callable[[], int], job: Callable[..., dict[str, Any]], database: Path
) -> None:
    rng = random.Random(SEED)
    conversation = Conversation(send, changes)
    for position in range(COUNT):
        kept = f"kept-{position}"
        kind = ("CreateJob", "UpdateJob", "StartJobRun")[position % 3]
        if kind == "CreateJob":
            body = definition(rng, job(name(rng), **({"Tags": tags(rng)} if rng.random() < 0.3 else {})))
        else:
            assert send("CreateJob", job(kept))[0] == 200
            base = {member: value for member, value in job(kept).items() if member != "Name"}
            body = definition(rng, base) if kind == "UpdateJob" else odd_start(rng)
        try:
            if kind == "CreateJob":
                conversation.create(body)
            elif kind == "UpdateJob":
                conversation.update(kept, body)
            else:
                conversation.start(kept, body)
            if kind != "CreateJob":
                conversation.removed(kept)
        except AssertionError as error:
            said = f"seed {SEED}, number {position}: {kind} {written(body)[:600]!r}: {error}"
            raise AssertionError(said) from error
    assert send("GetJobs", {})[1]["Jobs"] == []
    assert {path.name for path in database.parent.iterdir()} <= {"state.db", "state.db-wal", "state.db-shm"}
    print(f"seed {SEED}: {dict(conversation.outcomes)}")
    seen = {(operation, status == 200) for operation, status in conversation.outcomes}
    assert COUNT < 100 or len(seen) == 6, "each operation is to be accepted and refused"


def odd_start(rng: Rng) -> dict[str, Any]:
    members = {
        "Arguments": arguments,
        "Timeout": number,
        "JobRunId": text,
        "NotificationProperty": MEMBERS["NotificationProperty"],
        "SecurityConfiguration": text,
        "Unknown": nested,
    }
    made = {member: members[member](rng) for member in rng.sample(sorted(members), rng.randrange(1, 3))}
    return {**made, **(capacities(rng) if rng.random() < 0.3 else {})}
