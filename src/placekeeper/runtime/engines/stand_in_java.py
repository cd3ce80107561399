"""Stand-ins for the objects of Java that scripts reach through a SparkContext: configuration and loggers."""

import sys
from collections.abc import Callable
from typing import Any, Final, NoReturn

_LEVELS: Final = ("ALL", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF")
_LOGGER_PATHS: Final = frozenset(
    {
        *("org", "org.apache", "org.apache.log4j", "org.slf4j"),
        *("org.apache.log4j.LogManager", "org.apache.log4j.Logger", "org.slf4j.LoggerFactory"),
    }
)
_MAKERS: Final = frozenset({"getLogger", "getRootLogger"})


class HadoopConfiguration:
    """Hadoop's configuration as a value of its own: what is set can be read back, and nothing else."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._values: dict[str, str] = {}

    def set(self, key: str, value: object) -> None:
        """Set one key, which has no effect."""
        self._values[key] = str(value)
        self._note(f"hadoopConfiguration().set({key!r}, …) has no effect on Sail: there is no Hadoop in it")

    def setInt(self, key: str, value: float) -> None:  # noqa: N802
        """Set one key to a number."""
        self.set(key, value)

    setLong = setFloat = setDouble = setInt  # noqa: N815

    def setBoolean(self, key: str, value: bool) -> None:  # noqa: N802
        """Set one key to true or false."""
        self.set(key, str(bool(value)).lower())

    def setIfUnset(self, key: str, value: object) -> None:  # noqa: N802
        """Set one key unless it is set."""
        if key not in self._values:
            self.set(key, value)

    def unset(self, key: str) -> None:
        """Forget one key."""
        self._values.pop(key, None)

    def get(self, key: str, default: str | None = None) -> str | None:
        """The value of a key."""
        return self._values.get(key, default)

    getTrimmed = get  # noqa: N815

    def getInt(self, key: str, default: int) -> int:  # noqa: N802
        """The value of a key as a number."""
        return int(self._values.get(key, default))

    getLong = getInt  # noqa: N815

    def getBoolean(self, key: str, default: bool) -> bool:  # noqa: N802
        """The value of a key as true or false."""
        return {"true": True, "false": False}.get(self._values.get(key, ""), default)


class JavaContext:
    """The object behind `sc._jsc`: it gives the Hadoop configuration."""

    def __init__(self, configuration: HadoopConfiguration, refuse: Callable[[str], NoReturn]) -> None:
        self._configuration = configuration
        self._refuse = refuse

    def hadoopConfiguration(self) -> HadoopConfiguration:  # noqa: N802
        """The configuration."""
        return self._configuration

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse(f"SparkContext._jsc.{name}")


class JavaPackages:
    """The object behind `sc._jvm`: packages on the way to the loggers of log4j and SLF4J, and no others."""

    def __init__(self, refuse: Callable[[str], NoReturn], path: str = "") -> None:
        self._refuse = refuse
        self._path = path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        path = f"{self._path}.{name}".lstrip(".")
        if path in _LOGGER_PATHS:
            return JavaPackages(self._refuse, path)
        if path == "org.apache.log4j.Level":
            return Levels
        if name not in _MAKERS or self._path not in _LOGGER_PATHS:
            self._refuse(f"SparkContext._jvm.{path}")
        return JavaLogger


class Levels:
    """The levels of log4j."""

    ALL, TRACE, DEBUG, INFO, WARN, ERROR, FATAL, OFF = _LEVELS

    @staticmethod
    def toLevel(name: str, default: str = "DEBUG") -> str:  # noqa: N802
        """The level of a name."""
        return name.upper() if name.upper() in _LEVELS else default


class JavaLogger:
    """A logger that writes lines to the error stream, from INFO on."""

    def __init__(self, name: object = "root") -> None:
        self._name = str(name)
        self._level = Levels.INFO

    def setLevel(self, level: str) -> None:  # noqa: N802
        """Say from which level on lines are written."""
        self._level = level

    def getLevel(self) -> str:  # noqa: N802
        """The level from which on lines are written."""
        return self._level

    def getName(self) -> str:  # noqa: N802
        """The name."""
        return self._name

    def isDebugEnabled(self) -> bool:  # noqa: N802
        """Whether lines of DEBUG are written."""
        return self._writes(Levels.DEBUG)

    def isInfoEnabled(self) -> bool:  # noqa: N802
        """Whether lines of INFO are written."""
        return self._writes(Levels.INFO)

    def trace(self, message: object, *more: object) -> None:
        """A line of TRACE."""
        self._say(Levels.TRACE, message, *more)

    def debug(self, message: object, *more: object) -> None:
        """A line of DEBUG."""
        self._say(Levels.DEBUG, message, *more)

    def info(self, message: object, *more: object) -> None:
        """A line of INFO."""
        self._say(Levels.INFO, message, *more)

    def warn(self, message: object, *more: object) -> None:
        """A line of WARN."""
        self._say(Levels.WARN, message, *more)

    def error(self, message: object, *more: object) -> None:
        """A line of ERROR."""
        self._say(Levels.ERROR, message, *more)

    def fatal(self, message: object, *more: object) -> None:
        """A line of FATAL."""
        self._say(Levels.FATAL, message, *more)

    def _writes(self, level: str) -> bool:
        return _LEVELS.index(level) >= _LEVELS.index(self._level)

    def _say(self, level: str, message: object, *more: object) -> None:
        if self._writes(level):
            sys.stderr.write(f"{level} {self._name}: {' '.join(map(str, (message, *more)))}\n")
