"""Options that would change the columns are refused, whichever way the data goes."""

from collections.abc import Callable, Mapping

import pytest

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.registry import FORMATS


@pytest.mark.parametrize("option", ["attachFilename", "attachTimestamp", "withSchema"])
@pytest.mark.parametrize("format", ["csv", "json", "parquet", "glueparquet"])
@pytest.mark.parametrize("make", [FORMATS.reader, FORMATS.output])
def test_options_that_add_columns_are_refused_unless_false(
    make: Callable[[str, Mapping[str, object]], object], format: str, option: str
) -> None:
    reason = f"The format option {option} is not supported: it would change the columns. Leave it out."
    with pytest.raises(UnsupportedFeature) as refusal:
        make(format, {option: "name"})
    assert str(refusal.value) == reason
    assert make(format, {option: False}) == make(format, {})
