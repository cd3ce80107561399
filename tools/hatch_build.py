"""A step of the build: the wheel gets type stubs of awsglue (tools/stubs.py)."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))

import stubs


class StubsHook(BuildHookInterface[Any]):
    """Makes the stubs before a wheel is built, and removes them after it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the stubs to a wheel; an editable installation has none."""
        self._folder = Path(tempfile.mkdtemp(prefix="awsglue-stubs-"))
        if version != "editable":
            for package in stubs.write(self._folder):
                build_data["force_include"][str(package)] = package.name

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove them."""
        shutil.rmtree(self._folder, ignore_errors=True)
