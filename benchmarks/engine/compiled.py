"""The package as users have it: compiled."""

import subprocess
from pathlib import Path

import placekeeper


def compile_ourselves(python: Path) -> None:
    """Compile the package's modules, as an installer does; else each run of a source tree may compile them.

    The libraries of the plain scripts are compiled, whatever PYTHONDONTWRITEBYTECODE says.
    """
    subprocess.run([python, "-m", "compileall", "-q", Path(placekeeper.__file__).parent], check=True)
