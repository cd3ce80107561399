"""Tokens of JSON, each as it stands in its line, as a column of one type: Arrow converts all of them at once.

Arrow reads more than JSON allows, so tokens are compared with its grammar first.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_DOT, _MINUS, _ZERO, _NINE, _N = 46, 45, 48, 57, 110
_DOUBLE: Final = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)$"
_TEXTS: Final = msgspec.json.Decoder(list[str])

Texts: TypeAlias = pa.Array
"""An array of pa.string()."""


class Unlike(Exception):
    """A token is not of the type, or not JSON."""


def texts(tokens: Texts, *, have_escapes: bool) -> pa.Array:
    """What texts mean that stand between quotes. Raises Unlike for an escape that is none."""
    if not have_escapes:
        return tokens
    is_escaped = pc.match_substring(tokens, "\\")
    if not pc.any(is_escaped).as_py():
        return tokens
    joined = '","'.join(tokens.filter(is_escaped).to_pylist())
    try:
        meant = _TEXTS.decode(f'["{joined}"]')
    except msgspec.MsgspecError:
        raise Unlike from None
    return pc.replace_with_mask(tokens, is_escaped, pa.array(meant, pa.string()))


def column(tokens: Texts, data_type: pa.DataType) -> pa.Array:
    """A column of a type that is no text. Raises Unlike if a token is neither null nor of this type."""
    if (_bytes(tokens) == _N).any():
        tokens = pc.if_else(pc.equal(tokens, "null"), None, tokens)
    try:
        return _MADE[data_type](tokens)
    except pa.ArrowInvalid:  # such as an integer beyond 64 bits
        raise Unlike from None


def _whole_numbers(tokens: Texts) -> pa.Array:
    _refuse(not _are_numbers(tokens.drop_null(), points=0))
    return tokens.cast(pa.int64())


def _doubles(tokens: Texts) -> pa.Array:
    if not _are_numbers(tokens.drop_null(), points=1):
        are_doubles = pc.match_substring_regex(tokens, _DOUBLE)
        _refuse(pc.any(pc.invert(are_doubles)).as_py())
    numbers = tokens.cast(pa.float64())
    span = pc.min_max(numbers).as_py()
    _refuse(span["max"] == math.inf or span["min"] == -math.inf)
    return numbers


def _refuse(is_unlike: bool | None) -> None:
    if is_unlike:
        raise Unlike


def _are_numbers(tokens: Texts, *, points: int) -> bool:
    """Whether each is a number of JSON with so many points, none or one, and without an exponent."""
    text, bounds = _bytes(tokens), _bounds(tokens)
    begins, stops = bounds[:-1], bounds[1:]
    if (begins == stops).any():
        return False
    has_minus = text[begins] == _MINUS
    firsts = begins + has_minus
    ends: NDArray[np.integer[Any]] = stops
    if points:
        ends = np.flatnonzero(text == _DOT)
        if len(ends) != len(tokens) or not ((begins < ends) & (ends < stops - 1)).all():
            return False
    digits = np.count_nonzero((text >= _ZERO) & (text <= _NINE))
    if digits + points * len(ends) + np.count_nonzero(has_minus) != len(text):
        return False
    return (
        bool(((firsts < ends) & ((text[firsts] != _ZERO) | (ends == firsts + 1))).all())
        if len(tokens)
        else True
    )


def _bounds(tokens: Texts) -> NDArray[np.int32]:
    """Where each begins in `_bytes`, and where the last ends."""
    offsets = np.frombuffer(tokens.buffers()[1], np.int32)[tokens.offset :][: len(tokens) + 1]
    bounds: NDArray[np.int32] = offsets - offsets[0]
    return bounds


def _bytes(tokens: Texts) -> NDArray[np.uint8]:
    """The bytes of all tokens, one behind the other."""
    data = tokens.buffers()[2]
    if data is None:
        return np.empty(0, np.uint8)
    offsets = np.frombuffer(tokens.buffers()[1], np.int32)[tokens.offset :]
    return np.frombuffer(data, np.uint8)[offsets[0] : offsets[len(tokens)]]


def _booleans(tokens: Texts) -> pa.Array:
    are_true = pc.equal(tokens, "true")
    _refuse(pc.any(pc.invert(pc.or_(are_true, pc.equal(tokens, "false")))).as_py())
    return are_true


def _nothing(tokens: Texts) -> pa.Array:
    _refuse(tokens.null_count < len(tokens))
    return pa.nulls(len(tokens))


_MADE: Final[Mapping[pa.DataType, Callable[[Texts], pa.Array]]] = {
    pa.int64(): _whole_numbers,
    pa.float64(): _doubles,
    pa.bool_(): _booleans,
    pa.null(): _nothing,
}
