"""A stand-in for SparkContext and SparkConf, for engines that have none.

Nearly every Glue script begins with `from pyspark.context import SparkContext`. The calls that scripts make
on it are answered; what would need a real context is refused, by name. Settings that only a JVM would read
are recorded as notes: they have no effect.
"""

import getpass
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from placekeeper.runtime.engines.differences import RDDS
from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.refusal import refusal
from placekeeper.runtime.engines.stand_in_java import HadoopConfiguration, JavaContext, JavaPackages


class StandInConf:
    """Spark's configuration as a value of its own: what is set can be read back, and nothing else."""

    def __init__(self, loadDefaults: bool = True, _jvm: object = None, _jconf: object = None) -> None:  # noqa: N803
        del loadDefaults, _jvm, _jconf
        self._values: dict[str, str] = {}

    def set(self, key: str, value: object) -> "StandInConf":
        """Set one key."""
        self._values[key] = str(value)
        return self

    def setIfMissing(self, key: str, value: object) -> "StandInConf":  # noqa: N802
        """Set one key unless it is set."""
        self._values.setdefault(key, str(value))
        return self

    def setAll(self, pairs: Iterable[tuple[str, object]]) -> "StandInConf":  # noqa: N802
        """Set several keys."""
        for key, value in pairs:
            self.set(key, value)
        return self

    def setAppName(self, value: str) -> "StandInConf":  # noqa: N802
        """Set the application's name."""
        return self.set("spark.app.name", value)

    def setMaster(self, value: str) -> "StandInConf":  # noqa: N802
        """Set the master, which has no effect here."""
        return self.set("spark.master", value)

    def get(self, key: str, defaultValue: str | None = None) -> str | None:  # noqa: N803
        """The value of a key."""
        return self._values.get(key, defaultValue)

    def getAll(self) -> list[tuple[str, str]]:  # noqa: N802
        """All that is set."""
        return list(self._values.items())

    def contains(self, key: str) -> bool:
        """True if a key is set."""
        return key in self._values

    def toDebugString(self) -> str:  # noqa: N802
        """All that is set, one pair a line."""
        return "\n".join(f"{key}={value}" for key, value in sorted(self._values.items()))


class StandInContext:
    """SparkContext as far as scripts use it without RDDs. All instances are the same context.

    Subclassed once per engine by `context_class`, which gives it the engine's facts.
    """

    _application_id: ClassVar[str] = ""
    _version: ClassVar[str] = ""
    _parallelism: ClassVar[int] = 1
    _script: ClassVar[str | None] = None
    _configuration: ClassVar[StandInConf]
    _hadoop: ClassVar[HadoopConfiguration]
    _configure: ClassVar[Callable[[str, str], None]]

    def __init__(
        self,
        master: str | None = None,
        appName: str | None = None,  # noqa: N803
        *_ignored: object,
        conf: StandInConf | None = None,
        **_more: object,
    ) -> None:
        for key, value in conf.getAll() if conf is not None else ():
            self._configuration.set(key, value)
            type(self)._configure(key, value)
        if master:
            self._configuration.setMaster(master)
        if appName:
            self._configuration.setAppName(appName)

    @classmethod
    def getOrCreate(cls, conf: StandInConf | None = None) -> "StandInContext":  # noqa: N802
        """The context."""
        return cls(conf=conf)

    @property
    def applicationId(self) -> str:  # noqa: N802
        """The id of this process's session."""
        return self._application_id

    @property
    def appName(self) -> str:  # noqa: N802
        """The application's name."""
        return self._configuration.get("spark.app.name") or "placekeeper"

    @property
    def version(self) -> str:
        """The version of Spark that the engine reports."""
        return self._version

    @property
    def defaultParallelism(self) -> int:  # noqa: N802
        """The number of tasks that run at once."""
        return self._parallelism

    @property
    def defaultMinPartitions(self) -> int:  # noqa: N802
        """The least number of tasks of a read."""
        return min(self._parallelism, 2)

    @property
    def master(self) -> str:
        """A master URL, as Spark names threads of this process."""
        return f"local[{self._parallelism}]"

    @property
    def pythonVer(self) -> str:  # noqa: N802
        """The version of Python, as 3.11."""
        return ".".join(map(str, sys.version_info[:2]))

    @property
    def uiWebUrl(self) -> None:  # noqa: N802
        """None: there is no user interface."""

    def sparkUser(self) -> str:  # noqa: N802
        """The user of this process."""
        return getpass.getuser()

    def getConf(self) -> StandInConf:  # noqa: N802
        """The configuration."""
        return self._configuration

    @property
    def _conf(self) -> StandInConf:
        return self._configuration

    def setLogLevel(self, logLevel: str) -> None:  # noqa: N802, N803
        """Accepted: the engine is quiet as it is."""

    def setLocalProperty(self, key: str, value: str) -> None:  # noqa: N802
        """Accepted, without effect."""

    def getLocalProperty(self, key: str) -> None:  # noqa: N802
        """None: what is set has no effect."""

    def setCheckpointDir(self, dirName: str) -> None:  # noqa: N802, N803
        """Accepted: Sail keeps checkpoints in the run's folder."""

    def setJobDescription(self, value: str) -> None:  # noqa: N802
        """Accepted, without effect."""

    def setJobGroup(self, groupId: str, description: str, interruptOnCancel: bool = False) -> None:  # noqa: N802, N803
        """Accepted, without effect."""

    @property
    def _jsc(self) -> JavaContext:
        return JavaContext(self._hadoop, self._refuse)

    @property
    def _jvm(self) -> JavaPackages:
        return JavaPackages(self._refuse)

    def stop(self) -> None:
        """Accepted: the engine stops when the job process ends."""

    def __enter__(self) -> "StandInContext":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _refuse(self, what: str) -> NoReturn:
        raise refusal(what, RDDS, self._script)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse(f"SparkContext.{name}")


