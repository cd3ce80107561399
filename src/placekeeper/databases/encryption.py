"""What a JDBC URL asks for about encryption, as the drivers of Python take it."""

from collections.abc import Mapping
from typing import Any, Final

from placekeeper.model.databases import Login
from placekeeper.model.errors import UnsupportedFeature

_LIBPQ: Final = ("sslmode", "sslrootcert", "sslcert", "sslkey")
_OFF: Final = {"", "false", "disable", "disabled", "preferred", "prefer"}
_UNVERIFIED: Final = {"true", "required", "require", "trust"}
_VERIFIED: Final = {"verify_ca": False, "verify-ca": False, "verify_identity": True, "verify-full": True}
"""With the value whether the name of the server must be that of its certificate, too."""


def libpq_settings(login: Login) -> dict[str, str]:
    """Of a URL of PostgreSQL or Redshift; its driver takes `ssl=true` for a certificate that is checked."""
    found = _lower(login)
    settings = {name: found[name] for name in _LIBPQ if found.get(name)}
    if found.get("ssl", "false").lower() != "false":
        settings.setdefault("sslmode", "verify-full")
    return settings


def pymysql_settings(login: Login) -> dict[str, Any]:
    """Of a URL of MySQL or MariaDB; empty where nothing has to be encrypted.

    Raises UnsupportedFeature for a mode that is unknown here.
    """
    found = _lower(login)
    mode = found.get("sslmode", found.get("requiressl", found.get("usessl", ""))).lower()
    if mode in _OFF:
        return {}
    ca = found.get("serversslcert") or found.get("sslca")
    if mode in _UNVERIFIED:
        return {"ssl": {"ca": None}}
    if mode not in _VERIFIED:
        raise UnsupportedFeature(
            f"{login.place}: sslMode {mode!r} is not supported. Give REQUIRED, VERIFY_CA or VERIFY_IDENTITY."
        )
    if not ca:
        raise UnsupportedFeature(
            f"{login.place}: sslMode {mode!r} checks a certificate. Give that of its authority: sslCa=/ca.pem"
        )
    return {"ssl": {"ca": ca, "check_hostname": _VERIFIED[mode]}}


def _lower(login: Login) -> Mapping[str, str]:
    return {name.lower(): value for name, value in login.parameters.items()}
