"""The keys file: who may sign requests.

[keys.AIRFLOW]                      JSON: {"keys": {"AIRFLOW": {"secret": "…", "read_only": false}}}
secret = "a long random text"
read_only = false                   optional: a key that may look and change nothing

[scripts]                           optional: what scripts may do by the token of their run
access = "own"                      or "read", or "all"
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from placekeeper.keys.private_file import read_private
from placekeeper.model.access import Access, AccessKey, ScriptAccess
from placekeeper.model.errors import UsageError

SHORTEST_SECRET = 16
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{3,128}")


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    secret: str
    read_only: bool = False


class _Scripts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    access: ScriptAccess = ScriptAccess.OWN


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: dict[str, _Entry]
    scripts: _Scripts = _Scripts()


def read_keys(path: Path) -> Access:
    """The keys and the scripts' access in a TOML file, or JSON where it begins with a brace.

    Raises UsageError for a file that cannot be read, that others than its owner can read, or that says
    something else. No message repeats a secret.
    """
    data = read_private(path, "keys file")
    try:
        file = msgspec.convert(_parsed(data), _File)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the keys file {path} is malformed: {_without_values(error)}") from None
    keys = {name: _key(path, name, entry) for name, entry in _some(path, file.keys).items()}
    return Access(keys=keys, scripts=file.scripts.access)


def _parsed(data: bytes) -> Any:
    text = data.decode()
    return msgspec.json.decode(text) if text.lstrip().startswith("{") else tomllib.loads(text)


def _without_values(error: Exception) -> str:
    """The first line of what a parser says; places only, where it might repeat what stands there."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    if isinstance(error, RecursionError):
        return "it nests too deeply"
    return str(error).partition("\n")[0]


def _some(path: Path, entries: dict[str, _Entry]) -> dict[str, _Entry]:
    if not entries:
        raise UsageError(f'the keys file {path} has no keys: write [keys.NAME] and secret = "…"')
    return entries


def _key(path: Path, name: str, entry: _Entry) -> AccessKey:
    if not _KEY_ID.fullmatch(name):
        raise UsageError(
            f"the keys file {path} has the key {name!r}: a name has 3 to 128 letters, digits, _ or -"
        )
    if len(entry.secret) < SHORTEST_SECRET:
        raise UsageError(
            f"the keys file {path}: the secret of {name} is shorter than {SHORTEST_SECRET} characters: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(32))' makes one"
        )
    return AccessKey(id=name, secret=entry.secret, read_only=entry.read_only)
