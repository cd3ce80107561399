"""Tokens between the pages of a listing: opaque to clients, a position to the server."""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from placekeeper.model.errors import InvalidInputException

_MAX_ORDINAL = 2**63 - 1
_MAX_NAME = 511
"""A position may be two names and what is between them."""


class _Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a listing goes on: `of` names the listing, so that no other accepts the token."""

    of: str
    after: str | int | list[str]


_DECODER = msgspec.json.Decoder(_Position)


def token(of: str, after: str | int | list[str]) -> str:
    """The token with which the listing `of` goes on after (in its order) the item `after`."""
    return base64.urlsafe_b64encode(msgspec.json.encode(_Position(of, after))).decode("ascii")


def listing_of(operation: str, filters: Mapping[str, str]) -> str:
    """The name of a listing with filters: a token goes on only with the same filters."""
    if not filters:
        return operation
    return f"{operation} {hashlib.sha256(msgspec.json.encode(filters, order='sorted')).hexdigest()}"


def next_by_name(of: str, names: Sequence[str], size: int) -> str | None:
    """The token after a page of `size` names, if more names were found; None at the end."""
    return token(of, names[size - 1]) if len(names) > size else None


def name_after(of: str, given: str | None) -> str | None:
    """The name in a token; None without one (an empty token too: scripts begin with it).

    Raises InvalidInputException for a token of another listing.
    """
    found = _position(of, given)
    if found is None:
        return None
    if not isinstance(found, str) or not 0 < len(found) <= _MAX_NAME or "\0" in found:
        raise _bad_token()
    return found


def ordinal_before(of: str, given: str | None) -> int | None:
    """The ordinal in a token; None without one. Raises as `name_after` does."""
    found = _position(of, given)
    if found is None:
        return None
    if not isinstance(found, int) or not 0 <= found <= _MAX_ORDINAL:
        raise _bad_token()
    return found


def names_after(of: str, given: str | None, count: int) -> Sequence[str] | None:
    """The names in a token, `count` of them; None without one. Raises as `name_after` does."""
    found = _position(of, given)
    if found is None:
        return None
    if not isinstance(found, list) or len(found) != count or "\0" in "".join(found):
        raise _bad_token()
    return found


def _position(of: str, given: str | None) -> str | int | list[str] | None:
    if not given:
        return None
    try:
        position = _DECODER.decode(base64.b64decode(given.encode("ascii"), altchars=b"-_", validate=True))
    except (binascii.Error, UnicodeEncodeError, UnicodeDecodeError, msgspec.DecodeError):
        raise _bad_token() from None
    if position.of != of:
        raise _bad_token()
    return position.after


def _bad_token() -> InvalidInputException:
    return InvalidInputException(
        "The NextToken does not come from this operation and these filters. Start again without it."
    )
