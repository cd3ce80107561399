"""Canonical URIs of objects.

A local file is `file://` and its absolute path **as it is on disk**: nothing is percent-encoded, so that
`/data/a%20b` and `/data/a b` are two files and stay two. An object in S3 is `s3://bucket/key`, the key raw.
A trailing slash says "folder" and nothing else.
"""

import os
import re

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.rules.jobs import locations
from placekeeper.rules.path_patterns import escaped, is_pattern

FILE = "file://"
S3 = "s3://"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://|(file):")
_BROKEN_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/|(s3[an]?)(?::|/+(?=/))", re.IGNORECASE)
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
_GLOB = re.compile(r"[*?\[{]")


def normalise(path: str, base: str = "") -> str:
    """The canonical URI of a path or URI as scripts write it; relative paths start at `base`, which is the
    working directory if it is empty. Doubled slashes are one, as in Hadoop.

    Raises UnsupportedFeature for an empty path, one with NUL or half a character, a glob, a scheme without
    adapter or with a mistake in it, a remote file host.
    """
    if glob := _GLOB.search(path):
        raise UnsupportedFeature(
            f"{path} has the wildcard '{glob.group()}', which only the paths of a read may have. Name the "
            "folder itself."
        )
    return literal(path, base)


def literal(path: str, base: str = "") -> str:
    """The same of a path that means just itself: its characters are no wildcards."""
    return _single_slashes(normalise_object(path, base))


def pattern(path: str, base: str = "") -> str:
    """The same of a path that may have wildcards (rules/path_patterns.py); others mean themselves.

    Raises UnsupportedFeature as `normalise` does, and for a wildcard in the name of a bucket.
    """
    if not is_pattern(path):
        return escaped(normalise(path, base))
    uri = _single_slashes(normalise_object(path, escaped(base or os.getcwd())))  # noqa: PTH109 - a text
    if is_s3(uri) and is_pattern(split_s3(uri)[0]):
        raise UnsupportedFeature(f"{path} has a wildcard in the name of the bucket: name each bucket.")
    return uri


def _single_slashes(uri: str) -> str:
    scheme, separator, rest = uri.partition("://")
    return scheme + separator + re.sub(r"(?<=.)//+", "/", rest)


def normalise_object(path: str, base: str = "") -> str:
    """The canonical URI of one object, as `normalise` has it; its name may have any character.

    Raises UnsupportedFeature for an empty path, one with NUL or half a character, a scheme without adapter
    or with a mistake in it, a remote file host.
    """
    if not path:
        raise UnsupportedFeature("The path is empty. Name a folder or a file, like s3://bucket/folder/.")
    if no_text := _NO_TEXT.search(path):
        raise UnsupportedFeature(
            f"The path {path!r} has the character {no_text.group()!r}, which is not allowed. Remove it."
        )
    match = _SCHEME.match(path)
    if match is None:
        _refuse_broken_scheme(path)
        return FILE + _absolute(os.path.join(base, path))  # noqa: PTH118 - as in _absolute
    scheme = (match.group(1) or match.group(2)).lower()
    if scheme == "file":
        return FILE + _absolute(_path_of_file_uri(path, path[match.end() :]))
    if locations.store_of(path) == locations.S3:
        return _normalise_s3(path, path[match.end() :])
    raise UnsupportedFeature(
        f"{path} has the scheme '{scheme}://', but only s3:// and local files can be read or written here. "
        "Copy the data to one of these, or mount it as a folder."
    )


def is_s3(uri: str) -> bool:
    """Whether a normalised URI is in S3."""
    return uri.startswith(S3)


def split_s3(uri: str) -> tuple[str, str]:
    """Bucket and key (or key prefix) of a normalised `s3://` URI."""
    bucket, _, key = uri.removeprefix(S3).partition("/")
    return bucket, key


def local_path(uri: str) -> str:
    """The absolute path of a normalised `file://` URI, its trailing slash kept."""
    return uri.removeprefix(FILE)


def as_folder(uri: str) -> str:
    """The URI with a trailing slash, which says folder; a slash that it already has is kept."""
    return uri if uri.endswith("/") else uri + "/"


def _absolute(path: str) -> str:
    absolute = os.path.abspath(path)  # noqa: PTH100 - pathlib would keep '..' and has no lexical form
    absolute = "/" + absolute.lstrip("/")  # POSIX keeps two leading slashes
    return as_folder(absolute) if path.endswith("/") else absolute


def _refuse_broken_scheme(path: str) -> None:
    """Refuse `s3:/bucket/x`: as a path it would be a missing folder, from which nothing is read silently."""
    broken = _BROKEN_SCHEME.match(path)
    if broken:
        scheme, rest = broken[1] or broken[2], path[broken.end() :].lstrip("/")
        raise UnsupportedFeature(
            f"{path} looks like {scheme}://{rest} with a mistake in it. Write that, or ./{path} for a local "
            "path."
        )


def _path_of_file_uri(uri: str, rest: str) -> str:
    """What follows `file:` or `file://`, when it is an absolute path of this machine."""
    rest = rest.removeprefix("localhost") if rest.startswith("localhost/") else rest
    if not rest.startswith("/"):
        raise UnsupportedFeature(
            f"{uri} names another host or a relative path. Write file:///absolute/path or only the path."
        )
    return rest


def _normalise_s3(uri: str, rest: str) -> str:
    bucket, _, key = rest.partition("/")
    if not bucket:
        raise UnsupportedFeature(f"{uri} does not name a bucket. Write s3://bucket/folder/.")
    return f"{S3}{bucket}/{key}"
