"""The cut of large objects into pieces."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.runtime.scan.cuts import cuts

SIZES = st.lists(st.integers(0, 10**6), min_size=1, max_size=8)


@given(SIZES, st.data(), st.integers(1, 10**6))
def test_pieces_lie_side_by_side_and_are_no_larger_than_wanted(sizes, data, piece):
    cut = data.draw(st.sets(st.integers(0, len(sizes) - 1)))
    made = cuts(np.array(sizes), sorted(cut), piece=max(piece, max(sizes) // 50))
    assert np.all(np.diff(made.places) >= 0)
    for place, size in enumerate(sizes):
        begins, ends = made.begins[made.places == place], made.ends[made.places == place]
        assert [*begins, size] == [0, *ends]
        if place in cut:
            assert np.all(ends - begins <= max(piece, max(sizes) // 50))
        else:
            assert len(begins) == 1
