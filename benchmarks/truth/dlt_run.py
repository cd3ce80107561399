"""One run of a dlt pipeline, in a process of its own: filesystem source, incremental on modification_date."""

import json
import sys
import time
from pathlib import Path

import dlt
from dlt.sources.filesystem import filesystem, read_csv

FAILING_ROW = "last"


def main() -> None:
    asked = json.loads(sys.argv[1])
    files = filesystem(bucket_url=asked["source"], file_glob="*.csv")
    files.apply_hints(incremental=dlt.sources.incremental("modification_date"))

    def wait(file: object) -> object:
        Path(asked["hold"], "listed").touch()
        while not Path(asked["hold"], "go").exists():
            time.sleep(0.02)
        return file

    def refuse(row: dict) -> dict:
        if row["id"] == FAILING_ROW:
            raise RuntimeError("this run was told to fail at its last row")
        return row

    if asked["hold"]:
        files.add_map(wait)
    rows = (files | read_csv()).with_name("rows")
    if asked["fail"]:
        rows.add_map(refuse)
    pipeline = dlt.pipeline(
        "truth",
        pipelines_dir=asked["pipelines"],
        destination=dlt.destinations.filesystem(asked["target"]),
        dataset_name="out",
    )
    pipeline.run(rows, loader_file_format="jsonl", write_disposition="append").raise_on_failed_jobs()


if __name__ == "__main__":
    main()
