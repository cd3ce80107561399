"""Placekeeper keeps your place in your data: AWS Glue's jobs and job bookmarks, open and self-hosted."""

import importlib
from contextlib import AbstractContextManager
from typing import Any

__all__ = ["__version__", "activate", "deactivate"]

__version__ = "0.1.0"


def activate(*, engine: str = "auto") -> AbstractContextManager[object]:
    """Let `import awsglue` work in this notebook or REPL; a second call changes nothing.

    The engine (auto, sail or spark) starts with the first GlueContext or SparkContext, in this process. No
    state and no bookmark are kept: every read reads all, output is visible as soon as it is written, and
    `Job.init` and `Job.commit` may be called as often as you like. As a context manager it deactivates at its
    end.

    Raises UsageError with the command that installs an engine where there is none, and where another awsglue
    has been imported. One that is only installed is hidden, with a warning that says how to remove it.
    """
    entered: AbstractContextManager[object] = _interactive().activate(engine)
    return entered


def deactivate() -> None:
    """Stop what `activate` has started. Without it nothing happens."""
    _interactive().deactivate()


def _interactive() -> Any:
    """Loaded only when it is asked for: it loads an engine's client."""
    return importlib.import_module("placekeeper.interactive")
