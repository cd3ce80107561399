"""The commands by name: where each is, and what stands on its line.

Help and shell completion read this table, so that they load no command; a test holds it against the commands.
"""

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import NamedTuple


class Value(Enum):
    """What an option or argument takes."""

    FLAG = auto()  # an option that takes nothing
    TEXT = auto()  # what nobody can complete, or the shell: a file
    JOB = auto()
    BOOKMARK = auto()
    RUN = auto()


class CommandRow(NamedTuple):
    """One command: its module below placekeeper.cli.commands, its line in lists, its options and first
    argument; None where it takes no argument."""

    module: str
    summary: str
    options: Mapping[str, Value]
    argument: Value | None = None


_STATE: Mapping[str, Value] = {"--state": Value.TEXT, "--database": Value.TEXT}
_JSON: Mapping[str, Value] = {"--json": Value.FLAG}
_RUN_ID: Mapping[str, Value] = {"--run-id": Value.RUN}
_LOGIN: Mapping[str, Value] = dict.fromkeys(
    ("--connection", "--secret", "--password-env", "--user"), Value.TEXT
)
_AWS: Mapping[str, Value] = {"--file": Value.TEXT, "--from-aws": Value.TEXT, "--region": Value.TEXT}

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "bookmark": "What a job remembers between runs.",
        "publication": "Output that is committed and not visible yet.",
        "runs": "Job runs.",
        "state": "Whether a state is whole.",
    }
)

COMMANDS: Mapping[tuple[str, ...], CommandRow] = MappingProxyType(
    {
        ("run",): CommandRow(
            "run",
            "Run SCRIPT as a job run.",
            {
                "--type": Value.TEXT,
                "--plan": Value.TEXT,
                "--glue-version": Value.TEXT,
                "--quiet": Value.FLAG,
                "--verbose": Value.FLAG,
                **_STATE,
                **_JSON,
            },
            Value.TEXT,
        ),
        ("check",): CommandRow(
            "check",
            "Say what of SCRIPT will not work, before any run.",
            {
                "--ignore": Value.TEXT,
                "--glue-version": Value.TEXT,
                "--strict": Value.FLAG,
                **_JSON,
            },
            Value.TEXT,
        ),
        ("dev",): CommandRow(
            "dev",
            "Serve the Glue API and run jobs, until Ctrl-C.",
            {
                "--host": Value.TEXT,
                "--port": Value.TEXT,
                "--runs-at-once": Value.TEXT,
                "--keys": Value.TEXT,
                "--account": Value.TEXT,
                "--log-format": Value.TEXT,
                **_STATE,
            },
        ),
        ("plan",): CommandRow(
            "plan",
            "Show what the next run of NAME would read, and why.",
            {"--all": Value.FLAG, "--policy": Value.TEXT, "--reason": Value.TEXT, **_STATE, **_JSON},
            Value.BOOKMARK,
        ),
        ("bookmark", "list"): CommandRow(
            "bookmark", "List the bookmarks of this state, by name.", {**_STATE, **_JSON}
        ),
        ("bookmark", "show"): CommandRow(
            "bookmark",
            "Show the newest entry, as GetJobBookmark answers it.",
            {**_RUN_ID, **_STATE, **_JSON},
            Value.BOOKMARK,
        ),
        ("bookmark", "history"): CommandRow(
            "bookmark", "List every version, and what appended it.", {**_STATE, **_JSON}, Value.BOOKMARK
        ),
        ("bookmark", "reset"): CommandRow(
            "bookmark",
            "Forget everything, so that the next run reads all.",
            {**_RUN_ID, **_STATE, **_JSON},
            Value.BOOKMARK,
        ),
        ("bookmark", "bad"): CommandRow(
            "marks", "List the objects that runs of NAME leave out.", {**_STATE, **_JSON}, Value.BOOKMARK
        ),
        ("bookmark", "retry"): CommandRow(
            "marks", "Read a quarantined or skipped object again.", _STATE, Value.BOOKMARK
        ),
        ("bookmark", "skip"): CommandRow(
            "marks", "Leave an object out of every run of NAME for good.", _STATE, Value.BOOKMARK
        ),
        ("bookmark", "export"): CommandRow(
            "transfer", "Print the bookmark as AWS's GetJobBookmark does.", _STATE, Value.BOOKMARK
        ),
        ("bookmark", "import"): CommandRow(
            "transfer",
            "Go on where AWS has stopped.",
            {**_AWS, "--replace": Value.FLAG, **_STATE, **_JSON},
            Value.BOOKMARK,
        ),
        ("bookmark", "compare"): CommandRow(
            "transfer",
            "List where AWS's window and the ledger disagree.",
            {**_AWS, **_STATE, **_JSON},
            Value.BOOKMARK,
        ),
        ("publication", "list"): CommandRow(
            "publication", "List output that is committed and waits.", {**_STATE, **_JSON}
        ),
        ("publication", "retry"): CommandRow(
            "publication",
            "Finish output that waits, with another login if need be.",
            {**_LOGIN, **_STATE},
            Value.RUN,
        ),
        ("publication", "give-up"): CommandRow(
            "publication",
            "Give up rows that wait for a database.",
            {"--unseen": Value.FLAG, **_LOGIN, **_STATE},
            Value.RUN,
        ),
        ("runs", "list"): CommandRow(
            "runs", "List runs, newest first.", {"--limit": Value.TEXT, **_STATE, **_JSON}, Value.JOB
        ),
        ("runs", "logs"): CommandRow(
            "runs",
            "Print what a run said, then how it stands.",
            {"--error": Value.FLAG, "--output": Value.FLAG, "--follow": Value.FLAG, **_STATE},
            Value.RUN,
        ),
        ("runs", "stop"): CommandRow("runs", "End a run, whoever runs it.", _STATE, Value.RUN),
        ("state", "check"): CommandRow(
            "state",
            "Check the database against record and ledger.",
            {"--digests": Value.FLAG, **_STATE, **_JSON},
        ),
        ("state", "accept"): CommandRow(
            "state", "Go on with a state that is not whole.", {"--yes": Value.FLAG, **_STATE}
        ),
    }
)

SCRIPT_OPTIONS: Mapping[str, Value] = MappingProxyType({"--JOB_NAME": Value.JOB})
"""Arguments of a script that the shell completes too."""


def names_below(path: tuple[str, ...]) -> Mapping[str, str]:
    """The commands and groups of a group, with their summaries, in the order of the table."""
    found: dict[str, str] = {}
    for whole, row in COMMANDS.items():
        if whole[: len(path)] == path:
            name = whole[len(path)]
            found[name] = row.summary if len(whole) == len(path) + 1 else GROUPS[name]
    return found
