"""--additional-python-modules: installed once per list of requirements, and kept in the state."""

import hashlib
import importlib.util
import json
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from placekeeper.model.errors import ExtraUnavailable
from placekeeper.rules.jobs.extras import MODULES


def install(requirements: Sequence[str], options: Sequence[str], *, cache: Path, run_folder: Path) -> Path:
    """The folder below `cache` that holds these requirements, installed now if it is not there.

    `options` are the installer's. Requirements below `run_folder` are packages that were fetched, known by
    their content; it is where the installer works, so that nothing half installed outlives the run.
    Raises ExtraUnavailable with the installer's last line.
    """
    installed = cache / _key(requirements, options, run_folder)
    if installed.is_dir():
        return installed
    cache.mkdir(parents=True, exist_ok=True)
    partial = run_folder / "installing"
    partial.mkdir(parents=True, exist_ok=True)
    _run([*_installer(), "--target", str(partial), *options, *requirements], requirements)
    _settle(partial, installed)
    return installed


def loaded_before(folder: Path) -> Iterator[str]:
    """A sentence for each installed module of which this process has loaded another version already."""
    for found in metadata.distributions(path=[str(folder)]):
        name = found.metadata["Name"]
        module = sys.modules.get(name.replace("-", "_").lower())
        if module is None or str(getattr(module, "__file__", None) or "").startswith(str(folder)):
            continue
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        if version != found.version:
            yield (
                f"{MODULES}: {name} {found.version} is installed and not used: Placekeeper has loaded "
                f"{version} before. Install it beside placekeeper instead"
            )


def _key(requirements: Sequence[str], options: Sequence[str], run_folder: Path) -> str:
    """What an installation depends on, as one name."""
    contents = [
        [Path(named).name, hashlib.sha256(Path(named).read_bytes()).hexdigest()]
        if Path(named).is_relative_to(run_folder)
        else [named]
        for named in requirements
    ]
    about = [sys.implementation.cache_tag, sysconfig.get_platform(), sys.prefix, list(options), contents]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


def _installer() -> list[str]:
    """pip, whose options Glue's parameters are; else the uv beside this Python."""
    if importlib.util.find_spec("pip") is not None:
        quiet = ("--quiet", "--disable-pip-version-check", "--no-input", "--root-user-action=ignore")
        return [sys.executable, "-P", "-m", "pip", "install", *quiet]
    uv = Path(sys.executable).with_name("uv")
    if uv.is_file():
        return [str(uv), "pip", "install", "--quiet", "--python", sys.executable]
    raise ExtraUnavailable(
        f"{MODULES} needs an installer, and {sys.prefix} has neither pip nor uv. "
        f"Put one there: {sys.executable} -m ensurepip (uv pip install --python {sys.executable} pip, "
        "where uv made the environment)"
    )


def _run(command: Sequence[str], requirements: Sequence[str]) -> None:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode == 0:
        return
    said = done.stdout.decode(errors="replace").strip()
    sys.stderr.write(f"{said}\n")
    last = said.rpartition("\n")[2].strip() or f"exit code {done.returncode}"
    raise ExtraUnavailable(f"{MODULES}: {', '.join(requirements)} could not be installed: {last}")


def _settle(partial: Path, installed: Path) -> None:
    """Give the folder its name; a run that was faster has made the same."""
    try:
        partial.rename(installed)
    except OSError:
        if not installed.is_dir():
            raise
