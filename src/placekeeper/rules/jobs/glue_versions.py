"""Glue versions: which there are, and what a version decides (docs/reference/glue-versions.md)."""

from typing import Final

from placekeeper.model.errors import UsageError

GLUE_VERSIONS: Final = ("3.0", "4.0", "5.0", "5.1", "6.0")
"""The versions that `placekeeper run --glue-version` takes."""

RUN_GLUE_VERSION: Final = "5.1"
"""The version of a run of `placekeeper run`, where neither it nor its job says one (AWS's for new jobs)."""

GLUE_VERSION_VARIABLE: Final = "PLACEKEEPER_GLUE_VERSION"
"""The environment variable that tells a script's process its version."""

_STRICT_FROM = 6


def checked_glue_version(version: str) -> str:
    """The version, if there is such a one. Raises UsageError with the list."""
    if version not in GLUE_VERSIONS:
        listed = f"{', '.join(GLUE_VERSIONS[:-1])} or {GLUE_VERSIONS[-1]}"
        raise UsageError(f"--glue-version must be {listed}, not '{version}'")
    return version


def is_strict(version: str) -> bool:
    """Whether a version is 6.0 or later; a version that is no number counts as the newest.

    From 6.0 on Spark SQL is in ANSI mode: a cast that fails raises. Before it gives null.
    getResolvedOptions takes abbreviated names below 6.0 only.
    """
    major = version.partition(".")[0]
    return not (major.isdecimal() and int(major) < _STRICT_FROM)
