"""The account whose resources a server has."""

from typing import Final

import msgspec

NO_ACCOUNT: Final = "000000000000"
"""The number of an account that nobody has named."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The one account of a server. `is_named` says whether somebody has named it."""

    id: str = NO_ACCOUNT
    is_named: bool = False
