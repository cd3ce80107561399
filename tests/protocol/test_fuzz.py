"""Whatever is sent: never a 5xx, and what is refused or only asked changes nothing (invariant 5)."""

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placekeeper.server.glue_api.operations import HANDLERS
from placekeeper.server.protocol.model import ServiceModel

SETTINGS = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
MODEL = ServiceModel.of_botocore()

text = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(
        ["", "a", "flights", "\0", "x" * 300, "jr_1", "STANDARD", "5.0", "G.1X", "NULL", "'; --"]
    ),
)
numbers = st.one_of(
    st.integers(),
    st.sampled_from([0, 1, 200, 2**31, 2**63, 10**30]),
    st.floats(allow_nan=False, allow_infinity=False),
)
junk = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)


def like(shape: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values of a shape, and now and then something else."""
    if depth > 4:
        return junk
    kind = shape.type_name
    if kind == "structure":
        members = {name: like(member, depth + 1) for name, member in shape.members.items()}
        needed = {name: members.pop(name) for name in shape.required_members}
        fitting = st.fixed_dictionaries(needed, optional=members) if len(members) < 40 else junk
    elif kind == "list":
        fitting = st.lists(like(shape.member, depth + 1), max_size=3)
    elif kind == "map":
        fitting = st.dictionaries(text, like(shape.value, depth + 1), max_size=3)
    else:
        fitting = {"string": text, "boolean": st.booleans()}.get(kind, numbers)
    return st.one_of(*[fitting] * 7, junk)


requests = st.sampled_from(sorted(HANDLERS)).flatmap(
    lambda name: st.tuples(st.just(name), like(MODEL.operation(name).input))
)


def contents(database: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return list(connection.iterdump())


def test_generated_requests(post: Any, job: Any, committed: Any, database: Path) -> None:
    post("CreateJob", job("flights"))
    committed("flights")

    @SETTINGS
    @given(request=requests)
    def check(request: tuple[str, Any]) -> None:
        operation, body = request
        before = contents(database)
        answer = post(operation, body)
        assert answer.status in (200, 400), (answer.status, answer.raw)
        if answer.status == 400 or operation.startswith("Get"):
            assert contents(database) == before

    check()


def _is_json_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False


def test_generated_bytes(post: Any, database: Path) -> None:
    before = contents(database)

    @SETTINGS
    @given(operation=st.sampled_from(sorted(HANDLERS)), body=st.binary(max_size=50))
    def check(operation: str, body: bytes) -> None:
        refused = post(operation, body).status == 400
        assert refused or _is_json_object(body)  # `{}` is a fine GetJobs

    check()
    assert contents(database) == before


def test_generated_calls_of_a_job_process(say: Any, control: Any) -> None:
    _, token = control.run_starter.register(
        "flights", script_location="f.py", arguments={}, launcher="test:1:1"
    )

    @SETTINGS
    @given(call=st.sampled_from(["open", "staging", "commit", "publication", "published", "x"]), body=junk)
    def check(call: str, body: Any) -> None:
        assert say(call, token, body).status in (200, 400, 409)

    check()
