"""A look at output that is looked at before it is visible: between its write and job.commit."""

import ast
import re
from collections.abc import Iterator

from placekeeper.runtime.formats.registry import frame_format
from placekeeper.runtime.look.calls import READER_METHODS, WRITER_METHODS, Access, reads, writes
from placekeeper.runtime.look.events import Call
from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.script import Script, finding
from placekeeper.runtime.look.values import Class, Dict, Instance, Known, Member, Value, shown, template

_ADVICE = "it becomes visible with job.commit(). Do this after it, or run with --output-visibility immediate"
_OF_FILES = frozenset(
    {
        *("os.listdir", "os.scandir", "os.walk", "os.rename", "os.replace", "os.remove", "os.path.exists"),
        *("os.path.getsize", "shutil.move", "shutil.copy", "shutil.copytree", "shutil.rmtree", "glob.glob"),
        *("builtins.open", "pathlib.Path", "os.path.isdir", "os.path.isfile", "shutil.copyfile"),
    }
)
_ANY_BUCKET = "{}"
_PANDAS = ("pandas.read_", "awswrangler.s3.", "polars.read_", "pyarrow.parquet.read_")
_OF_S3 = frozenset(
    {
        *(
            "list_objects",
            "list_objects_v2",
            "get_object",
            "head_object",
            "copy_object",
            "copy",
            "download_file",
        ),
        *("delete_object", "get_paginator", "paginate", "download_fileobj", "get_object_attributes"),
    }
)

_READERS_ELSEWHERE = {
    "start_crawler": "the crawler",
    "start_query_execution": "the query",
    "execute_statement": "the statement",
}


def read_back(script: Script) -> Iterator[Finding]:
    """Reads, listings, renames and crawlers on what the script wrote and has not committed."""
    doings = script.doings
    read_by = {access.call: access for access in reads(doings)}
    written_by = {access.call: access for access in writes(doings)}
    written: dict[str, int] = {}
    for call in doings.calls:
        if call.after_commit:
            break
        if call in written_by or _is_spark_write(call):
            for path in _paths(written_by[call]) if call in written_by else _spark_paths(call):
                written.setdefault(path, call.node.lineno)
        elif written:
            yield from _looked_at(call, read_by.get(call), written)


def _looked_at(call: Call, read: Access | None, written: dict[str, int]) -> Iterator[Finding]:
    if call.name in _READERS_ELSEWHERE and call.name in call.steps:
        who = _READERS_ELSEWHERE[call.name]
        sentence = f"{who} does not see the output of line {min(written.values())} yet: {_ADVICE}"
        yield finding(call.place, "output-not-visible", sentence, Level.WARNING)
        return
    for path in _paths(read) if read is not None else _named(call):
        found = next((one for one in written if _overlap(path, one)), None)
        if found is not None:
            sentence = f"{shown(found)} was written in line {written[found]}, and {_ADVICE}"
            yield finding(call.place, "output-not-visible", sentence, Level.WARNING)
            return


def _paths(access: Access) -> list[str]:
    return [path for one in access.paths if (path := template(one)) is not None]


def _is_spark_write(call: Call) -> bool:
    if not call.steps or call.steps[0] not in WRITER_METHODS or "write" not in call.steps[1:]:
        return False
    named = _format_of(call) if call.steps[0] == "save" else call.steps[0]
    return named is None or frame_format(named) is not None


def _format_of(call: Call) -> str | None:
    """The format that a chain `df.write.format(…).save(…)` names in a literal; None if it is not known."""
    said = call.keywords.get("format")
    if isinstance(said, Known):
        return str(said.value)
    for node in ast.walk(call.node.func):
        match node:
            case ast.Call(func=ast.Attribute(attr="format"), args=[ast.Constant(value=str(name)), *_]):
                return name
    return None


def _spark_paths(call: Call) -> list[str]:
    path = call.argument("path", 0)
    known = None if path is None else template(path)
    return [] if known is None or call.steps[0] in ("saveAsTable", "insertInto") else [known]


def _named(call: Call) -> list[str]:
    """The paths that a call of another library names."""
    steps = call.steps
    if steps and steps[0] in READER_METHODS and "read" in steps[1:]:
        return _texts(call.argument("path", 0))
    if (copied := _copied(call)) is not None:
        return copied
    if steps[:2] in (("filter", "objects"), ("all", "objects")):
        return [f"s3://{_ANY_BUCKET}/{text}" for text in _texts(call.argument("Prefix") or Known(""))]
    if steps[:1] == ("paginate",) and "Bucket" in call.keywords:
        return _s3(call)
    match call.callee:
        case Class(name=name) if name in _OF_FILES or name.startswith(_PANDAS):
            return _texts(*call.positional[:2])
        case Member(owner=Instance(name="boto3.s3"), name=name) if name in _OF_S3:
            return _s3(call)
        case _:
            return []


def _s3(call: Call) -> list[str]:
    bucket, key = call.argument("Bucket", 0), call.argument("Key") or call.argument("Prefix") or Known("")
    parts = None if bucket is None else template(bucket), template(key)
    return [] if None in parts else [f"s3://{parts[0]}/{parts[1]}"]


def _copied(call: Call) -> list[str] | None:
    """What a call of boto3 copies; None for one that copies nothing."""
    first = call.positional[0] if call.positional and call.name == "copy" else None
    match call.keywords.get("CopySource", first):
        case Dict(items={"Bucket": bucket, "Key": key}):
            parts = _texts(bucket), _texts(key)
            return [f"s3://{parts[0][0]}/{parts[1][0]}"] if all(parts) else []
        case Known(value=str(text)):
            return [f"s3://{text.lstrip('/')}"]
        case _:
            return None


def _texts(*values: Value | None) -> list[str]:
    return [path for value in values if value is not None and (path := template(value)) is not None]


def _overlap(one: str, other: str) -> bool:
    """Whether one path is below the other."""
    first, second = (_plain(path) for path in (one, other))
    if first.startswith(f"s3://{_ANY_BUCKET}/"):
        first, second = (re.sub("^s3://[^/]*/", "s3:", path) for path in (first, second))
        first = first.rstrip("/")  # a prefix need not end with a name
    return bool(first and second) and (first.startswith(second) or second.startswith(first))


def _plain(path: str) -> str:
    """A path to compare: one spelling for S3, and an end."""
    for scheme in ("s3a://", "s3n://"):
        path = path.replace(scheme, "s3://", 1)
    return path.rstrip("*").rstrip("/") + "/"
