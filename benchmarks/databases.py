"""A table of PostgreSQL read whole and aggregated, next to Spark's JDBC reader, ConnectorX, ADBC and dlt.

Each contestant has a process of its own, in turns, and sums up the same six columns to the same sums. Seconds
are those of reading and summing, after the engine has started; memory is the peak of the process and its
children. Then 1,000 rows come, and our next run reads just those.

    python -m benchmarks.databases [ROUNDS]

The environment may name DATABASE_ROWS (5,000,000), SPARK_PYTHON (.venv-spark/bin/python) and JDBC_JAR, the
file of Debian's libpostgresql-jdbc-java.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import psutil

ROWS = int(os.environ.get("DATABASE_ROWS", "5_000_000"))
NEW = 1_000
PARTS = 4
HERE = Path(__file__).parent
SPARK = os.environ.get("SPARK_PYTHON", str(HERE.parent / ".venv-spark/bin/python"))
JAR = os.environ.get("JDBC_JAR", "/usr/share/java/postgresql.jar")
TARGET, NEWS_TARGET_S = 1.2, 1.0
TABLE = f"""
CREATE TABLE events AS
SELECT id, (1000 + id % 7)::int AS kind, (id % 100000)::numeric(12, 2) / 4 AS amount,
       id / 3.0::float8 AS ratio,
       timestamptz '2024-01-01 00:00:00Z' + id * interval '1 second' AS at,
       'note number ' || id AS note
