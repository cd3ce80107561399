"""Names of columns that formats cannot hold."""

from collections.abc import Sequence

from placekeeper.model.errors import UnsupportedFeature


def refuse_repeated(names: Sequence[str], format: str) -> None:
    """Raise UnsupportedFeature for a name that occurs twice: readers take one of the two."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UnsupportedFeature(
            f"{format} cannot hold two columns of one name ({', '.join(twice)}): rename one, or drop it."
        )
