"""Arguments of a job, and small helpers."""

import sys
from pathlib import Path

from placekeeper.rules.jobs.arguments import GlueArgumentError, GlueArgumentParser, resolve_options

__all__ = ["GlueArgumentError", "GlueArgumentParser", "callsite", "getResolvedOptions", "makeOptions"]

_global_args = {}


def getResolvedOptions(args, options, allow_abbrev=False):
    """The options a script asks for, from sys.argv, and those that are always there."""
    found = resolve_options(args, options, allow_abbrev=allow_abbrev)
    _global_args.clear()
    _global_args.update(found)
    return found


def makeOptions(sc, py_obj):
    """Options as they were given: there is no JVM to hand them to."""
    return py_obj


def callsite():
    """Where the script called from: "file:line", "" if that cannot be told."""
    frame = sys._getframe(1)
    here = str(Path(__file__).parent)
    while frame is not None and frame.f_code.co_filename.startswith(here):
        frame = frame.f_back
    return "" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"
