"""INT96, Parquet's timestamps of old: nanoseconds of a day, and days.

Arrow reads them into 64 bits of a unit that one chooses. Microseconds lose nanoseconds and wrap around far
years, both without a word. So such columns are looked at beforehand in seconds, which hold every year, and in
nanoseconds. Spark writes microseconds only: its files, which are most, are not looked at.
"""

from collections.abc import Collection
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as arrow_parquet
import pyarrow.types as pat

from placekeeper.runtime.types.exact import ValueRefused, check_moments, leaves, nanoseconds_lost

_OF_SPARK: Final = b"org.apache.spark.version"
_NANOSECONDS: Final = 1_000_000_000


def check_int96(
    file: BinaryIO,
    parquet: arrow_parquet.ParquetFile,
    read: Collection[str] | None,
    batch_rows: int,
    *,
    cut_nanoseconds: bool,
) -> None:
    """Raise ValueRefused for an INT96 outside the years 1 to 9999, or with nanoseconds not to be cut.

    Of the columns, those with the names `read` are looked at, or all of them.
    """
    columns = [parquet.schema.column(number) for number in range(len(parquet.schema))]
    paths = [
        column.path
        for column in columns
        if column.physical_type == "INT96" and (read is None or column.path.partition(".")[0] in read)
    ]
    if not paths or _OF_SPARK in (parquet.metadata.metadata or {}):
        return
    units = zip(*[_batches(file, unit, paths, batch_rows) for unit in ("s", "ns")], strict=True)
    row = 0
    for in_seconds, in_nanoseconds in units:
        for name, seconds, nanoseconds in zip(
            in_seconds.schema.names, in_seconds.columns, in_nanoseconds.columns, strict=True
        ):
            for coarse, fine in zip(leaves(seconds), leaves(nanoseconds), strict=True):
                try:
                    _check(coarse, fine, cut_nanoseconds=cut_nanoseconds)
                except ValueRefused as error:
                    rows = f"rows {row + 1} to {row + in_seconds.num_rows}"
                    raise ValueRefused(f"column {name}, {rows}: {error}") from None
        row += in_seconds.num_rows


def _batches(file: BinaryIO, unit: str, paths: list[str], rows: int) -> "pa.RecordBatchReader":
    """Without reading ahead, which would move the one file that both read."""
    parquet = arrow_parquet.ParquetFile(file, coerce_int96_timestamp_unit=unit, pre_buffer=False)
    return parquet.iter_batches(batch_size=rows, columns=paths, use_threads=False)


def _check(seconds: pa.Array, nanoseconds: pa.Array, *, cut_nanoseconds: bool) -> None:
    if not (pat.is_timestamp(seconds.type) and (seconds.type.unit, nanoseconds.type.unit) == ("s", "ns")):
        return
    whole = seconds.view(pa.int64())
    check_moments(whole, "s")
    if cut_nanoseconds:
        return
    # Both wrap around alike, so what is left is the part below a second.
    parts = pc.subtract(nanoseconds.view(pa.int64()), pc.multiply(whole, _NANOSECONDS))
    left = pc.not_equal(pc.subtract(parts, pc.multiply(pc.divide(parts, 1000), 1000)), 0)
    if pc.any(left).as_py():
        moment, part = (values.filter(left)[0].as_py() for values in (seconds, parts))
        raise ValueRefused(nanoseconds_lost(f"{moment}.{part:09}"))
