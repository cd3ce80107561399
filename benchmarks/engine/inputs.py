"""The inputs of the cases. Each is made once, in a folder of its own; all are the same at every run."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as arrow_parquet

MEGABYTE = 1_000_000
_AT_ONCE = 250_000
_CITIES = ("Zürich", "Bern", "Paris", "Rio de Janeiro", "Osaka", "Łódź", "Lima", "Perth")


def rows(first: int, count: int) -> pa.RecordBatch:
    """Rows of nine columns: numbers, doubles, texts, days and times; no value is null."""
    choose = numpy.random.default_rng(first)
    number = numpy.arange(first, first + count)
    names = {
        "id": pa.array(number, pa.int64()),
        "amount": pa.array(numpy.round(choose.random(count) * 1000, 2)),
        "ratio": pa.array(choose.random(count)),
        "quantity": pa.array(choose.integers(0, 100, count), pa.int32()),
        "name": pa.array([f"name{n}" for n in choose.integers(0, 10**6, count)]),
        "city": pa.array([_CITIES[n] for n in choose.integers(0, len(_CITIES), count)]),
        "day": pa.array(choose.integers(18_000, 20_000, count).astype("int32"), pa.date32()),
        "at": pa.array(
            choose.integers(1_600_000_000, 1_700_000_000, count) * 1_000_000, pa.timestamp("us", "UTC")
        ),
        "kind": pa.array([f"k{n % 12}" for n in number]),
    }
    return pa.RecordBatch.from_pydict(names)


def _batches(count: int, first: int = 0) -> Iterator[pa.RecordBatch]:
    for begin in range(first, first + count, _AT_ONCE):
        yield rows(begin, min(_AT_ONCE, first + count - begin))


def wide_parquet(folder: Path) -> None:
    """4 M rows of 16 columns in four files, about 450 MB."""
    per_file = 1_000_000
    for number in range(4):
        writer = None
        for batch in _batches(per_file, number * per_file):
            extra = numpy.random.default_rng(number).random((7, batch.num_rows))
            columns = [*batch.columns, *(pa.array(column) for column in extra)]
            wide = pa.RecordBatch.from_arrays(columns, [*batch.schema.names, *(f"x{n}" for n in range(7))])
            writer = writer or arrow_parquet.ParquetWriter(folder / f"part-{number}.parquet", wide.schema)
            writer.write_batch(wide)
        writer.close()


def parquet(folder: Path) -> None:
    """2 M rows of nine columns in four files."""
    for number in range(4):
        table = pa.Table.from_batches(list(_batches(500_000, number * 500_000)))
        arrow_parquet.write_table(table, folder / f"part-{number}.parquet")


def _csv(path: Path, size: int, first: int = 0) -> None:
    with path.open("wb") as file:
        text = arrow_csv.WriteOptions(include_header=True, quoting_style="needed")
        while file.tell() < size:
            arrow_csv.write_csv(pa.Table.from_batches([rows(first, 50_000)]), file, text)
            text = arrow_csv.WriteOptions(include_header=False, quoting_style="needed")
            first += 50_000


def four_csv(folder: Path) -> None:
    """Four CSV files of 40 MB."""
    for number in range(4):
        _csv(folder / f"part-{number}.csv", 40 * MEGABYTE, number * 10**7)


def one_csv(folder: Path) -> None:
    """One CSV file of 1.6 GB: 40 MB, forty times."""
    small = folder / "small"
    _csv(small, 40 * MEGABYTE)
    header, _, body = small.read_bytes().partition(b"\n")
    small.unlink()
    with (folder / "large.csv").open("wb") as file:
        file.write(header + b"\n")
        for _ in range(math.ceil(1600 * MEGABYTE / len(body))):
            file.write(body)


def small_csv(folder: Path) -> None:
    """2,000 CSV files of 20 rows."""
    for number in range(2000):
        arrow_csv.write_csv(pa.Table.from_batches([rows(20 * number, 20)]), folder / f"{number:04}.csv")


def _json(path: Path, first: int) -> None:
    with path.open("w") as file:
        while file.tell() < 37 * MEGABYTE:
            for row in rows(first, 10_000).to_pylist():
                row |= {"day": str(row["day"]), "at": row["at"].isoformat()}
                row["place"] = {"city": row.pop("city"), "kind": row.pop("kind")}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
            first += 10_000


def json_lines(folder: Path) -> None:
    """Four files of JSON lines, 150 MB together."""
    for number in range(4):
        _json(folder / f"part-{number}.json", number * 10**7)


def one_json(folder: Path) -> None:
    """One file of JSON lines of 600 MB: 38 MB, sixteen times."""
    small = folder / "small"
    _json(small, 0)
    lines = small.read_bytes()
    small.unlink()
    with (folder / "large.json").open("wb") as file:
        for _ in range(16):
            file.write(lines)
