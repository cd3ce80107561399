"""The format option `nanoseconds`: what to do with those that a timestamp of a frame cannot hold."""

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.shared.options import FormatOptions


def cuts_nanoseconds(options: FormatOptions) -> bool:
    """Whether to cut off nanoseconds. Raises UnsupportedFeature unless the option is `refuse` or `cut`."""
    wanted = options.text("nanoseconds", "refuse").strip().lower()
    if wanted not in ("refuse", "cut"):
        raise UnsupportedFeature(f"The format option nanoseconds is refuse or cut, not {wanted!r}.")
    return wanted == "cut"
