"""A look at what a bookmark will not see."""

from collections.abc import Iterator

from placekeeper.runtime.look.calls import READER_METHODS, is_on, reads, text
from placekeeper.runtime.look.events import Call, Doings
from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.script import Script, finding
from placekeeper.runtime.look.values import Class, Instance, Member

_JOB = "awsglue.job.Job"
_OF_S3 = frozenset({"get_object", "download_file", "download_fileobj", "select_object_content"})
_PANDAS = frozenset({"pandas", "awswrangler", "polars", "pyarrow.parquet", "pyarrow.csv", "pyarrow.dataset"})


def bookmarks(script: Script) -> Iterator[Finding]:
    """Reads that no bookmark follows, and bookmarks that never move."""
    doings = script.doings
    inits = job_inits(doings)
    commits = [call for call in doings.calls if call.name == "commit" and _is_job(call)]
    first: dict[str, Call] = {}
    for read in reads(doings):
        context = text(read.context)
        if read.context is None or context == "":
            if inits:
                sentence = (
                    "without a transformation_ctx no bookmark follows this source: every run reads all of it"
                )
                yield finding(read.call.place, "untracked-source", sentence, Level.WARNING)
        elif (
            context is not None and (other := first.setdefault(context, read.call)).node is not read.call.node
        ):
            sentence = (
                f"transformation_ctx '{context}' is that of line {other.node.lineno} too: both sources share "
                "one state. Give each its own"
            )
            yield finding(read.call.place, "shared-context", sentence, Level.WARNING)
    yield from _ends(list(first.values()), inits, commits)
    if script.uses("awsglue"):
        yield from _past_glue(doings)


def job_inits(doings: Doings) -> list[Call]:
    """The calls of job.init, without which nothing is bookmarked."""
    return [call for call in doings.calls if call.name == "init" and _is_job(call)]


def _ends(tracked: list[Call], inits: list[Call], commits: list[Call]) -> Iterator[Finding]:
    if tracked and not inits:
        sentence = "job.init(args['JOB_NAME'], args) is never called: no bookmark follows this source"
        yield finding(tracked[0].place, "no-init", sentence, Level.WARNING)
    if inits and not commits:
        sentence = "job.commit() is never called: the bookmark never moves, and every run reads the same"
        yield finding(inits[0].place, "no-commit", sentence, Level.WARNING)


def _is_job(call: Call) -> bool:
    """Whether a method of a Job is called; an object of an unknown kind may be one if it is called so."""
    return is_on(call, _JOB) or (call.owner == "" and "job" in "".join(call.steps[1:2]).lower())


def _past_glue(doings: Doings) -> Iterator[Finding]:
    for call in doings.calls:
        what = _read_past_glue(call)
        if what is not None:
            sentence = (
                f"{what} reads past GlueContext: no bookmark sees it, and every run reads it whole. To read "
                "only what is new, use create_dynamic_frame"
            )
            yield finding(call.place, "untracked-read", sentence, Level.NOTE)


def _read_past_glue(call: Call) -> str | None:
    steps = call.steps
    if steps[:1] and steps[0] in READER_METHODS and "read" in steps[1:] and "write" not in steps:
        return f"spark.read.{steps[0]}"
    match call.callee:
        case Member(owner=Instance(name="boto3.s3"), name=name) if name in _OF_S3:
            return f"boto3's {name}"
        case Class(name=name):
            module, _, function = name.rpartition(".")
            if module.partition(".")[0] in ("pandas", "polars", "awswrangler") or module in _PANDAS:
                return f"{module}.{function}" if function.startswith(("read_", "scan_")) else None
            return None
        case _:
            return None
