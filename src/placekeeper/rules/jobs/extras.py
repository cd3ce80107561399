"""The extras of a job beside its script: files, modules, settings, variables.

The spellings are AWS's: comma-separated values, and `--conf` with its further keys in the first one's value.

Source: docs/reference/arguments.md#modules-files-and-settings.
"""

import re
import shlex
from collections.abc import Mapping

import msgspec

from placekeeper.model.errors import UsageError
from placekeeper.rules.jobs.locations import HTTP, file_name, has_scheme, shown, store_of

PY_FILES = "--extra-py-files"
FILES = "--extra-files"
JARS = "--extra-jars"
MODULES = "--additional-python-modules"
INSTALLER_OPTION = "--python-modules-installer-option"
CONF = "--conf"
DRIVER_VARIABLES = "--customer-driver-env-vars"
EXECUTOR_VARIABLES = "--customer-executor-env-vars"

_PY_SUFFIXES = (".py", ".zip", ".whl", ".egg")
_STORED_SUFFIXES = (".whl", ".zip", ".tar.gz", ".txt")
ZIP_OF_WHEELS = ".gluewheels.zip"
_CONTINUES = re.compile(r"\s*[<>=!~]")
_NEXT_CONF = re.compile(r"(?:^|\s+)--conf(?:\s+|=)")
_CUSTOMER = "CUSTOMER_"


class Extras(msgspec.Struct, frozen=True, kw_only=True):
    """A job's extras, parsed. `notes` are sentences about settings that are ignored."""

    py_files: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    jars: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    installer_options: tuple[str, ...] = ()
    settings: dict[str, str] = {}
    driver_variables: dict[str, str] = {}
    executor_variables: dict[str, str] = {}
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> "Extras":
        """Read from a job's arguments. Raises UsageError for what cannot be understood."""
        driver, driver_notes = customer_variables(DRIVER_VARIABLES, arguments.get(DRIVER_VARIABLES, ""))
        executor, executor_notes = customer_variables(
            EXECUTOR_VARIABLES, arguments.get(EXECUTOR_VARIABLES, "")
        )
        settings = spark_settings(arguments.get(CONF, ""))
        notes = [*driver_notes, *executor_notes]
        if settings.pop("spark.master", None) is not None:
            notes.append("--conf spark.master is without effect: --master names a Spark cluster")
        return cls(
            py_files=_importable(locations(arguments.get(PY_FILES, ""))),
            files=locations(arguments.get(FILES, "")),
            jars=locations(arguments.get(JARS, "")),
            modules=requirements(arguments.get(MODULES, "")),
            installer_options=_words(INSTALLER_OPTION, arguments.get(INSTALLER_OPTION, "")),
            settings=settings,
            driver_variables=driver,
            executor_variables=executor,
            notes=tuple(notes),
        )


def locations(text: str) -> tuple[str, ...]:
    """Comma-separated paths and URIs."""
    return tuple(part for part in map(str.strip, text.split(",")) if part)


def requirements(text: str) -> tuple[str, ...]:
    """Comma-separated requirements and locations of packages.

    A comma within one requirement, `pkg[a,b]` or `pkg>=1,<2`, does not end it: what cannot begin a
    requirement goes on with the one before (our inference; AWS says nothing of such).
    """
    found: list[str] = []
    for part in text.split(","):
        is_open = bool(found) and found[-1].count("[") > found[-1].count("]")
        if found and (is_open or _CONTINUES.match(part)):
            found[-1] += f",{part.strip()}"
        elif part.strip():
            found.append(part.strip())
    return tuple(found)


def is_stored(requirement: str) -> bool:
    """Whether a requirement names an object or a file to fetch; everything else goes to the installer.

    Web addresses go to the installer too, except a zip of wheels, which no installer understands.
    """
    if not has_scheme(requirement):
        return "://" not in requirement and "@" not in requirement and requirement.endswith(_STORED_SUFFIXES)
    store = store_of(requirement)
    return file_name(requirement).endswith(ZIP_OF_WHEELS) if store == HTTP else store is not None


def spark_settings(text: str) -> dict[str, str]:
    """The settings in a value of --conf: `spark.a=b --conf spark.c=d`. The last of a key wins.

    Raises UsageError for a part that is not KEY=VALUE.
    """
    settings = {}
    for part in map(str.strip, _NEXT_CONF.split(text)):
        key, equals, value = part.partition("=")
        if part and not (key and equals):
            raise UsageError(
                f"{CONF} must be KEY=VALUE, or several as in 'spark.a=b --conf spark.c=d', not '{part}'"
            )
        if part:
            settings[key.strip()] = value.strip()
    return settings


def customer_variables(parameter: str, text: str) -> tuple[dict[str, str], list[str]]:
    """The variables in `CUSTOMER_K=V,CUSTOMER_L="a,b"`, and a sentence for each key without that prefix.

    Raises UsageError for a part that is not KEY=VALUE and for a quote that is not closed.
    """
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters, lexer.escape = ",", True, "", ""
    lexer.quotes = '"'
    try:
        parts = [part.lstrip() for part in lexer]
    except ValueError as error:
        raise UsageError(f"{parameter} has a quote that is not closed: {text}") from error
    variables, notes = {}, []
    for part in filter(None, parts):
        key, equals, value = part.partition("=")
        if not equals:
            raise UsageError(f"{parameter} must be CUSTOMER_KEY=VALUE,…, not '{part}'")
        if key.startswith(_CUSTOMER):
            variables[key] = value
        else:
            notes.append(f"{parameter} ignores {key}: names of variables must begin with {_CUSTOMER}")
    return variables, notes


def _importable(found: tuple[str, ...]) -> tuple[str, ...]:
    for location in found:
        if not file_name(location).endswith(_PY_SUFFIXES):
            raise UsageError(
                f"{PY_FILES} takes files that end in {', '.join(_PY_SUFFIXES)}, not {shown(location)}"
            )
    return found


def _words(parameter: str, text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"{parameter} has a quote that is not closed: {text}") from error
