"""Flags of the bytes of a block, packed 64 to a word: a look at all of them costs next to nothing."""

import numpy as np
from numpy.typing import NDArray

from placekeeper.runtime.formats.csv.places import Flags

Bits = NDArray[np.uint64]
"""The flag of the first byte is the lowest bit of the first word. Bits beyond the last byte mean nothing."""

_ONE, _TOP = np.uint64(1), np.uint64(63)


def packed(flags: Flags) -> Bits:
    """Flags as bits; those beyond the last are 0."""
    words: Bits = np.zeros(-(-len(flags) // 64), "<u8")
    octets = np.packbits(flags, bitorder="little")
    words.view(np.uint8)[: len(octets)] = octets
    return words


def unpacked(bits: Bits, count: int) -> Flags:
    """The first `count` bits as flags."""
    return np.unpackbits(bits.view(np.uint8), count=count, bitorder="little").view(bool)


def odd(bits: Bits) -> Bits:
    """Of each place, whether the number of bits up to it, itself included, is odd."""
    words = bits.copy()
    for distance in (1, 2, 4, 8, 16, 32):
        words ^= words << np.uint64(distance)
    before = np.bitwise_xor.accumulate(words >> _TOP)
    words[1:] ^= np.uint64(0) - before[:-1]  # all ones where it is odd
    return words


def moved_on(bits: Bits) -> Bits:
    """Each bit at the next place."""
    words = bits << _ONE
    words[1:] |= bits[:-1] >> _TOP
    return words


def places(bits: Bits, count: int) -> NDArray[np.intp]:
    """Which of the first `count` bits are set."""
    return np.flatnonzero(unpacked(bits, count)) if bits.any() else np.empty(0, np.intp)
