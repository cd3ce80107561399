"""What the processes of an idle run load: libraries that they do not need cost more than their work."""

import subprocess
from pathlib import Path

import pytest

from forked import COMMAND
from workspace import Workspace

AT_EXIT = """\
import os, sys
def leave(code, leave=os._exit):
    with open(f"{os.environ['LOADED']}/{os.getpid()}", "w") as file:
        file.write("\\n".join([sys.argv[0], *sys.modules]))
    leave(code)
os._exit = leave
"""
"""Our processes end by os._exit: what they have loaded is written to a file of each then."""

NOWHERE = {"boto3", "sqlglot", "alembic", "requests", "rich.console", "structlog", "psycopg"} | {
    *("fastavro", "regex", "lxml", "pyarrow.orc"),
}
"""Not in any process of an idle run on local files that are CSV or Parquet."""

IN_THE_SERVER = NOWHERE | {
    *("pandas", "numpy.ma", "pyspark", "pysail", "grpc", "botocore.session", "prometheus_client"),
    *("sqlalchemy.dialects.postgresql",),
}

IN_THE_JOB_PROCESS = NOWHERE | {
    *("sqlalchemy", "typer", "uvicorn", "prometheus_client", "botocore.session"),
    *(f"placekeeper.runtime.formats.{name}.reader" for name in ("avro", "grok", "json", "orc", "xml")),
}


def loaded(workspace: Workspace, tmp_path: Path, *command: str) -> dict[str, set[str]]:
    """The modules that each process of a command has loaded, by the name of its main file."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(AT_EXIT)
    (tmp_path / "loaded").mkdir()
    environ = {"PYTHONPATH": str(tmp_path / "site"), "LOADED": str(tmp_path / "loaded")}
    # A process of its own: a forked one (forked.py) has what its parent has loaded.
    subprocess.run(
        [COMMAND, *command], env=workspace.full_environ(**environ), capture_output=True, check=True
    )
    processes = (file.read_text().splitlines() for file in (tmp_path / "loaded").iterdir())
    return {Path(name).name: set(modules) for name, *modules in processes}


@pytest.mark.sail
def test_an_idle_run_loads_no_library_that_it_does_not_need(local: Workspace, tmp_path: Path) -> None:
    local.put_rows("1.csv", 1)
    local.run()
    command, *arguments = local.run_arguments(local.script())
    processes = loaded(local, tmp_path, command, *map(str, arguments))
    assert set(processes) == {"placekeeper", local.script().name}
    assert not processes["placekeeper"] & IN_THE_SERVER
    assert not processes[local.script().name] & IN_THE_JOB_PROCESS


def test_a_plan_loads_no_library_that_it_does_not_need(local: Workspace, tmp_path: Path) -> None:
    local.put_rows("1.csv", 1)
    local.run()
    processes = loaded(local, tmp_path, "plan", "copy")
    assert set(processes) == {"placekeeper"}
    assert not processes["placekeeper"] & (IN_THE_SERVER | {"uvicorn"})
