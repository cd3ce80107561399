"""The state of one test, and its server."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
from msgspec.structs import replace

from placekeeper.control.service import Control
from placekeeper.host.run_script import ScriptRun, ScriptRunner
from placekeeper.host.spare_process import SpareProcess
from placekeeper.model.catalog import TableRef, TableSnapshot
from placekeeper.model.errors import EntityNotFoundException
from placekeeper.model.jobs import JobRun
from placekeeper.ports.launcher import Echo
from placekeeper.testing.bookmark import Bookmark

_IN_A_TEST: Final = (
    'In a test, type glue_client.create_database(DatabaseInput={"Name": …}), and glue_client.create_table '
    "for a table"
)


@dataclass(frozen=True)
class GlueState:
    """A state that a server on the loopback serves while the test lasts."""

    control: Control
    runner: ScriptRunner

    def client(self) -> Any:
        """boto3's client for Glue."""
        return boto3.client(
            "glue",
            endpoint_url=self.runner.url,
            region_name="us-east-1",
            aws_access_key_id="any",
            aws_secret_access_key="any",
        )

    def run(self, script: str, arguments: Mapping[str, str], echo: Echo, spare: SpareProcess) -> JobRun:
        """A run of a script, to its end. Raises UsageError."""
        argv = [token for pair in arguments.items() for token in pair]
        runner = replace(self.runner, environ=os.environ, cwd=Path.cwd())
        return runner.run(ScriptRun.of(script, argv), note=_forget, echo=echo, spare=spare)

    def bookmark(self) -> Bookmark:
        """What the state remembers."""
        return Bookmark(self.control)

    def table(self, ref: TableRef) -> TableSnapshot:
        """A table of the catalog. Raises EntityNotFoundException."""
        try:
            return self.control.catalog.snapshot(ref)
        except EntityNotFoundException as error:
            raise EntityNotFoundException(f"{error.message}. {_IN_A_TEST}") from None


def _forget(_note: str) -> None:
    """Drop a sentence about the job's name: a state of a test has few."""
