"""The secrets in a ConnectionInput: told apart from the rest, and put together again.

Source: docs/reference/operations.md#connections.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

Spec = dict[str, Any]

PROPERTY_MAPS: Final = ("ConnectionProperties", "SparkProperties", "AthenaProperties", "PythonProperties")
"""The members whose values are secrets or not, by their names."""

AUTHENTICATION: Final = "AuthenticationConfiguration"
OAUTH2: Final = "OAuth2Properties"

_BASIC: Final = "BasicAuthenticationCredentials"
_SECRETS_OF_AUTHENTICATION: Final = frozenset({_BASIC, "CustomAuthenticationCredentials"})
_SECRETS_OF_OAUTH2: Final = frozenset({"OAuth2Credentials", "AuthorizationCodeProperties"})


def schema_version(spec: Mapping[str, Any]) -> int:
    """ConnectionSchemaVersion: 2 has properties for single environments."""
    return 2 if any(spec.get(member) for member in PROPERTY_MAPS[1:]) else 1


def is_secret(property: str) -> bool:
    """Whether a property is a password in the clear; AWS shows encrypted ones to everybody."""
    name = property.upper()
    return "PASSWORD" in name and not name.startswith("ENCRYPTED_")


def without_secrets(spec: Mapping[str, Any]) -> tuple[Spec, Spec]:
    """A ConnectionInput without its secrets, and these alone, each in its place."""
    clear, secrets = dict(spec), Spec()
    for member in PROPERTY_MAPS:
        _part(clear, secrets, member, is_secret)
    if AUTHENTICATION in clear:
        _part(clear, secrets, AUTHENTICATION, _SECRETS_OF_AUTHENTICATION.__contains__)
        _part(
            clear[AUTHENTICATION],
            secrets.setdefault(AUTHENTICATION, {}),
            OAUTH2,
            _SECRETS_OF_OAUTH2.__contains__,
        )
    return clear, {member: part for member, part in secrets.items() if part}


def with_passwords(spec: Mapping[str, Any], secrets: Mapping[str, Any]) -> Spec:
    """A Connection as AWS shows it: with the passwords among its properties.

    The credentials of an AuthenticationConfiguration are never shown.
    """
    shown = {
        member: {**spec.get(member, {}), **secrets[member]} for member in PROPERTY_MAPS if member in secrets
    }
    return {**spec, **shown}


def with_all_secrets(spec: Mapping[str, Any], secrets: Mapping[str, Any]) -> Spec:
    """A Connection for those who connect by it: with its credentials for basic authentication too."""
    whole = with_passwords(spec, secrets)
    basic = (secrets.get(AUTHENTICATION) or {}).get(_BASIC)
    return {**whole, AUTHENTICATION: {**(spec.get(AUTHENTICATION) or {}), _BASIC: basic}} if basic else whole


def _part(clear: Spec, secrets: Spec, member: str, is_one: Callable[[str], bool]) -> None:
    """Move what is a secret in a member of `clear` to the same member of `secrets`."""
    if member in clear:
        whole = clear[member]
        clear[member] = {name: value for name, value in whole.items() if not is_one(name)}
        found = {name: value for name, value in whole.items() if is_one(name)}
        if found:
            secrets[member] = {**secrets.get(member, {}), **found}
