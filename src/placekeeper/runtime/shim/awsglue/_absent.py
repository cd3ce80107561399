"""How `awsglue` says that something is not there yet."""

from typing import TYPE_CHECKING, NoReturn

from placekeeper.model.errors import UnsupportedFeature

if TYPE_CHECKING:
    pass


CATALOG = "read or write the files themselves with from_options(connection_type='s3', …)"


def absent(what: str, instead: str) -> NoReturn:
    """Raise UnsupportedFeature: `what` is not there yet, and what to do."""
    raise UnsupportedFeature(f"{what} is not there yet in Placekeeper; {instead}.")