def context_class(
    *,
    application_id: str,
    version: str,
    parallelism: int,
    script: str | None,
    note: Callable[[str], None],
    configure: Callable[[str, str], None],
) -> type[StandInContext]:
    """The SparkContext of one engine.

    `note` is told what has no effect; `configure` is given each key and value of a script's SparkConf.
    """
    facts: Mapping[str, object] = {
        "__doc__": StandInContext.__doc__,
        "_application_id": application_id,
        "_version": version,
        "_parallelism": parallelism,
        "_script": script,
        "_configuration": StandInConf().setAppName("placekeeper"),
        "_hadoop": HadoopConfiguration(note),
        "_configure": staticmethod(configure),
    }
    return type("SparkContext", (StandInContext,), dict(facts))


def install(
    patches: Patches, pyspark: types.ModuleType, session_class: type, context: type[StandInContext]
) -> None:
    """Put the stand-ins where scripts import them from, and on the session as `sparkContext`."""
    module = types.ModuleType("pyspark.context", "A stand-in: see placekeeper.runtime.engines.stand_in.")
    for name, value in (("SparkContext", context), ("SparkConf", StandInConf)):
        setattr(module, name, value)
        patches.attribute(pyspark, name, value)
    patches.attribute(pyspark, "context", module)
    patches.module("pyspark.context", module)
    patches.attribute(pyspark.conf, "SparkConf", StandInConf)
    patches.attribute(session_class, "sparkContext", property(lambda _session: context.getOrCreate()))


def install_files(patches: Patches, pyspark: types.ModuleType, files: Sequence[Path]) -> None:
    """Put a SparkFiles where scripts import it from: `files` are all in one folder."""
    folder = str(files[0].parent if files else Path.cwd())

    class SparkFiles:
        """The folder of the files of --extra-files."""

        @staticmethod
        def getRootDirectory() -> str:  # noqa: N802
            """Their folder."""
            return folder

        @staticmethod
        def get(filename: str) -> str:
            """The path of one of them."""
            return str(Path(folder, filename))

    module = types.ModuleType("pyspark.files", "A stand-in: see placekeeper.runtime.engines.stand_in.")
    module.SparkFiles = SparkFiles  # type: ignore[attr-defined]
    patches.attribute(pyspark, "SparkFiles", SparkFiles)
    patches.attribute(pyspark, "files", module)
    patches.module("pyspark.files", module)
