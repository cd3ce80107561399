"""JSON that holds elements and sources. JSON written by 0.1 does not name their kinds."""

from typing import Any, TypeVar

import msgspec

_T = TypeVar("_T")


def decode(text: str | bytes, type: type[_T]) -> _T:
    """Decode JSON that this version or 0.1 has written.

    Raises msgspec.DecodeError, and ValidationError for JSON that is not a value of `type`.
    """
    try:
        return msgspec.json.decode(text, type=type)
    except msgspec.ValidationError as error:
        try:
            return msgspec.convert(_with_kinds(msgspec.json.decode(text)), type)
        except msgspec.ValidationError:
            raise error from None


def _with_kinds(value: Any) -> Any:
    """The same value, in which every element and source has its kind."""
    if isinstance(value, list):
        return [_with_kinds(item) for item in value]
    if not isinstance(value, dict):
        return value
    return _kind(value) | {name: _with_kinds(item) for name, item in value.items()}


def _kind(value: dict[str, Any]) -> dict[str, str]:
    """The member `kind` of an element or source; empty for another value.

    Elements and sources are recognised by members and their types, because a context may have any name, even
    `run`.
    """
    if isinstance(value.get("connection_type"), str) and isinstance(value.get("paths"), list):
        return {"kind": "table" if isinstance(value.get("table"), dict) else "files"}
    is_element = isinstance(value.get("run_start_ms"), int) and isinstance(value.get("run"), int)
    return {"kind": "files"} if is_element else {}
