"""Columns of floating-point numbers as texts, each column at once.

The shortest digits are spelled by orjson, or by Arrow for numbers of 32 bits. What Java spells in another way
is made of these digits.
"""

from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from placekeeper.runtime.formats.shared.text_buffers import bitmap_of, text_array, values_of

JAVA_PLAIN: Final = (1e-3, 1e7)
_JSON_PLAIN: Final = (1e-5, 1e10)


def java_doubles(array: pa.Array) -> pa.Array:
    """The texts of `java_double` for the numbers of a column; null stays null."""
    if not pat.is_float64(array.type):
        return _java_of_arrow(array)
    sizes = np.abs(values_of(array))
    low, high = JAVA_PLAIN
    texts = _shortest(array)
    if not len(sizes) or (sizes.min() >= low and sizes.max() < high):
        return texts
    are_rare = pa.array(~(((sizes >= low) & (sizes < high)) | (sizes == 0.0)))
    return mended(texts, are_rare, lambda _: _java_of_arrow(array.filter(are_rare)))


def json_doubles(array: pa.Array) -> pa.Array:
    """The numbers as msgspec spells them, and `NaN`, `Infinity`, `-Infinity`; null stays null."""
    if not pat.is_float64(array.type):
        return _of_arrow(array, _JSON_PLAIN, _as_msgspec)
    are_named = pa.array(~np.isfinite(values_of(array)))
    return mended(_shortest(array), are_named, lambda _: _named(array.filter(are_named).cast(pa.string())))


def json_numbers(array: pa.Array, before: str) -> pa.Array | None:
    """Whole numbers or doubles as JSON, each with a text before it.

    None for a column that has nulls, other types, or numbers that JSON does not have.
    """
    if array.null_count or not (pat.is_integer(array.type) or pat.is_float64(array.type)):
        return None
    if pat.is_float64(array.type) and not np.isfinite(values_of(array)).all():
        return None
    return _shortest(array, before.encode())


def _shortest(array: pa.Array, before: bytes = b"") -> pa.Array:
    """64-bit numbers in the spelling of msgspec, but `null` for those that are not finite.

    It is the spelling of orjson, which puts a plus before exponents. Its list is cut at its commas.
    """
    encoded = orjson.dumps(values_of(array), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].replace(b"+", b"")
    count = len(array)
    commas = np.flatnonzero(np.frombuffer(encoded, np.uint8) == ord(","))
    offsets = np.zeros(count + 1, np.int64)
    offsets[1:] = np.append(commas, len(encoded))[:count] + np.arange(count) * (len(before) - 1) + len(before)
    data = before + encoded.replace(b",", before) if before else encoded.translate(None, b",")
    return text_array(data, offsets, bitmap_of(array))


def _java_of_arrow(array: pa.Array) -> pa.Array:
    return _of_arrow(array, JAVA_PLAIN, lambda texts: pc.if_else(_with_letters(texts), *_scientific(texts)))


def _of_arrow(array: pa.Array, plain: tuple[float, float], other: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Arrow's texts: names respelled, a point in whole numbers, and by `other` what is not within `plain`."""
    texts, values = array.cast(pa.string()), array.cast(pa.float64())
    sizes = pc.abs(values)
    are_plain = pc.or_(
        pc.and_(pc.greater_equal(sizes, plain[0]), pc.less(sizes, plain[1])), pc.equal(sizes, 0.0)
    )
    if not pc.all(are_plain).as_py():
        are_finite = pc.is_finite(values)
        texts = mended(texts, pc.invert(are_finite), _named)
        texts = mended(texts, pc.and_(are_finite, pc.invert(are_plain)), other)
    are_whole = pc.and_(are_plain, pc.equal(pc.floor(values), values))
    return mended(texts, are_whole, lambda chosen: _joined(chosen, ".0"))


def mended(texts: pa.Array, which: pa.Array, mend: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """The texts, those of `which` replaced by what `mend` makes of them; null is not chosen."""
    chosen = pc.fill_null(which, False)
    if not pc.any(chosen).as_py():
        return texts
    return pc.replace_with_mask(texts, chosen, mend(texts.filter(chosen)))


def _named(texts: pa.Array) -> pa.Array:
    return pc.replace_substring(pc.replace_substring(texts, "nan", "NaN"), "inf", "Infinity")


def _with_letters(texts: pa.Array) -> pa.Array:
    return pc.match_substring(texts, "e")


def _scientific(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Texts in Java's scientific spelling: if they are `1.5e-7` or `1e+20`, and if they are plain."""
    return _scientific_of_letters(texts), _scientific_of_plain(texts)


def _scientific_of_letters(texts: pa.Array) -> pa.Array:
    texts = pc.replace_substring(pc.replace_substring(texts, "e+", "e"), "e", "E")
    return mended(
        texts,
        pc.invert(pc.match_substring(texts, ".")),
        lambda chosen: pc.replace_substring(chosen, "E", ".0E"),
    )


def _scientific_of_plain(texts: pa.Array) -> pa.Array:
    """`12345678.9` is `1.23456789E7`, and `0.00012` is `1.2E-4`."""
    signs = pc.if_else(pc.starts_with(texts, "-"), "-", "")
    numbers = pc.ascii_ltrim(texts, characters="-")
    points = pc.find_substring(numbers, ".")
    wholes = pc.if_else(pc.less(points, 0), pc.binary_length(numbers), points)
    digits = pc.replace_substring(numbers, ".", "")
    significant = pc.ascii_ltrim(digits, characters="0")
    zeros = pc.subtract(pc.binary_length(digits), pc.binary_length(significant))
    exponents = pc.subtract(pc.subtract(wholes, zeros), 1)
    significant = pc.ascii_rtrim(significant, characters="0")
    rest = pc.utf8_slice_codeunits(significant, 1)
    rest = pc.if_else(pc.equal(rest, ""), "0", rest)
    first = pc.utf8_slice_codeunits(significant, 0, 1)
    return _joined(signs, first, ".", rest, "E", exponents.cast(pa.string()))


def _as_msgspec(texts: pa.Array) -> pa.Array:
    """Numbers of Arrow's spelling in that of msgspec, which is asked for all of them at once."""
    encoded = msgspec.json.encode(texts.cast(pa.float64()).to_pylist())
    return pc.split_pattern(pa.array([encoded[1:-1].decode()]), ",").values


def _joined(*parts: str | pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")
