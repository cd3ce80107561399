"""Requests as operations and their parameters (AWS JSON 1.1: docs/reference/operations.md#wire-format).

The texts of a SerializationException are those of AWS's services of the same protocol, as users paste them
("NUMBER_VALUE can not be converted to a String", "Expected list or null"); none was captured from Glue.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from placekeeper.model.errors import SerializationException, UnknownOperationException
from placekeeper.server.protocol.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

MAX_BODY_BYTES = 6 * 1024 * 1024
"""The largest body that is read; AWS refuses StartJobRun far below it.

Source: docs/reference/operations.md#bound-body.
"""

MAX_DEPTH = 64
"""How deep a body may nest; CreateJob, the deepest input served, has 11 levels."""

CONTENT_TYPES = frozenset({"application/x-amz-json-1.1", "application/x-amz-json-1.0", "application/json"})
"""The accepted content types; a request of another type does not follow this protocol."""

Decode = Callable[[Any], Any]
"""Turns a JSON value into the value of one shape, or raises SerializationException."""

_INT_BITS = {"integer": 31, "long": 63}


def operation_name(target: str | None, content_type: str | None, model: ServiceModel) -> str:
    """The operation that the headers name.

    Raises UnknownOperationException if the model does not have it, and if the content type is not one of
    CONTENT_TYPES: AWS's front end then finds no protocol that could answer (inferred from DynamoDB).
    """
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind not in CONTENT_TYPES:
        raise UnknownOperationException(
            f"Content-Type must be application/x-amz-json-{model.json_version}, but is {kind or 'missing'}."
        )
    prefix, dot, name = (target or "").partition(".")
    if not dot or prefix != model.target_prefix or name not in model.operation_names:
        raise UnknownOperationException(
            f"X-Amz-Target must name an operation of Glue, as in {model.target_prefix}.GetJob."
        )
    return name


def decode_body(body: bytes, decode: Decode) -> dict[str, Any]:
    """The parameters in a body: only members that the model knows, nulls left out, as AWS reads them.

    Raises SerializationException for a body that is not a JSON object, or has a member of a wrong JSON type.
    """
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SerializationException(f"The body is not valid JSON: {error}") from None
    # Counting brackets in C is enough to let nearly every body pass without a walk.
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise SerializationException(f"The body nests more than {MAX_DEPTH} levels.")
    if type(value) is not dict:
        raise SerializationException("The body must be a JSON object.")
    params: dict[str, Any] = decode(value)
    return params


class Decoders:
    """The decoders of shapes, each made once."""

    def __init__(self) -> None:
        self._made: dict[str, Decode] = {}

    def of(self, shape: Shape) -> Decode:
        """The decoder of a shape. A shape that contains itself is found again by its name."""
        name = shape.name
        if name in self._made:
            return self._made[name]
        self._made[name] = lambda value: self._made[name](value)
        self._made[name] = made = self._make(shape)
        return made

    def _make(self, shape: Shape) -> Decode:
        if shape.metadata.get("document"):
            return _same
        if isinstance(shape, StructureShape):
            return _structure({name: self.of(member) for name, member in shape.members.items()})
        if isinstance(shape, ListShape):
            return _list(self.of(shape.member))
        if isinstance(shape, MapShape):
            return _map(self.of(shape.value))
        return _scalar(shape.type_name)


def _structure(members: dict[str, Decode]) -> Decode:
    def decode(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise SerializationException("Expected structure or null")
        return {
            name: members[name](item) for name, item in value.items() if item is not None and name in members
        }

    return decode


def _list(element: Decode) -> Decode:
    def decode(value: Any) -> list[Any]:
        if type(value) is not list:
            raise SerializationException("Expected list or null")
        return [None if item is None else element(item) for item in value]

    return decode


def _map(of_value: Decode) -> Decode:
    def decode(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise SerializationException("Expected map or null")
        return {key: None if item is None else of_value(item) for key, item in value.items()}

    return decode


def _scalar(type_name: str) -> Decode:
    if type_name in _INT_BITS:
        return _integer(type_name)
    return {
        "string": _string,
        "character": _string,
        "boolean": _boolean,
        "float": _double,
        "double": _double,
        "timestamp": _timestamp,
        "blob": _blob,
    }[type_name]


def _same(value: Any) -> Any:
    return value


def _string(value: Any) -> str:
    if type(value) is str:
        return value
    raise _mismatch(value, "a String")


def _boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise _mismatch(value, "a Boolean")


def _double(value: Any) -> float:
    if type(value) is float:
        return value
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise SerializationException("A number is out of the range of double") from None
    raise _mismatch(value, "a Double")


def _integer(type_name: str) -> Decode:
    """A whole number in the range of the type. AWS may cut others down; here nothing is changed silently."""
    bound = 1 << _INT_BITS[type_name]

    def decode(value: Any) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int:
            raise _mismatch(value, "an Integer" if type_name == "integer" else "a Long")
        if not -bound <= value < bound:
            raise SerializationException(f"{value} is out of the range of {type_name}")
        return value

    return decode


def _timestamp(value: Any) -> datetime:
    """Epoch seconds, as the protocol has timestamps."""
    if type(value) not in (int, float):
        raise _mismatch(value, "a Timestamp")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise SerializationException(f"{value} is out of the range of timestamp") from None


def _blob(value: Any) -> bytes:
    try:
        return base64.b64decode(_string(value), validate=True)
    except (binascii.Error, ValueError):
        raise SerializationException("Invalid base64 in a blob") from None


def _mismatch(value: Any, wanted: str) -> SerializationException:
    if isinstance(value, dict):
        return SerializationException("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return SerializationException("Start of list found where not expected")
    token = str(value).upper() if isinstance(value, bool) else "STRING"
    token = "NUMBER" if type(value) in (int, float) else token
    return SerializationException(f"{token}_VALUE can not be converted to {wanted}")


def _is_deeper(value: Any, limit: int) -> bool:
    """Whether a JSON value nests more than `limit` levels; walks level by level, without recursion."""
    level = [value]
    for _ in range(limit + 1):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return True
