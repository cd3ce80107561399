"""Results as answers of AWS JSON 1.1 (docs/reference/operations.md#wire-format)."""

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from placekeeper.model.errors import GlueError
from placekeeper.server.http.asgi import Answer
from placekeeper.server.protocol.model import ListShape, MapShape, Shape, StructureShape

CONTENT_TYPE = "application/x-amz-json-1.1"

Encode = Callable[[Any], Any]
"""Turns the value of one shape into a JSON value."""


def success(result: Mapping[str, Any], encode: Encode, request_id: str) -> Answer:
    """The answer of an operation that succeeded; an empty result is `{}`."""
    return Answer(
        status=200,
        body=msgspec.json.encode(encode(result)),
        headers={"content-type": CONTENT_TYPE, "x-amzn-requestid": request_id},
    )


def failure(error: GlueError, request_id: str) -> Answer:
    """The answer of an operation that failed: `__type` is the bare name of the error, the text is `Message`.

    The header x-amzn-errortype repeats the name: botocore, JavaScript's SDK and others read it first.
    """
    return Answer(
        status=error.status,
        body=msgspec.json.encode({"__type": error.code, "Message": error.message, **error.members}),
        headers={
            "content-type": CONTENT_TYPE,
            "x-amzn-requestid": request_id,
            "x-amzn-errortype": error.code,
        },
    )


class Encoders:
    """The encoders of shapes, each made once."""

    def __init__(self) -> None:
        self._made: dict[str, Encode] = {}

    def of(self, shape: Shape) -> Encode:
        """The encoder of a shape. A shape that contains itself is found again by its name."""
        name = shape.name
        if name in self._made:
            return self._made[name]
        self._made[name] = lambda value: self._made[name](value)
        self._made[name] = made = self._make(shape)
        return made

    def _make(self, shape: Shape) -> Encode:
        if isinstance(shape, StructureShape):
            return _structure(shape.name, {name: self.of(member) for name, member in shape.members.items()})
        if isinstance(shape, ListShape):
            return _list(self.of(shape.member))
        if isinstance(shape, MapShape):
            return _map(self.of(shape.value))
        return _SCALARS.get(shape.type_name, _same)


def _structure(shape_name: str, members: dict[str, Encode]) -> Encode:
    def encode(value: Mapping[str, Any]) -> dict[str, Any]:
        unknown = value.keys() - members.keys()
        if unknown:
            raise TypeError(f"{shape_name} of Glue's model has no member {', '.join(sorted(unknown))}")
        return {name: members[name](item) for name, item in value.items() if item is not None}

    return encode


def _list(element: Encode) -> Encode:
    if element is _same:
        return _same
    return lambda value: [element(item) for item in value]


def _map(of_value: Encode) -> Encode:
    if of_value is _same:
        return _same
    return lambda value: {key: of_value(item) for key, item in value.items()}


def _same(value: Any) -> Any:
    return value


def _epoch_seconds(value: datetime) -> float:
    """Seconds since the epoch with milliseconds, as AWS has timestamps.

    Source: docs/reference/operations.md#wire-format.
    """
    return round(value.timestamp(), 3)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


_SCALARS: Mapping[str, Encode] = {
    "timestamp": _epoch_seconds,
    "blob": _base64,
    "float": float,
    "double": float,
}
