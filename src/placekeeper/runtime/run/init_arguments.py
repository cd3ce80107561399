"""What a script tells Job.init, and a read its transformation_ctx: checked before a run works with it."""

from collections.abc import Callable, Mapping
from typing import Any

from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.errors import UsageError


def context_of(transformation_ctx: object) -> str:
    """A read's transformation_ctx; "" where there is none. Raises UsageError for what is no string."""
    if transformation_ctx is None or isinstance(transformation_ctx, str):
        return transformation_ctx or ""
    raise UsageError(
        "transformation_ctx is a string, under which the bookmark keeps the source, "
        f"not {transformation_ctx!r}"
    )


def option_of(name: object, args: Mapping[str, Any]) -> BookmarkOption:
    """The bookmark option of Job.init. Raises UsageError for an unknown one, or a name that is no string."""
    if not isinstance(name, str):
        raise UsageError(
            f"job.init() takes the job's name, as in job.init(args['JOB_NAME'], args), not {name!r}"
        )
    given = args.get("job_bookmark_option") or BookmarkOption.DISABLE
    try:
        return BookmarkOption(given)
    except ValueError:
        listed = ", ".join(BookmarkOption)
        raise UsageError(
            f"job_bookmark_option in job.init()'s args is one of {listed}, not {given!r}"
        ) from None


def range_of(
    option: BookmarkOption, args: Mapping[str, Any], note: Callable[[str], None]
) -> tuple[str, str] | None:
    """The runs of --job-bookmark-from and -to; None where they do not count.

    Raises UsageError for one of them alone.
    """
    bounds = {name: args.get(f"job_bookmark_{name}") or "" for name in ("from", "to")}
    missing = [name for name, run_id in bounds.items() if not run_id]
    if len(missing) == len(bounds):
        return None
    if option is not BookmarkOption.PAUSE:
        note("--job-bookmark-from and --job-bookmark-to count only with job-bookmark-pause")
        return None
    if missing:
        raise UsageError(f"Missing option or value for --job-bookmark-{missing[0]}")
    return bounds["from"], bounds["to"]
