"""The way of a request through the house is short: our frames between the edge and the SQL are counted."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import placekeeper
from pages import PROJECT, rows, section
from placekeeper.server.app import create_app

OURS = str(Path(placekeeper.__file__).parent)
MOST = 7
"""Route, operation, use case, rows, driver: a reader follows that by hand."""


def test_get_job_bookmark_passes_few_of_our_frames(
    control: Any, model: Any, committed: Callable[..., Any]
) -> None:
    committed("orders")
    app = create_app(control, model, reads_are_quick=True)
    ways, answer = asyncio.run(_asked(app, "GetJobBookmark", {"JobName": "orders"}))
    assert json.loads(answer)["JobBookmarkEntry"]["JobName"] == "orders"
    [way] = ways
    assert len(way) <= MOST, way
    told = rows(section((PROJECT / "ARCHITECTURE.md").read_text(), "## One request"))
    assert [frame.strip("`") for frame, *_ in told] == way


async def _asked(app: Any, operation: str, parameters: dict[str, Any]) -> tuple[list[list[str]], bytes]:
    """Our frames at each statement of a request, outermost first, and its answer."""
    ways: list[list[str]] = []
    pieces: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(parameters).encode(), "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        pieces.append(message.get("body", b""))

    def watch(frame: FrameType, event: str, callee: Any) -> None:
        if event == "c_call" and getattr(callee, "__qualname__", "").startswith(
            ("Cursor.exec", "Connection.exec")
        ):
            ways.append(_ours(frame))

    headers = {
        "content-type": "application/x-amz-json-1.1",
        "content-length": str(len(json.dumps(parameters))),
        "x-amz-target": f"AWSGlue.{operation}",
    }
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await app(dict(scope), receive, send)  # the first request compiles the model
    ways.clear()
    pieces.clear()
    sys.setprofile(watch)
    try:
        await app(scope, receive, send)
    finally:
        sys.setprofile(None)
    return [way for way in ways if way], b"".join(pieces)


def _ours(frame: FrameType | None) -> list[str]:
    names: list[str] = []
    while frame is not None:
        if frame.f_code.co_filename.startswith(OURS):
            names.insert(0, frame.f_code.co_qualname)
        frame = frame.f_back
    return names
