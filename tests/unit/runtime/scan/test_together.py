"""Small objects are read together, in their order; others alone."""

import pytest

from placekeeper.model.objects import ObjectMeta
from placekeeper.runtime.scan.cuts import Piece
from placekeeper.runtime.scan.together import gathered


def piece(size: int, *, end: int | None = None, e_tag: str | None = "x") -> Piece:
    meta = ObjectMeta(path="file:///a", last_modified_ms=0, size=size, e_tag=e_tag)
    return Piece(meta, 0, size if end is None else end)


@pytest.mark.parametrize(
    ("pieces", "counts"),
    [
        ([], []),
        ([piece(1)] * 3, [3]),
        ([piece(0)] * 2500, [1000, 1000, 500]),
        ([piece(60_000)] * 9, [4, 4, 1]),
        ([piece(1), piece(65_000), piece(1), piece(1)], [1, 1, 2]),
        ([piece(1), piece(100, end=50), piece(1)], [1, 1, 1]),
        ([piece(1, e_tag=None)] * 2, [1, 1]),
    ],
)
def test_the_groups_of_pieces(pieces: list[Piece], counts: list[int]) -> None:
    found = list(gathered(pieces, 64_000))
    assert [len(some) for some in found] == counts
    assert [one for some in found for one in some] == pieces


def test_nothing_is_read_together_by_a_reader_that_does_not() -> None:
    assert [len(some) for some in gathered([piece(0), piece(0), piece(1)], 0)] == [1, 1, 1]
