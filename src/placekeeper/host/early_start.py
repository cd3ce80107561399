"""The job process of `placekeeper run`, started before the command itself is loaded.

A Python shell job has no engine to load.
"""

from collections.abc import Sequence

from placekeeper.launch.starting import StartedProcess


def start_early(argv: Sequence[str]) -> StartedProcess | None:
    """The process that a command line will need, if it runs a script. Raises OSError."""
    if argv[:1] != ["run"] or {"-h", "--help"} & set(argv):
        return None
    is_shell = "--type pythonshell" in " ".join(argv).replace("--type=", "--type ")
    return StartedProcess("pythonshell" if is_shell else "glueetl")
