"""Writes to tables of databases: rows wait in a staging table, and reach the table when the run publishes.

Source: docs/reference/database-writes.md.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

import pyarrow as pa
from msgspec import Struct
from msgspec.structs import replace
from pyspark.sql import DataFrame

from placekeeper.databases.effects import writing_at
from placekeeper.databases.writing.products import written_product
from placekeeper.model.databases import DatabaseTable, Login
from placekeeper.model.errors import DatabaseFailed, UnsupportedFeature, UsageError
from placekeeper.model.publication import Manifest, RowsWritten, WriteMode
from placekeeper.model.wording import counted, listed, nearest
from placekeeper.ports.databases import DatabaseWriting, StagedWrite, WriteAsked
from placekeeper.rules.databases.actions import apart, refuse_locked, shown, statements
from placekeeper.rules.databases.new_tables import NAMES as NEW_TABLE
from placekeeper.rules.databases.new_tables import NewTable, new_table
from placekeeper.rules.databases.option_names import is_known
from placekeeper.rules.databases.staging_names import run_of, staging_name
from placekeeper.rules.databases.writing_options import BULK, left_out, mode_and_keys, rows_at_once
from placekeeper.runtime.connectors.base import Asked, Run
from placekeeper.runtime.connectors.database_logins import PasswordBy, asked_database
from placekeeper.runtime.sink.rows import load_rows
from placekeeper.runtime.types.spark import from_spark

OWN_OPTIONS: Final = (
    *("mode", "upsertKeys", "preactions", "postactions", "bulkSize", "batchsize"),
    *("redshiftTmpDir", "overwrite", "isolationLevel", "numPartitions", *NEW_TABLE),
)
"""The options that writes have beside those of every use of a database."""

_DECISIVE: Final = ("upsertKeys", "overwrite", "preactions", "postactions")
_DONE: Final = {"append": "appended", "overwrite": "in place of all that were there", "upsert": "merged by"}


class DatabaseDestination(Struct, frozen=True, kw_only=True):
    """A table of a database, and how rows are written to it.

    `password_by` says where the password is, if the script does not say it.
    """

    login: Login
    table: DatabaseTable
    notes: Sequence[str] = ()
    password_by: PasswordBy = PasswordBy()
    mode: WriteMode = "append"
    keys: tuple[str, ...] = ()
    preactions: tuple[str, ...] = ()
    postactions: tuple[str, ...] = ()
    rows_at_once: int = BULK
    new: NewTable = NewTable()

    @property
    def uri(self) -> str:
        """Database and table."""
        return f"{self.login.place}/{self.table.full}"

    @property
    def staging(self) -> str:
        """See registry.StagesInPlace."""
        return self.table.schema

    def told(self, effects: Manifest, /) -> str:
        """What becomes of the rows, and whether the table is made."""
        for effect in effects:
            if isinstance(effect, RowsWritten):
                done = _DONE[effect.mode] + (f" ({', '.join(effect.keys)})" if effect.keys else "")
                made = f", which is made{' anew' if effect.anew else ''}" if effect.made else ""
                return f"table {effect.table.full}{made}: {counted(effect.rows, 'row')} {done}"
        return f"table {self.table.full}: nothing to write"


class DatabaseTarget:
    """The target of databases. `writing` opens what writes to one."""

    def __init__(self, writing: Callable[[Login], DatabaseWriting] = writing_at) -> None:
        self._writing = writing

    def discover(self, run: Run, asked: Asked) -> DatabaseDestination:
        """The table that a script names.

        Raises UsageError, UnsupportedFeature, and EntityNotFoundException for the connection.
        """
        found = asked_database(run, asked, OWN_OPTIONS)
        if found.relation is None:
            raise UnsupportedFeature("a query is read and not written: name a table by the option dbtable")
        options = {name.lower(): value for name, value in asked.options.items()}
        _refuse_slips(asked.options)
        mode, keys = mode_and_keys(options)
        if mode == "upsert" and found.login.product == "redshift":
            raise UnsupportedFeature(
                "mode upsert is not there for Redshift, whose MERGE takes no part of a staging table. Append "
                "to a table of your own, and merge that by postactions"
            )
        new = new_table(options, found.login.product)
        before = statements("preactions", options.get("preactions"), found.login.product)
        after = statements("postactions", options.get("postactions"), found.login.product)
        return DatabaseDestination(
            login=found.login,
            table=found.relation,
            notes=[*found.notes, *left_out(options), *_outside(found.login, before, after)],
            password_by=found.password_by,
            mode=mode,
            keys=keys,
            preactions=before,
            postactions=after,
            rows_at_once=rows_at_once(options),
            new=new if mode == "overwrite" and not before and not after else replace(new, replaces=False),
        )

    def stage(
        self,
        run: Run,
        destination: DatabaseDestination,
        rows: DataFrame,
        *,
        number: int,  # noqa: ARG002 - names are of chance
        immediate: bool,
    ) -> Manifest:
        """Put rows into a staging table of the database.

        Raises UsageError for columns that the table does not take, ValueUnwritable for a value, and
        DatabaseFailed; the staging table is dropped then.
        """
        writing, effect_id = self._writing(destination.login), uuid4().hex
        if immediate:
            read = run.read_of(destination.login.place)
            refuse_locked((*destination.preactions, *destination.postactions), read)
        _drop_left(run, writing, destination)
        effect = RowsWritten(
            id=effect_id,
            run_id=run.run_id,
            login=destination.login,
            connection=destination.password_by.connection,
            secret=destination.password_by.secret,
            own=destination.password_by.own,
            table=destination.table,
            staging=staging_name(run.run_id, effect_id),
            mode=destination.mode,
            preactions=destination.preactions,
            postactions=destination.postactions,
            table_options=destination.new.options,
            at_once=immediate,
        )
        begun = writing.begin(_asked(run, destination, rows, effect))
        is_staged = False
        try:
            if begun.anew and immediate:
                refuse_locked([f"DROP TABLE {begun.table.full}"], read)
            effect = _loaded(run, destination, rows, begun, effect)
            is_staged = True
        finally:
            if not is_staged:
                _drop_quietly(run, begun, destination)
        return (effect,)


def _asked(run: Run, destination: DatabaseDestination, rows: DataFrame, effect: RowsWritten) -> WriteAsked:
    fields = [pa.field(field.name, from_spark(field.dataType)) for field in rows.schema.fields]
    return WriteAsked(
        table=destination.table,
        schema=pa.schema(fields),
        staging=effect.staging,
        mode=destination.mode,
        keys=destination.keys if fields else (),
        rows_at_once=destination.rows_at_once,
        may_change=bool(destination.preactions),
        waiting=tuple(run.rows_waiting(destination.login.place)),
        new=destination.new,
    )


def _loaded(
    run: Run, destination: DatabaseDestination, rows: DataFrame, begun: StagedWrite, effect: RowsWritten
) -> RowsWritten:
    for note in begun.notes:
        run.note(f"{destination.uri}: {note}")
    loaded = (
        load_rows(rows, begun.loader, checkpoint=run.checkpoint, in_order=run.engine.in_order)
        if rows.columns
        else ()
    )
    attempts = tuple(one.attempt for one in loaded)
    begun.check(attempts)
    return replace(
        effect,
        table=begun.table,
        columns=begun.columns,
        keys=begun.keys,
        made=begun.made,
        anew=begun.anew,
        attempts=attempts,
        rows=sum(one.rows for one in loaded),
    )


def _drop_left(run: Run, writing: DatabaseWriting, destination: DatabaseDestination) -> None:
    """Drop the staging tables of runs that have ended, and say so."""
    schema = destination.table.schema
    runs = {name: run_of(name) or "" for name in writing.staging_tables(schema)}
    if not runs:
        return
    ended = set(run.client.ended_runs(sorted(set(runs.values()))))
    left = sorted(name for name, beginning in runs.items() if beginning in ended)
    dropped, place = [], destination.login.place
    for name in left:
        try:
            writing.drop_tables(schema, [name])
            dropped.append(name)
        except DatabaseFailed as error:  # another user's: no reason not to write
            run.note(f"{place}: the staging table {name} of a run that has ended stays: {error}")
    if dropped:
        run.note(
            f"{place}: dropped {counted(len(dropped), 'staging table')} that ended runs had left: "
            f"{listed(dropped)}"
        )


def _drop_quietly(run: Run, begun: StagedWrite, destination: DatabaseDestination) -> None:
    try:
        begun.drop()
    except DatabaseFailed as error:  # what comes next says why the write failed
        run.note(f"{destination.uri}: a staging table is left, which a later write drops: {error}")


def _refuse_slips(options: Mapping[str, Any]) -> None:
    """Raises UsageError for what is almost an option that changes which rows there are afterwards."""
    own = {name.lower() for name in OWN_OPTIONS}
    for name in options:
        if name.lower() not in own and not is_known(name) and (meant := nearest(name, _DECISIVE)):
            raise UsageError(f"a write to a database has no option '{name}': did you mean '{meant}'?")


def _outside(login: Login, before: Sequence[str], after: Sequence[str]) -> list[str]:
    """What is to be known of statements that cannot be in the transaction of the rows."""
    product = written_product(login.product)
    ahead, _, _, behind = apart(before, after, ddl=product.ddl_commits, truncate=product.truncate_commits)
    why = f"{login.product} commits at such statements"
    return [
        *(f"{shown(one)} is done before the rows' transaction, since {why}" for one in ahead),
        *(f"{shown(one)} is done after the rows' transaction, since {why}" for one in behind),
    ]
