"""A script's own boto3 clients: it is said when they look at output that is not visible yet."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

_LOOKS: Final = frozenset({"ListObjects", "ListObjectsV2", "GetObject", "HeadObject", "CopyObject"})


class Hiding(Protocol):
    """A run that knows what it has staged."""

    def hides(self, prefix: str) -> bool:
        """Whether the run has written under a prefix what cannot be seen there yet."""
        ...

    def note(self, sentence: str) -> None:
        """Say something at the end of the run; the same sentence is said once."""
        ...


def watch(run: Hiding, source: str, *, has_modules: bool) -> None:
    """Note the first thing that clients of boto3 look for too early.

    It lasts as long as the process. boto3 is imported only where the script may do so: where its source names
    it, or where it has modules.
    """
    if "boto3" not in source and not has_modules:
        return
    try:
        from boto3.session import Session  # noqa: PLC0415 - heavy, and only some scripts use it
    except ModuleNotFoundError:
        return  # the script gets that error itself
    original = Session._register_default_handlers  # type: ignore[attr-defined]

    @functools.wraps(original)
    def registering(session: Any) -> None:
        original(session)
        session.events.register("before-parameter-build.s3", _noting(run))

    Session._register_default_handlers = registering  # type: ignore[attr-defined]


def _noting(run: Hiding) -> Callable[..., None]:
    said: list[str] = []

    def before(params: Mapping[str, Any], model: Any, **_: object) -> None:
        path = _path(model.name, params) if model.name in _LOOKS else None
        if path is not None and not said and run.hides(path):
            said.append(path)
            run.note(
                f"the script asks S3 for {path}, where this run has written: that becomes visible with "
                "job.commit(). Do this and the like after it, or run with --output-visibility immediate"
            )

    return before


def _path(operation: str, params: Mapping[str, Any]) -> str | None:
    """What an operation looks at: an object, or all under a prefix."""
    source = params.get("CopySource") if operation == "CopyObject" else None
    if isinstance(source, str):
        return f"s3://{source.lstrip('/').partition('?')[0]}"
    place = source if isinstance(source, Mapping) else params
    bucket, key = place.get("Bucket"), place.get("Key", place.get("Prefix", ""))
    return f"s3://{bucket}/{key or ''}" if isinstance(bucket, str) else None
