"""Rows that Sail keeps on disk: `localCheckpoint`, into a folder that is ours.

Sail writes each checkpoint as files and never removes them. So they are removed here, when no plan refers to
them any more. A temporary view refers to them in the server, so its plan is kept as long as the session; and
the plan of a SQL statement is the server's, so it holds the plans of the frames that the statement names.
"""

import functools
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from pyspark.sql import DataFrame
from pyspark.sql.connect.dataframe import DataFrame as ConnectDataFrame
from pyspark.sql.connect.session import SparkSession as ConnectSession

from placekeeper.runtime.engines.kept_rows import Task, keep_made
from placekeeper.runtime.engines.patches import Patches

_VARIABLE: Final = "SAIL_EXECUTION__CHECKPOINT__PATH"
_SCHEME: Final = "file://"
_VIEWS: Final = (
    "createTempView",
    "createOrReplaceTempView",
    "createGlobalTempView",
    "createOrReplaceGlobalTempView",
)


class Checkpoints:
    """The checkpoints of one server, below `folder` or in a temporary folder."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._temporary: Path | None = None
        self._viewed: list[Any] = []

    def begin(self, patches: Patches) -> None:
        """Tell the server where they go, before it starts. A folder that the environment names wins."""
        for name in _VIEWS:
            patches.attribute(ConnectDataFrame, name, self._keeping(getattr(ConnectDataFrame, name)))
        patches.attribute(ConnectSession, "sql", _holding(ConnectSession.sql))
        if _VARIABLE in os.environ:
            self._folder = None
            return
        if self._folder is None:
            self._temporary = self._folder = Path(tempfile.mkdtemp(prefix="placekeeper-kept-"))
        patches.variable(_VARIABLE, f"{_SCHEME}{self._folder.absolute() / 'kept'}")

    def _keeping(self, create: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
        @functools.wraps(create)
        def created(frame: Any, name: str) -> None:
            create(frame, name)
            self._viewed.append(frame._plan)

        return created

    def end(self) -> None:
        """Remove the temporary folder, if there is one."""
        self._viewed.clear()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = self._folder = None

    def keep(self, rows: DataFrame) -> DataFrame:
        """A checkpoint of `rows`; its files go when no plan refers to it any more."""
        kept: Any = rows.localCheckpoint()
        place = os.environ.get(_VARIABLE, "")
        if place.startswith(_SCHEME):
            files = Path(place.removeprefix(_SCHEME), rows.sparkSession.session_id, kept._plan._relation_id)  # type: ignore[attr-defined]
            weakref.finalize(kept._plan, shutil.rmtree, files, ignore_errors=True).atexit = False
        made: DataFrame = kept
        return made

    def keep_made(self, rows: DataFrame, task: Task, columns: str) -> DataFrame:
        """What a task makes of `rows`.

        Where the environment names the folder of checkpoints, tasks may run on other machines, so it is a
        checkpoint.
        """
        if self._folder is None:
            return self.keep(rows.mapInArrow(task, columns))
        return keep_made(rows, task, columns, self._folder / "made")


def _holding(sql: Callable[..., Any]) -> Callable[..., Any]:
    """`SparkSession.sql`, whose frame holds the plans of the frames that its statement names."""

    @functools.wraps(sql)
    def made(session: Any, sqlQuery: str, *args: Any, **named: Any) -> Any:  # noqa: N803
        frame = sql(session, sqlQuery, *args, **named)
        plans = [one._plan for one in named.values() if isinstance(one, ConnectDataFrame)]
        weakref.finalize(frame._plan, plans.clear).atexit = False
        return frame

    return made
