"""A look at connection types, formats and options, by the same code that the run asks."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from os import PathLike
from typing import Any, cast

from placekeeper.model.errors import PlacekeeperError
from placekeeper.ports.objects import Objects
from placekeeper.rules.databases.jdbc_urls import login_of
from placekeeper.rules.databases.logins import is_database_type
from placekeeper.rules.databases.options import database_options
from placekeeper.runtime.connectors import files
from placekeeper.runtime.connectors.options import lost_predicates, partition_keys, source_of, target_notes
from placekeeper.runtime.connectors.registry import CONNECTIONS, source_for, target_for
from placekeeper.runtime.formats.notes import format_notes
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.look.calls import Access, reads, text, writes
from placekeeper.runtime.look.events import Call
from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.script import Script, finding, level_of
from placekeeper.runtime.look.surface import class_of
from placekeeper.runtime.look.values import Dict, Known, Value, literal

_SOMEWHERE = "s3://bucket/folder/"
"""Stands for a path that only the run knows."""


def options(script: Script) -> Iterator[Finding]:
    """What a run would refuse of a read or write that is spelled out, and what it would ignore."""
    for access in reads(script.doings):
        yield from _ignored(access.call)
        if not access.is_table:
            yield from _read(access)
    for access in writes(script.doings):
        yield from _ignored(access.call)
        yield from _write(access)
    for call in script.doings.calls:
        if call.owner == "awsglue.data_sink.DataSink" and call.name == "setFormat":
            given = Dict(
                {name: value for name, value in call.keywords.items() if name != "format"}, call.is_whole
            )
            yield from _written(call, call.argument("format", 0), given)


def _read(access: Access) -> Iterator[Finding]:
    call, connection = access.call, text(access.connection_type)
    if connection is None:
        return
    try:
        if source_for(CONNECTIONS, connection) is not files:
            yield from _database(access, connection)
            return
    except PlacekeeperError as error:
        yield _refused(call, "connection-type", error)
        return
    native = FORMATS.is_native(connection)
    format = connection if native else text(access.format)
    if format is None:
        return
    try:
        row = FORMATS.readable(format)
    except PlacekeeperError as error:
        yield _refused(call, "format", error)
        return
    known, is_whole = _known(access.format_options)
    missing = row.required - {
        name for name in row.required for given in known if given.lower() == name.lower()
    }
    if is_whole or not missing:  # what is missing may be among the options that only the run knows
        try:
            FORMATS.reader(format, known)
        except PlacekeeperError as error:
            yield _refused(call, "format", error, is_whole=is_whole)
    yield from _said(call, format_notes(row, known))
    yield from _connection(access, connection, None if native else format)


def _database(access: Access, connection: str) -> Iterator[Finding]:
    """What a read of a database would refuse and ignore, as far as its options are spelled out."""
    if not is_database_type(connection) or not isinstance(access.options, Dict):
        return
    known, is_whole = _known(access.options)
    try:
        found = database_options(known, {})
        if found.login.get("url"):
            login_of(found.login["url"], "the option url")
    except PlacekeeperError as error:
        yield _refused(access.call, "option", error, is_whole=is_whole)
    else:
        yield from _said(access.call, list(found.notes))


def _connection(access: Access, connection: str, format: str | None) -> Iterator[Finding]:
    if not isinstance(access.options, Dict):
        return
    known, is_whole = _known(access.options)
    for name in ("paths", "path"):
        if name in access.options.items and name not in known:
            known[name] = [_SOMEWHERE]
    if not known.keys() & {"paths", "path"}:
        if access.options.is_complete:
            sentence = "the read names no path: give connection_options={'paths': [...]}"
            yield finding(access.call.place, "option", sentence, level_of(is_certain=access.call.is_certain))
        return
    try:
        _, notes = source_of(cast(Objects, _AnyPath()), connection, known, format)
    except PlacekeeperError as error:
        yield _refused(access.call, "option", error, is_whole=is_whole)
    else:
        yield from _said(access.call, [*notes, *lost_predicates(known)])


def _write(access: Access) -> Iterator[Finding]:
    call, connection = access.call, text(access.connection_type)
    if connection is not None:
        try:
            if target_for(CONNECTIONS, connection) is not CONNECTIONS["s3"].target:
                return
        except PlacekeeperError as error:
            yield _refused(call, "connection-type", error)
            return
        if isinstance(access.options, Dict):
            yield from _said(call, target_notes(access.options.items))
    yield from _written(call, access.format, access.format_options)
    if isinstance(access.options, Dict) and isinstance(access.options.items.get("partitionKeys"), Known):
        known, _ = _known(access.options)
        try:
            partition_keys(known)
        except PlacekeeperError as error:
            yield _refused(call, "option", error)


def _written(call: Call, format: Value | None, given: Value | None) -> Iterator[Finding]:
    name = text(format)
    if name is None:
        return
    try:
        row = FORMATS.writable(name)
    except PlacekeeperError as error:
        yield _refused(call, "format", error)
        return
    known, is_whole = _known(given)
    try:
        FORMATS.output(name, known)
    except PlacekeeperError as error:
        yield _refused(call, "format", error, is_whole=is_whole)
    yield from _said(call, format_notes(row, known, writing=True))


def _ignored(call: Call) -> Iterator[Finding]:
    """Misspelt arguments of methods that take any."""
    found = class_of(call.owner)
    member = None if found is None else found.members.get(call.name)
    if member is None or member.node is None or member.node.args.kwarg is None:
        return
    names = [argument.arg for argument in member.node.args.args]
    if call.name in ("getSource", "getSink"):  # their keywords are options
        return
    for name in call.keywords:
        close = get_close_matches(name, names, n=1, cutoff=0.75)
        if name not in names and close:
            sentence = f"{call.name} ignores the argument {name}; did you mean {close[0]}?"
            yield finding(call.place, "unknown-option", sentence, Level.WARNING)


def _known(given: Value | None) -> tuple[dict[str, Any], bool]:
    """The options whose values are spelled out, and whether these are all."""
    if given is None or (isinstance(given, Known) and given.value is None):
        return {}, True
    if not isinstance(given, Dict):
        return {}, False
    values: Mapping[str, tuple[bool, Any]] = {name: literal(value) for name, value in given.items.items()}
    known = {name: value for name, (is_known, value) in values.items() if is_known}
    return known, given.is_complete and len(known) == len(values)


def _refused(call: Call, rule: str, error: PlacekeeperError, *, is_whole: bool = True) -> Finding:
    level = level_of(is_certain=call.is_certain and is_whole)
    return finding(call.place, rule, str(error).rstrip("."), level)


def _said(call: Call, notes: list[str]) -> Iterator[Finding]:
    """What a run would note: a name that nobody knows may be a slip, the rest is worth knowing."""
    for sentence in notes:
        is_slip = sentence.startswith("unknown ")
        level = Level.WARNING if is_slip else Level.NOTE
        yield finding(call.place, "unknown-option" if is_slip else "no-effect", sentence, level)


class _AnyPath:
    """Objects, as far as options ask them."""

    def normalise(self, path: str | PathLike[str]) -> str:
        """The path as it is: no store is asked before the run."""
        return str(path)

    def pattern(self, path: str | PathLike[str]) -> str:
        """As it is written."""
        return str(path)
