"""CSV: our reader next to pyarrow's and, where it is installed, polars', bare, on the same files.

They do not do the same: pyarrow reads a broken quote as other rows, and polars refuses short rows. All
columns are read as strings, by one thread. What is measured is the CPU of the process. The readers take
turns, so that a busy machine slows all alike; the best of the rounds counts.
"""

import argparse
import csv
import gzip
import importlib.util
import io
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv

from placekeeper.runtime.formats.csv.reader import CsvReader

MEGABYTES, ROUNDS, SMALL_FILES = 150, 3, 2_000
Reader = Callable[[Path], int]


def rows_of(count: int) -> list[list[str]]:
    choose = random.Random(1)
    return [
        [
            str(number),
            f"name{choose.randrange(10**6)}",
            f"{choose.random() * 1000:.3f}",
            choose.choice(["alpha", "beta", "gamma delta", "Zürich"]),
            str(choose.randrange(10**9)),
            f"2024-0{choose.randrange(1, 9)}-1{choose.randrange(9)}",
        ]
        for number in range(count)
    ]


def make_files(folder: Path, megabytes: int) -> dict[str, list[Path]]:
    """Name → files."""
    rows = rows_of(50_000)
    doubled = [[row[0], f'{row[1]} "x", y', *row[2:]] for row in rows]
    kinds = {
        "plain": (rows, csv.QUOTE_MINIMAL),
        "quoted": (rows, csv.QUOTE_ALL),
        "doubled quotes": (doubled, csv.QUOTE_MINIMAL),
    }
    found = {}
    for name, (content, quoting) in kinds.items():
        text = io.StringIO(newline="")
        csv.writer(text, quoting=quoting, lineterminator="\n").writerows(content)
        data = text.getvalue().encode()
        path = folder / f"{name}.csv"
        with path.open("wb") as file:
            file.write(b"id,name,x,kind,n,day\n")
            while file.tell() < megabytes * 1_000_000:
                file.write(data)
        found[name] = [path]
    packed = folder / "plain.csv.gz"
    with gzip.open(packed, "wb", 1) as file:
        file.write(found["plain"][0].read_bytes())
    found["gz"] = [packed]
    small = "id,name,note\n" + "".join(f"{row},name{row},note {row}\n" for row in range(20))
    found["small files"] = [folder / f"small{number}.csv" for number in range(SMALL_FILES)]
    for path in found["small files"]:
        path.write_text(small)
    return found


def ours(path: Path) -> int:
    reader = CsvReader(with_header=True)
    with path.open("rb", buffering=0) as file:
        schema = reader.schema(file, str(path))
        file.seek(0)
        return sum(batch.num_rows for batch in reader.read(file, str(path), schema))


def arrow(path: Path) -> int:
    with pa.input_stream(path) as file:
        names = file.read(1000).partition(b"\n")[0].decode().split(",")
    with pa.input_stream(path) as file:
        batches = arrow_csv.open_csv(
            file,
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=4 * 1024 * 1024),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
        return sum(batch.num_rows for batch in batches)


READERS: dict[str, Reader] = {"ours": ours, "pyarrow": arrow}
if importlib.util.find_spec("polars"):
    import polars

    def of_polars(path: Path) -> int:
        return polars.read_csv(path, infer_schema=False, n_threads=1).height

    READERS["polars"] = of_polars


def main() -> None:
    """Print a line for each kind of file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=MEGABYTES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, files in make_files(Path(folder), asked.megabytes).items():
            best = dict.fromkeys(READERS, float("inf"))
            rows = {}
            for _ in range(asked.rounds):
                for reader, read in READERS.items():
                    began = time.process_time()
                    rows[reader] = sum(map(read, files))
                    best[reader] = min(best[reader], time.process_time() - began)
            if len(set(rows.values())) != 1:
                raise RuntimeError(f"{name}: not the same rows: {rows}")
            said = ", ".join(f"{reader} {seconds:.2f} s" for reader, seconds in best.items())
            print(f"{name}: {said}; pyarrow's time is {best['pyarrow'] / best['ours']:.2f} of ours")


if __name__ == "__main__":
    main()
