"""What the acceptance tests act with: a state, a place for data, the installed command."""

import io
import json
import os
import subprocess
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow.parquet as pq
import pytest

from forked import COMMAND, start
from placekeeper.cli.app import main
from s3 import S3Server

COPY = """\
import sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import ApplyMapping
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target"])
glue = GlueContext(SparkContext.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)
rows = glue.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [args["source"]], "recurse": True},
    format="csv",
    format_options={"withHeader": True},
    transformation_ctx="rows",
)
rows = ApplyMapping.apply(
    frame=rows,
    mappings=[("id", "string", "id", "long"), ("part", "string", "part", "string")],
)
glue.write_dynamic_frame.from_options(
    frame=rows,
    connection_type="s3",
    connection_options={"path": args["target"], "partitionKeys": ["part"]},
    format="parquet",
    transformation_ctx="copy",
)
job.commit()
"""
"""A Glue script that copies rows (id, part) from CSV to Parquet, partitioned by part."""


class LocalPlace:
    """Data on local disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "data"

    def url(self, name: str) -> str:
        return str(self._folder / name)

    def put(self, name: str, data: bytes, *, modified: float | None = None) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if modified is not None:
            os.utime(path, (modified, modified))

    def delete(self, name: str) -> None:
        (self._folder / name).unlink()

    def read_all(self, under: str) -> dict[str, bytes]:
        root = self._folder / under
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}

    def names(self, under: str) -> set[str]:
        """What is there now, below a folder, while others write and delete."""
        root = self._folder / under
        return {
            (Path(folder) / file).relative_to(root).as_posix()
            for folder, _, files in os.walk(root)
            for file in files
        }

    def left_staged(self, under: str) -> list[str]:
        return [name for name in self.read_all(under) if "_placekeeper" in name]


class S3Place:
    """Data in a bucket."""

    def __init__(self, server: S3Server, bucket: str) -> None:
        self._s3 = server.client()
        self._bucket = bucket

    def url(self, name: str) -> str:
        return f"s3://{self._bucket}/{name}"

    def put(self, name: str, data: bytes, *, modified: float | None = None) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=name, Body=data)

    def delete(self, name: str) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=name)

    def names(self, under: str) -> set[str]:
        """What is there now, below a folder, while others write and delete."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=f"{under}/")
        return {
            found["Key"].removeprefix(f"{under}/") for page in pages for found in page.get("Contents", ())
        }

    def read_all(self, under: str) -> dict[str, bytes]:
        return {
            name: self._s3.get_object(Bucket=self._bucket, Key=f"{under}/{name}")["Body"].read()
            for name in self.names(under)
        }

    def left_staged(self, under: str) -> list[str]:
        uploads = self._s3.list_multipart_uploads(Bucket=self._bucket, Prefix=f"{under}/")
        return [upload["Key"] for upload in uploads.get("Uploads", ())]


S3_IN_SOAK = pytest.mark.parametrize(
    "workspace", ["local", pytest.param("s3", marks=pytest.mark.soak)], indirect=True
)
"""For tests that stores change little: on local disk in `make test`, on S3 too in `make soak`."""


@dataclass
class Ended:
    """How a command ended."""

    code: int
    output: str
    error: str

    @property
    def summary(self) -> dict[str, Any]:
        """The run as `--json` printed it."""
        return json.loads(self.output)


@dataclass
class Workspace:
    """One state and one place for data."""

    folder: Path
    place: LocalPlace | S3Place
    environ: dict[str, str]
    has_run: bool = False
    """Whether the installed command has had a run here."""

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def script(self, source: str = COPY, name: str = "copy_rows.py") -> Path:
        path = self.folder / name
        path.write_text(source)
        return path

    def put_rows(self, name: str, *ids: int, modified: float | None = None) -> None:
        """A CSV file of rows; each goes to the part a or b."""
        lines = "".join(f"{i},{'ab'[i % 2]}\n" for i in ids)
        self.place.put(f"in/{name}", f"id,part\n{lines}".encode(), modified=modified)

    def command(self, *arguments: object, **environ: str) -> Ended:
        """The installed command, to its end."""
        started = start(
            [COMMAND, *arguments],
            env=self.full_environ(**environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
        )
        try:
            output, error = started.communicate(timeout=120)
        finally:
            started.kill()
            started.wait()
        return Ended(started.returncode, output, error)

    def inside(self, *arguments: object) -> Ended:
        """The same command line in this process, where one of its own would only cost a second."""
        output, error = (io.TextIOWrapper(io.BytesIO(), write_through=True) for _ in range(2))
        with (
            redirect_stdout(output),
            redirect_stderr(error),
            mock.patch.dict(os.environ, self.full_environ(), clear=True),
            chdir(self.folder),
        ):
            code = main([str(argument) for argument in arguments])
        return Ended(code, *(said.buffer.getvalue().decode() for said in (output, error)))

    def full_environ(self, **more: str) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PLACEKEEPER_"))}
        return {**inherited, **self.environ, "PLACEKEEPER_STATE": str(self.state), **more}

    def run_arguments(
        self, script: Path, *, option: str = "enable", arguments: tuple[str, ...] = ()
    ) -> list[str]:
        return [
            *("run", str(script), "--JOB_NAME", "copy", "--job-bookmark-option", f"job-bookmark-{option}"),
            *("--source", self.place.url("in"), "--target", self.place.url("out"), "--json", *arguments),
        ]

    def run(
        self,
        script: Path | None = None,
        *,
        option: str = "enable",
        arguments: tuple[str, ...] = (),
        **environ: str,
    ) -> Ended:
        """A run of a script, the copying one if none is given.

        The installed command has the first run of a workspace, and each with an environment of its own. The
        others begin in this process: their servers and job processes are as real, and imports are saved. A
        script that kills its launcher is for `command`.
        """
        command = self.run_arguments(script or self.script(), option=option, arguments=arguments)
        if self.has_run and not environ:
            return self.inside(*command)
        self.has_run = True
        return self.command(*command, **environ)

    def ids(self, under: str = "out") -> list[int]:
        """The ids in the published output, sorted, each as often as it is there."""
        return sorted(
            row
            for name, data in self.place.read_all(under).items()
            if name.endswith(".parquet")
            for row in pq.ParquetFile(io.BytesIO(data)).read(columns=["id"]).column("id").to_pylist()
        )

    def counts(self, ended: Ended) -> dict[str, int]:
        """What a run did with the objects of its one source."""
        (source,) = ended.summary["summary"]["sources"]
        return source["counts"]

    def entry(self) -> dict[str, Any]:
        """The bookmark's newest entry."""
        shown = self.inside("bookmark", "show", "copy", "--json")
        assert shown.code == 0, shown.error
        return json.loads(shown.output)
