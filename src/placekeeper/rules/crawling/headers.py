"""The header of CSV files that show it only beside others.

A file with texts only, or with one row, does not show whether its first row is a header. Where that row is
the header of another file of the crawl, it is one.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from placekeeper.rules.crawling.csv_files import named
from placekeeper.rules.crawling.shapes import SeenFile, Shape

HEADER = "header"
"""The detail of a form that says whether the first row is a header: `true` or empty."""


def with_headers_of_others(files: Sequence[SeenFile]) -> list[SeenFile]:
    """The files, where those have a header that have the first row of one that shows it."""
    headers = {
        file.shape.first for file in files if file.shape is not None and file.shape.form.detail(HEADER)
    }
    return [_with_header(file, file.shape, headers) for file in files]


def _with_header(file: SeenFile, shape: Shape | None, headers: set[tuple[str, ...]]) -> SeenFile:
    if shape is None or not shape.first or shape.form.detail(HEADER) or shape.first not in headers:
        return file
    columns = tuple(zip(named(shape.first), shape.below, strict=True))
    form = shape.form.with_detail(HEADER, "true")
    return replace(
        file, shape=replace(shape, form=form, columns=columns, records=max(0.0, shape.records - 1))
    )
