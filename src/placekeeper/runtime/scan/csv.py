"""CSV: every column is a string, as AWS Glue reads it without a catalog table.

Decisions that AWS's documentation leaves open (inferred): an empty field is the empty string, quoted or not;
a row with fewer fields than its object's first row is filled with nulls and comes after the object's other
rows; a row with more fields is an error, and so is a quoted line break unless `multiLine` allows it. Blank
lines are no rows. Names that a header has twice are made distinct by their position, as Spark does.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.scan.decompress import decompressed
from placekeeper.runtime.scan.options import FormatOptions

_BLOCK_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True)
class _Head:
    """The columns of one object and how many rows come before its data; no columns if it has no row."""

    names: tuple[str, ...]
    rows: int


@dataclass
class _ShortRows:
    """Collects the rows that have fewer fields than the object has columns."""

    rows: list[str] = field(default_factory=list)

    def __call__(self, row: arrow_csv.InvalidRow) -> Literal["skip", "error"]:
        if row.actual_columns > row.expected_columns:
            return "error"
        self.rows.append(row.text)
        return "skip"


@dataclass(frozen=True)
class CsvFormat:
    """A CSV dialect; characters are single ASCII characters, None where switched off."""

    separator: str = ","
    quote: str | None = '"'
    escape: str | None = None
    with_header: bool = False
    skip_first: bool = False
    multi_line: bool = False
    compression: str = ""

    reads_all_for_schema: bool = False

    @classmethod
    def of(cls, options: FormatOptions) -> "CsvFormat":
        """The dialect that Glue's format options describe."""
        return cls(
            separator=options.character("separator", ",") or ",",
            quote=options.character("quoteChar", '"'),
            escape=options.character("escaper", None),
            with_header=options.flag("withHeader", default=False),
            skip_first=options.flag("skipFirst", default=False),
            multi_line=options.flag("multiLine", default=False),
            compression=options.text("compressionType", ""),
        )

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        """One string column per field of the object's first row."""
        return pa.schema([(name, pa.string()) for name in self._head(file, path).names])

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows of one object as batches of `schema`; a column it does not have is null."""
        head = self._head(file, path)
        if not head.names:
            return
        file.seek(0)
        short = _ShortRows()
        try:
            with arrow_csv.open_csv(
                decompressed(file, path, self.compression),
                read_options=arrow_csv.ReadOptions(
                    column_names=head.names,
                    skip_rows_after_names=head.rows,
                    block_size=_BLOCK_BYTES,
                    use_threads=False,
                ),
                parse_options=self._parse_options(short),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(head.names, pa.string()), strings_can_be_null=False
                ),
            ) as batches:
                for batch in batches:
                    self._check_lines(batch, path)
                    yield _conformed(batch, schema)
        except pa.ArrowInvalid as error:
            raise RecordUnreadable(
                path, "CSV", f"{error}. Is it the format_options' separator and quoteChar?"
            ) from error
        if short.rows:
            yield _conformed(self._padded(short.rows, head.names), schema)

    def _parse_options(self, short: _ShortRows) -> arrow_csv.ParseOptions:
        return arrow_csv.ParseOptions(
            delimiter=self.separator,
            quote_char=self.quote or False,
            escape_char=self.escape or False,
            newlines_in_values=self.multi_line,
            invalid_row_handler=short,
        )

    def _head(self, file: BinaryIO, path: str) -> _Head:
        text = io.TextIOWrapper(decompressed(file, path, self.compression), encoding="utf-8", newline="")
        before = 0
        try:
            for row in self._rows(text):
                if row:
                    skipped = before + self.with_header + self.skip_first
                    return _Head(self._names(row), skipped if skipped > before else 0)
                before += 1
        except (UnicodeDecodeError, csv.Error) as error:
            raise RecordUnreadable(path, f"line {before + 1}", str(error)) from error
        return _Head((), 0)

    def _names(self, row: list[str]) -> tuple[str, ...]:
        if not self.with_header:
            return tuple(f"col{index}" for index in range(len(row)))
        names = [name or f"col{index}" for index, name in enumerate(row)]
        times = Counter(names)
        return tuple(f"{name}{index}" if times[name] > 1 else name for index, name in enumerate(names))

    def _rows(self, lines: Iterator[str] | io.TextIOWrapper) -> Iterator[list[str]]:
        return csv.reader(
            lines,
            delimiter=self.separator,
            quotechar=self.quote or '"',
            quoting=csv.QUOTE_NONE if self.quote is None else csv.QUOTE_MINIMAL,
            escapechar=self.escape,
        )

    def _padded(self, rows: list[str], names: tuple[str, ...]) -> pa.RecordBatch:
        parsed = [next(islice(self._rows(iter([row])), 1), []) for row in rows]
        columns = [
            pa.array([row[index] if index < len(row) else None for row in parsed], pa.string())
            for index in range(len(names))
        ]
        return pa.RecordBatch.from_arrays(columns, list(names))

    def _check_lines(self, batch: pa.RecordBatch, path: str) -> None:
        """Without `multiLine` a line break ends the row; a value that holds one was quoted over two lines."""
        if self.multi_line or self.quote is None:
            return
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if pc.any(pc.match_substring(column, "\n")).as_py():
                value = column.filter(pc.match_substring(column, "\n"))[0].as_py()
                raise RecordUnreadable(
                    path,
                    f"column {name}",
                    f"a quoted value goes over the end of its line ({value[:60]!r}). Pass the format option "
                    "multiLine: True if values hold line breaks, or quoteChar: -1 if quotes mean nothing.",
                )


def _conformed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    there = dict(zip(batch.schema.names, batch.columns, strict=True))
    columns = [there.get(name) for name in schema.names]
    return pa.RecordBatch.from_arrays(
        [pa.nulls(batch.num_rows, pa.string()) if column is None else column for column in columns],
        schema=schema,
    )
