"""Arguments of a job, and small helpers."""

import os
from collections.abc import Sequence
from typing import Any

from placekeeper.rules.jobs.arguments import GlueArgumentError, GlueArgumentParser, resolve_options
from placekeeper.rules.jobs.glue_versions import GLUE_VERSION_VARIABLE, is_strict
from placekeeper.runtime.frames.call_sites import script_site

__all__ = ["GlueArgumentError", "GlueArgumentParser", "callsite", "getResolvedOptions", "makeOptions"]

_global_args: dict[str, Any] = {}


def getResolvedOptions(
    args: Sequence[str], options: Sequence[str], allow_abbrev: bool = False
) -> dict[str, Any]:
    """The options a script asks for, from sys.argv, and those that are always there.

    Below Glue 6.0 an abbreviated name is accepted, whatever `allow_abbrev` says, which is new in 6.0.
    """
    is_old = not is_strict(os.environ.get(GLUE_VERSION_VARIABLE, ""))
    found = resolve_options(args, options, allow_abbrev=allow_abbrev or is_old)
    _global_args.clear()
    _global_args.update(found)
    return found


def makeOptions(sc: object, py_obj: Any) -> Any:
    """Options as they were given: there is no JVM to hand them to."""
    return py_obj


def _call_site(sc: object, call_site: object, info: str) -> str:
    return f"{call_site} {info}".strip()


def _as_java_list(sc: object, scala_seq_obj: Any) -> list[Any]:
    return list(scala_seq_obj)


def _as_scala_option(sc: object, some_val: Any) -> Any:
    return some_val


def _as_resolve_choiceOption(sc: object, choice_option_str: str) -> str:
    return choice_option_str


def callsite() -> str:
    """Where the script called from: "file:line", "" if that cannot be told."""
    return script_site()
