"""What a crawl sees in files: their form, and the schema that they show."""

import re
from typing import Final

from msgspec import Struct

from placekeeper.rules.catalog.schema_changes import merged_columns
from placekeeper.rules.catalog.table_files import Columns

_UNSAFE: Final = re.compile(r"[^a-z0-9_]")
_LONGEST: Final = 255

DESCRIBED: Final = ("csv",)
"""Formats whose files are read by the places of columns."""


class Form(Struct, frozen=True, kw_only=True):
    """What files of one table must have in common.

    `format` is the name in the registry of formats, `classification` what the classifier calls it, and
    `compression` is `none` or the name of a codec. `details` are the dialect or the pattern, by name.
    """

    format: str
    classification: str
    compression: str = "none"
    details: tuple[tuple[str, str], ...] = ()

    def detail(self, name: str) -> str:
        """One of the details; empty without it."""
        return dict(self.details).get(name, "")

    def with_detail(self, name: str, value: str) -> "Form":
        """The same form, with one detail more or another."""
        details = {**dict(self.details), name: value}
        return Form(
            format=self.format,
            classification=self.classification,
            compression=self.compression,
            details=tuple(sorted(details.items())),
        )


class Shape(Struct, frozen=True, kw_only=True):
    """What was seen of one file: its form and columns, how many records its bytes are likely to hold.

    `first` is the first row of a CSV file, and `below` the columns by all other rows, in their places:
    for a file that shows only beside others whether that row is a header. `literal` is the schema of an Avro
    file. With `is_quoted`, a CSV file has quotes.
    """

    form: Form
    columns: Columns
    records: float
    first: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    literal: str = ""
    is_quoted: bool = False


class SeenFile(Struct, frozen=True, kw_only=True):
    """A file that a crawl has listed. `shape` is None where it was not looked into (SampleSize)."""

    path: str
    size: int
    modified_ms: int
    shape: Shape | None = None


def safe_name(text: str) -> str:
    """A name of the catalog for a folder, a file or a column: lower case, and `_` for what is not safe."""
    return _UNSAFE.sub("_", text.lower())[:_LONGEST]


def similar(left: Columns, right: Columns) -> bool:
    """Whether more than 70% of the columns of the smaller schema are in the other, with a like type."""
    least = min(len(left), len(right))
    if not least or left == right:
        return True
    types = dict(right)
    common = sum(name in types and _are_like(type, types[name]) for name, type in left)
    return common / least > SHARE


SHARE: Final = 0.7
"""What has to be alike for one table: columns of two schemas, and schemas of all."""

_MOST_CLUSTERS: Final = 5


def alike(schemas: list[Columns]) -> bool:
    """Whether schemas make one table: more than 70% are similar to each other, and at most 5 kinds differ."""
    clusters: list[list[Columns]] = []
    for schema in schemas:
        near = next((cluster for cluster in clusters if similar(cluster[0], schema)), None)
        if near is None:
            clusters.append([schema])
        else:
            near.append(schema)
        if len(clusters) > _MOST_CLUSTERS:
            return False
    return len(clusters) <= 1 or max(map(len, clusters)) / len(schemas) > SHARE


def agree_on_places(schemas: list[Columns]) -> bool:
    """Whether files that name no columns can be read by one list of them: each has a beginning of it."""
    longest = [name for name, _ in max(schemas, key=len)]
    return all([name for name, _ in schema] == longest[: len(schema)] for schema in schemas)


def together(schemas: list[Columns]) -> Columns:
    """The columns that hold all that the schemas hold, each wide enough."""
    made: Columns = ()
    for schema in dict.fromkeys(schemas):
        made = merged_columns(made, schema)
    return made


def _are_like(left: str, right: str) -> bool:
    if left == right:
        return True
    both = merged_columns((("c", left),), (("c", right),))
    return both[0][1] != "string" and "string" not in (left, right)
