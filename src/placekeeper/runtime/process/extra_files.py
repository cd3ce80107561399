"""Files that a job asks for beside its script, brought into the run's own folder.

Source: docs/reference/arguments.md#modules-files-and-settings.
"""

import zipfile
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from placekeeper.model.errors import ExtraUnavailable, PlacekeeperError
from placekeeper.ports.objects import Files
from placekeeper.rules.jobs.extras import FILES, JARS, MODULES, PY_FILES, ZIP_OF_WHEELS, Extras, is_stored
from placekeeper.rules.jobs.locations import file_name, shown


class ExtraFiles(Struct, frozen=True):
    """The places of the files that a job asks for beside its script.

    `python_path` goes onto sys.path; `py_files` are the same as single files, for workers on other machines;
    `requirements` are those for the installer, with fetched packages in the place of their locations;
    `working_folder` holds `files`, and is None without any.
    """

    python_path: tuple[str, ...] = ()
    py_files: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    requirements: tuple[str, ...] = ()
    working_folder: Path | None = None


def fetch_extras(extras: Extras, store: Files, folder: Path) -> ExtraFiles:
    """Bring the files into `folder`, all but the jars.

    Raises ExtraUnavailable, which names the parameter and the file.
    """
    py_files = [
        _fetch(PY_FILES, store, location, folder / "py" / str(position))
        for position, location in enumerate(extras.py_files)
    ]
    working = folder / "work"
    files = _fetch_beside_each_other(FILES, store, extras.files, working)
    return ExtraFiles(
        python_path=tuple(_entry(path) for path in py_files),
        py_files=tuple(_shippable(path) for path in py_files),
        files=files,
        requirements=tuple(
            requirement
            for position, named in enumerate(extras.modules)
            for requirement in _requirements(store, named, folder / "packages" / str(position))
        ),
        working_folder=working if files else None,
    )


def fetch_jars(extras: Extras, store: Files, folder: Path) -> tuple[Path, ...]:
    """Bring the jars into `folder`: only an engine with a JVM needs them. Raises ExtraUnavailable."""
    return _fetch_beside_each_other(JARS, store, extras.jars, folder / "jars")


def _fetch_beside_each_other(
    parameter: str, store: Files, locations: Sequence[str], folder: Path
) -> tuple[Path, ...]:
    paths: dict[str, Path] = {}
    for location in dict.fromkeys(locations):
        name = file_name(location)
        if name in paths:
            raise ExtraUnavailable(f"{parameter} names two files called {name}: one would replace the other")
        paths[name] = _fetch(parameter, store, location, folder)
    return tuple(paths.values())


def _fetch(parameter: str, store: Files, location: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(location)
    try:
        with path.open("wb") as target:
            store.copy(location, target)
    except FileNotFoundError as error:
        raise ExtraUnavailable(
            f"{parameter} names {shown(location)}, and there is no such file (folders cannot be named)"
        ) from error
    except (OSError, PlacekeeperError) as error:
        raise ExtraUnavailable(
            f"{parameter} names {shown(location)}, which cannot be fetched: {_placed(error, path)}"
        ) from error
    return path


def _requirements(store: Files, named: str, folder: Path) -> list[str]:
    """One of --additional-python-modules as the installer takes it: a zip of wheels is all of its wheels."""
    if not is_stored(named):
        return [named]
    path = _fetch(MODULES, store, named, folder)
    if not path.name.endswith(ZIP_OF_WHEELS):
        return [str(path)]
    wheels = sorted(map(str, _unpacked(MODULES, path).rglob("*.whl")))
    if not wheels:
        raise ExtraUnavailable(f"{MODULES}: {path.name} has no wheels in it")
    return wheels


def _entry(path: Path) -> str:
    """The entry of sys.path that makes a file importable: its folder, itself, or for a wheel what is in it.

    A wheel is unpacked, so that compiled modules in it can be loaded.
    """
    if path.suffix == ".py":
        return str(path.parent)
    return str(_unpacked(PY_FILES, path) if path.suffix == ".whl" else path)


def _unpacked(parameter: str, path: Path) -> Path:
    folder = path.parent / "unpacked"
    try:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
    except (zipfile.BadZipFile, OSError) as error:
        raise ExtraUnavailable(
            f"{parameter}: {path.name} cannot be unpacked: {_placed(error, folder)}"
        ) from error
    return folder


def _placed(error: Exception, path: Path) -> str:
    """An error with the file that it is of: a write that fails, on a full disk, names none."""
    is_of_a_write = isinstance(error, OSError) and error.errno is not None and error.filename is None
    return f"{error}: '{path}'" if is_of_a_write else str(error)


def _shippable(path: Path) -> Path:
    """The file as Spark takes it: a wheel is a zip to it, by the suffix alone."""
    return path if path.suffix != ".whl" else path.rename(path.with_suffix(".zip"))
