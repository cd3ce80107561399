"""The locations of a job's files: its script, its modules, its other files.

Source: docs/reference/arguments.md#locations.
"""

import re
from typing import Final
from urllib.parse import unquote

GOOGLE: Final = "gs"
AZURE: Final = "az"
HTTP: Final = "http"
S3: Final = "s3"
FILE: Final = "file"

_STORES = {
    "s3": S3,
    "s3a": S3,
    "s3n": S3,
    "file": FILE,
    "gs": GOOGLE,
    "gcs": GOOGLE,
    "az": AZURE,
    "adl": AZURE,
    "azure": AZURE,
    "abfs": AZURE,
    "abfss": AZURE,
    "http": HTTP,
    "https": HTTP,
}
SCHEMES = tuple(f"{scheme}://" for scheme in _STORES)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://|(file):/")
_QUERY = re.compile(r"(https?://[^\s?#]*)[?#][^\s)\"',]*", re.IGNORECASE)


def store_of(location: str) -> str | None:
    """GOOGLE, AZURE, HTTP, S3 or FILE; None for an unknown scheme. A path without a scheme is a FILE."""
    scheme = _SCHEME.match(location)
    return _STORES.get((scheme[1] or scheme[2]).lower()) if scheme else FILE


def has_scheme(location: str) -> bool:
    """Whether a location is a URI rather than a path."""
    return _SCHEME.match(location) is not None


def shown(text: str) -> str:
    """The text for messages: a web address loses its query, which can be a signature."""
    return _QUERY.sub(r"\1?…", text)


def file_name(location: str) -> str:
    """The last part of the path. That of a web address is decoded and has no query."""
    if store_of(location) == HTTP:
        location = unquote(location.split("#", maxsplit=1)[0].split("?", maxsplit=1)[0])
    return location.rstrip("/").rpartition("/")[2]