FROM generate_series(1::bigint, {ROWS}) AS id;
ALTER TABLE events ALTER amount TYPE numeric(14, 4), ADD PRIMARY KEY (id);
VACUUM ANALYZE events
"""
MORE = f"""
INSERT INTO events SELECT id, 1, 1, 1, now(), 'new' FROM generate_series({ROWS} + 1, {ROWS} + {NEW}) AS id
"""
EXPRESSIONS = (
    *("count(*)", "sum(id)", "sum(kind)", "sum(amount)", "round(sum(ratio) / 1e9)"),
    *("max(at)", "sum(length(note))"),
)


class Took(NamedTuple):
    """Seconds inside and of the whole process, peak memory in bytes, and what was summed up."""

    seconds: float
    whole: float
    memory: int
    found: list[str]


def summed(batches: Iterator[Any]) -> list[str]:
    """The sums of record batches, one batch at a time."""
    import pyarrow as pa
    import pyarrow.compute as pc

    totals: list[Any] = [0, 0, 0, 0, 0.0, None, 0]
    for batch in batches:
        column = {name: batch.column(name) for name in batch.schema.names}
        amount = column["amount"]
        if not pa.types.is_decimal(amount.type):
            amount = amount.cast(pa.string()).cast(pa.decimal128(14, 4))
        parts = (
            *(batch.num_rows, pc.sum(column["id"]).as_py(), pc.sum(column["kind"]).as_py()),
            *(pc.sum(amount).as_py(), pc.sum(column["ratio"]).as_py()),
            pc.max(column["at"]).as_py(),
            pc.sum(pc.utf8_length(column["note"])).as_py(),
        )
        totals = [
            part if total is None else max(total, part) if place == 5 else total + part
            for place, (total, part) in enumerate(zip(totals, parts, strict=True))
        ]
    return [*map(str, totals[:4]), str(round(totals[4] / 1e9)), str(totals[5]), str(totals[6])]


def by_adbc(url: str) -> list[str]:
    import adbc_driver_postgresql.dbapi as adbc

    with adbc.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM events")
        return summed(iter(cursor.fetch_record_batch()))


def by_connectorx(url: str) -> list[str]:
    import connectorx

    found = connectorx.read_sql(
        url, "SELECT * FROM events", partition_on="id", partition_num=PARTS, return_type="arrow"
    )
    return summed(iter(found.to_batches()))


def by_dlt(url: str) -> list[str]:
    import dlt
    import pyarrow.parquet as pq
    from dlt.sources.sql_database import sql_table

    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "bench",
            pipelines_dir=f"{folder}/state",
            destination=dlt.destinations.filesystem(bucket_url=f"{folder}/out"),
            dataset_name="out",
        )
        table = sql_table(
            credentials=url.replace("postgresql:", "postgresql+psycopg:"),
            table="events",
            backend="pyarrow",
            chunk_size=50_000,
            reflection_level="full_with_precision",
        )
        pipeline.run(table, loader_file_format="parquet")
        files = Path(folder, "out").rglob("events/*.parquet")
        return summed(batch for file in files for batch in pq.ParquetFile(file).iter_batches())


def by_spark(url: str, parts: int) -> list[str]:
    from pyspark.sql import SparkSession

    at = urlsplit(url)
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "6g")
        .config("spark.jars", JAR)
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    spark.range(1).count()
    reader = spark.read.format("jdbc").options(
        url=f"jdbc:postgresql://{at.hostname}:{at.port}{at.path}",
        driver="org.postgresql.Driver",
        dbtable="events",
        user=at.username,
        password=unquote(at.password or ""),
        fetchsize=10_000,
    )
    if parts > 1:
        reader = reader.options(partitionColumn="id", lowerBound=1, upperBound=ROWS, numPartitions=parts)
    global began
    began = time.perf_counter()
    return [str(value) for value in reader.load().selectExpr(*EXPRESSIONS).first()]


CONTESTANTS: dict[str, Callable[[str], list[str]]] = {
    "Spark JDBC, one partition": lambda url: by_spark(url, 1),
    f"Spark JDBC, {PARTS} partitions": lambda url: by_spark(url, PARTS),
    f"ConnectorX, {PARTS} partitions": by_connectorx,
    "ADBC": by_adbc,
    "dlt to Parquet": by_dlt,
}
began = 0.0


def measured(command: list[str], environ: dict[str, str]) -> Took:
    """One process and what it says of itself. Raises RuntimeError if it fails."""
    peak, done = 0, threading.Event()
    start = time.perf_counter()
    process = subprocess.Popen(
        command, env={**os.environ, **environ}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.1):
            with contextlib.suppress(psutil.Error):
                one = psutil.Process(process.pid)
                peak = max(peak, sum(each.memory_info().rss for each in (one, *one.children(recursive=True))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, error = process.communicate()
    done.set()
    watcher.join()
    said = [line for line in out.splitlines() if "MEASURED" in line]
    if process.returncode or not said:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}:\n{error[-2000:]}{out[-500:]}")
    seconds, found = json.loads(said[-1].partition("MEASURED ")[2])
    return Took(seconds, time.perf_counter() - start, peak, found)


def ours(url: str, state: Path, job: str, bookmark: str) -> Took:
    at = urlsplit(url)
    options = {
        "url": f"jdbc:postgresql://{at.hostname}:{at.port}{at.path}",
        "dbtable": "public.events",
        "user": at.username,
        "password": unquote(at.password or ""),
    }
    return measured(
        [
            *(str(Path(sys.executable).with_name("placekeeper")), "run", str(HERE / "databases_glue.py")),
            *("--JOB_NAME", job, "--job-bookmark-option", f"job-bookmark-{bookmark}"),
            *("--options", json.dumps(options), "--expressions", json.dumps(EXPRESSIONS)),
        ],
        {"PLACEKEEPER_STATE": str(state)},
    )


def theirs(name: str, url: str) -> Took:
    python = SPARK if name.startswith("Spark") else sys.executable
    return measured([python, "-m", "benchmarks.databases", "--as", name, url], {})


@contextlib.contextmanager
def filled_server() -> Iterator[str]:
    """The URL of a server of our own with the table."""
    import psycopg

    sys.path.insert(0, str(HERE.parent / "tests"))
    from postgres import running_postgres

    with running_postgres() as server:
        url = server.url(server.new_database()).replace("postgresql+psycopg:", "postgresql:")
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in TABLE.split(";"):
                connection.execute(statement)
        yield url


def told(name: str, took: list[Took], best: float) -> None:
    seconds = statistics.median(one.seconds for one in took)
    whole = statistics.median(one.whole for one in took)
    memory = max(one.memory for one in took) / 1e6
    print(f"{name:28} {seconds:7.2f} s  {seconds / best:5.2f} x  whole {whole:6.1f} s  {memory:6,.0f} MB")


def main(rounds: int) -> None:
    import psycopg

    with filled_server() as url, tempfile.TemporaryDirectory() as folder:
        print(f"{ROWS:,} rows of six columns, {rounds} rounds; the target is {TARGET} x the best rival")
        took: dict[str, list[Took]] = {}
        left_out = set()
        for number in range(rounds):
            for name in CONTESTANTS:
                try:
                    took.setdefault(name, []).append(theirs(name, url))
                except RuntimeError as error:
                    left_out.add(name)
                    if not number:
                        print(f"{name}: left out, {str(error).strip().splitlines()[-1][:150]}")
            took.setdefault("Placekeeper", []).append(ours(url, Path(folder, f"{number}"), "all", "enable"))
        rivals = {name: each for name, each in took.items() if name != "Placekeeper" and name not in left_out}
        best = min(statistics.median(one.seconds for one in each) for each in rivals.values())
        for name, each in {**rivals, "Placekeeper": took["Placekeeper"]}.items():
            told(name, each, best)
        sums = {tuple(found.found[:4]) for each in (*rivals.values(), took["Placekeeper"]) for found in each}
        if len({tuple(str(float(value)) for value in one) for one in sums}) > 1:
            print(f"NOT ALIKE: {sums}")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(MORE)
        news = ours(url, Path(folder, "0"), "all", "enable")
        assert news.found[0] == str(NEW), news.found
        missed = "" if news.seconds <= NEWS_TARGET_S else "  MISSED"
        print(f"{NEW:,} new rows in {ROWS:,}: {news.seconds:.2f} s inside (target {NEWS_TARGET_S} s){missed}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--as"]:
        began = time.perf_counter()
        result = CONTESTANTS[sys.argv[2]](sys.argv[3])
        print("MEASURED", json.dumps([time.perf_counter() - began, result]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 3)
