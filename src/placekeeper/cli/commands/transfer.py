"""`placekeeper bookmark export|import|compare`: bookmarks between AWS and here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import botocore.session
import msgspec
import typer
from botocore.exceptions import BotoCoreError, ClientError

from placekeeper.cli.existing_state import existing_state
from placekeeper.cli.exit_codes import OK, WOULD_LOSE
from placekeeper.cli.output import (
    DatabaseOption,
    JsonOption,
    StateOption,
    instant,
    print_json,
    print_table,
    say,
)
from placekeeper.cli.suggestions import suggesting_bookmark
from placekeeper.control.bookmarks.transfer import Disagreement
from placekeeper.model.bookmark import BookmarkEntry
from placekeeper.model.errors import UsageError
from placekeeper.model.wording import counted
from placekeeper.rules.bookmarks import aws_string

app = typer.Typer(add_completion=False, rich_markup_mode=None)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name given to Job.init.")]
FileOption = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="The output of `aws glue get-job-bookmark`; - reads stdin."),
]
LiveOption = Annotated[
    str | None,
    typer.Option("--from-aws", metavar="JOB", help="Ask AWS, with the credentials of the environment."),
]
RegionOption = Annotated[
    str | None, typer.Option("--region", metavar="REGION", help="AWS's region, for --from-aws.")
]

SHOWN = 20
"""The most objects that are listed where only their number matters."""


@app.command("export")
def export(
    name: NameArgument,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> int:
    """Print the bookmark as AWS's GetJobBookmark does.

    The exit code is 4 when AWS would lose objects by it.

    The sources are listed to find out. An object that no run has read and that is older than AWS's window is
    one that no bookmark of AWS can name.
    """
    with (
        existing_state(state, database, only_reads=True) as opened,
        suggesting_bookmark(name, opened.control),
    ):
        export = opened.control.transfer.give(name)
    print_json({"JobBookmarkEntry": export.entry})
    if not export.lost:
        return OK
    say(
        f"placekeeper: AWS would lose {counted(len(export.lost), 'object')}, unread by any run and older "
        f"than AWS's window. Run {name} until it finds nothing new, then export again. To list them all: "
        f"placekeeper bookmark compare {name}"
    )
    for difference in export.lost[:SHOWN]:
        say(f"  {difference.context}: {difference.decision.object.path}")
    return WOULD_LOSE


@app.command("import")
def import_(
    name: NameArgument,
    file: FileOption = None,
    from_aws: LiveOption = None,
    region: RegionOption = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Import even if the bookmark already remembers something.")
    ] = False,
    state: StateOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> int:
    """Go on where AWS has stopped.

    The bookmark comes from a file, or from a job of the account.

    A bookmark of AWS names no files. So the first run that lists the sources marks what AWS's window covers
    as processed (`assumed`); from then on the ledger decides.
    """
    entry = _entry(file, from_aws, region)
    with existing_state(state, database, create=True) as opened:
        taken = opened.control.transfer.take(name, entry, replace=replace)
    if as_json:
        print_json(taken)
        return 0
    say(
        f"placekeeper: {name} is at version {taken.version}, run {taken.run}. "
        "The next run reads what AWS's next run would"
    )
    return 0


@app.command("compare")
def compare(
    name: NameArgument,
    file: FileOption = None,
    from_aws: LiveOption = None,
    region: RegionOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> int:
    """List where AWS's window and the ledger disagree.

    AWS's side is this bookmark's own string, or the one in a file, or that of the live job. Nothing is
    changed by looking.
    """
    entry = None if file is None and from_aws is None else _entry(file, from_aws, region)
    with (
        existing_state(state, database, only_reads=True) as opened,
        suggesting_bookmark(name, opened.control),
    ):
        differences = opened.control.transfer.compare(name, entry)
    if as_json:
        print_json(differences)
        return 0
    _print_differences(differences)
    return 0


def _print_differences(differences: Sequence[Disagreement]) -> None:
    if not differences:
        print("both would read the same")
        return
    print_table(
        ("here", "on AWS", "modified", "context", "object"),
        [
            (
                difference.decision.reason,
                difference.decision.on_aws or "",
                instant(difference.decision.object.last_modified_ms),
                difference.context,
                difference.decision.object.path,
            )
            for difference in differences
        ],
    )
    ours = sum(difference.decision.reason.is_wanted for difference in differences)
    print(
        f"{counted(ours, 'object')} would be read here and not on AWS, {len(differences) - ours:,} on AWS "
        "and not here"
    )


def _entry(file: Path | None, job: str | None, region: str | None) -> BookmarkEntry:
    if (file is None) == (job is None):
        raise UsageError("say where AWS's bookmark is: --file FILE, or --from-aws JOB")
    return _live(job, region) if job is not None else _read(file or Path("-"))


def _read(file: Path) -> BookmarkEntry:
    """The entry in a file: GetJobBookmark's answer, the entry in it, or the string alone."""
    try:
        text = typer.get_text_stream("stdin").read() if str(file) == "-" else file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from None
    try:
        found: Any = msgspec.json.decode(text)
        entry = found.get("JobBookmarkEntry", found)
        if "JobBookmark" in entry:
            return msgspec.convert(entry, BookmarkEntry)
    except (msgspec.DecodeError, msgspec.ValidationError, AttributeError, TypeError) as error:
        raise UsageError(
            f"{file} is not what aws glue get-job-bookmark --job-name JOB prints: {error}"
        ) from None
    try:
        return aws_string.entry_of(text.strip())
    except UsageError as error:
        raise UsageError(
            f"{file} is not what aws glue get-job-bookmark --job-name JOB prints, and {error}"
        ) from None


def _live(job: str, region: str | None) -> BookmarkEntry:
    try:
        client: Any = botocore.session.Session().create_client("glue", region_name=region)
        answer = client.get_job_bookmark(JobName=job)
        return msgspec.convert(answer["JobBookmarkEntry"], BookmarkEntry)
    except (BotoCoreError, ClientError) as error:
        raise UsageError(f"AWS did not give the bookmark of {job}: {error}") from None
