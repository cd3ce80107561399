"""Commits to Delta tables: a version that adds files that are there already, recognised by its `txn`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

import pyarrow.parquet as pq
from deltalake import CommitProperties, Transaction
from deltalake.exceptions import DeltaError, SchemaMismatchError
from deltalake.transaction import AddAction, RemoveAction

from placekeeper.lake.delta import DeltaLakeTable, open_table
from placekeeper.lake.delta_errors import in_short, may_pass
from placekeeper.lake.taken_back import NoTable, changed_since, rewritten_since
from placekeeper.model.errors import ListingFailed, NotTakenBack, PublishFailed, UnsupportedFeature
from placekeeper.model.publication import SnapshotAdded
from placekeeper.ports.objects import Objects, Staging

_PREFIX: Final = "placekeeper."
_NULL: Final = "__HIVE_DEFAULT_PARTITION__"


class DeltaCommits:
    """Implements ports.lake.LakeCommits for Delta: the table's log decides, the catalog stays as it is."""

    def __init__(self, objects: Objects, _staging: Staging) -> None:
        self._objects = objects

    def added(self, effect: SnapshotAdded, spec: Mapping[str, Any]) -> dict[str, Any] | None:
        """See ports.lake.LakeCommits."""
        name = f"{effect.database}.{effect.table}"
        try:
            table = open_table(name, spec, self._objects)
            if table.history.table_id != effect.table_id:
                raise PublishFailed(
                    f"the table {name} was dropped and made anew while the run went on. Run again"
                )
            if table.table.transaction_version(_PREFIX + effect.id) is None:
                adding = [self._action(table, path) for path in effect.files]
                actions: list[AddAction | RemoveAction] = [*self._removing(table, effect), *adding]
                _commit(table, actions, _PREFIX + effect.id, effect, overwrites=effect.overwrites)
        except UnsupportedFeature as error:
            raise PublishFailed(str(error)) from error
        except ListingFailed as error:
            raise OSError(str(error)) from error
        except (SchemaMismatchError, ValueError) as error:
            raise PublishFailed(f"the table {name} does not take the files: {error}") from error
        except DeltaError as error:
            said = f"the commit to the Delta table {name} failed: {in_short(error)}"
            raise OSError(said) if may_pass(error) else PublishFailed(said) from error
        return None

    def taken_back(self, effect: SnapshotAdded, spec: Mapping[str, Any]) -> dict[str, Any] | None:
        """See ports.lake.LakeCommits: another version takes the files out, and puts back what was removed.

        That is only done if all of its files are still in the table.
        """
        name, id = f"{effect.database}.{effect.table}", _PREFIX + effect.id
        try:
            table = open_table(name, spec, self._objects)
            done, undone = (table.table.transaction_version(one) for one in (id, f"{id}.taken-back"))
            if done is None or undone is not None or table.history.table_id != effect.table_id:
                return None
            actions = self._undoing(table, effect, id)
            _commit(table, actions, f"{id}.taken-back", effect, overwrites=False)
        except NoTable:
            return None
        except UnsupportedFeature as error:
            raise NotTakenBack(str(error)) from error
        except ListingFailed as error:
            raise OSError(str(error)) from error
        except DeltaError as error:
            said = f"the commit to the Delta table {name} could not be taken back: {in_short(error)}"
            raise OSError(said) if may_pass(error) else NotTakenBack(said) from error
        return None

    def _undoing(
        self, table: DeltaLakeTable, effect: SnapshotAdded, id: str
    ) -> list[AddAction | RemoveAction]:
        """What takes an effect back, if all of its files are still in the table. Raises NotTakenBack."""
        live = {file.path for file in table.files(table.table.version())}
        removed: list[AddAction] | None = []
        if effect.overwrites or effect.removed:
            removed = self._removed_by(table, effect, id)
        if not live.issuperset(effect.files) or removed is None:
            raise NotTakenBack(rewritten_since(effect))
        ours = (RemoveAction(_relative(table, path), True, self._modified_ms(path)) for path in effect.files)
        return [*ours, *removed]

    def _removing(self, table: DeltaLakeTable, effect: SnapshotAdded) -> list[RemoveAction]:
        """What takes out the files that an effect replaces. Raises PublishFailed if others came between."""
        if effect.is_alone:
            since = range(-1 if effect.base is None else effect.base, table.table.version())
            if any(action.changes_rows for version in since for action in table.actions(version + 1)):
                raise PublishFailed(changed_since(effect))
        if not effect.removed:
            return []
        live = {file.path: file for file in table.files(table.table.version())}
        if not live.keys() >= set(effect.removed):
            raise PublishFailed(changed_since(effect))
        return [
            RemoveAction(
                _relative(table, path),
                True,
                self._modified_ms(path),
                size=live[path].size,
                partition_values=json.loads(live[path].handle),
            )
            for path in effect.removed
        ]

    def _action(self, table: DeltaLakeTable, path: str) -> AddAction:
        meta = self._objects.stat(path)
        if meta is None:
            raise FileNotFoundError(f"{path} is not there")
        with self._objects.open(meta) as file:
            rows = pq.read_metadata(file).num_rows
        relative = _relative(table, path)
        return AddAction(
            relative,
            meta.size,
            dict(_partition(relative)),
            meta.last_modified_ms,
            True,
            json.dumps({"numRecords": rows}),
        )

    def _removed_by(self, table: DeltaLakeTable, effect: SnapshotAdded, id: str) -> list[AddAction] | None:
        """The files that an overwrite has removed, to be added again; None if that is not right any more.

        It is not if the table does not know them, if they are deleted, or if an overwrite by no files was
        followed by others that have changed rows.
        """
        for commit in reversed(table.history.commits):
            actions = [one for one in table.actions(commit.id) if not one.adds and one.changes_rows]
            if not _is_of(table.log(commit.id), id):
                if actions and not effect.files:
                    return None
                continue
            added = []
            for one in actions:
                path = unquote(one.path)
                meta = self._objects.stat(f"{table.uri}/{path}")
                if meta is None:
                    return None
                partition = dict(one.partition)
                added.append(AddAction(path, meta.size, partition, meta.last_modified_ms, True, "{}"))
            return added
        return None

    def _modified_ms(self, path: str) -> int:
        meta = self._objects.stat(path)
        return 0 if meta is None else meta.last_modified_ms


def _is_of(log: str, id: str) -> bool:
    """Whether a version is that of a transaction."""
    return any((json.loads(line).get("txn") or {}).get("appId") == id for line in log.splitlines())


def _commit(
    table: DeltaLakeTable,
    actions: Sequence[AddAction | RemoveAction],
    id: str,
    effect: SnapshotAdded,
    *,
    overwrites: bool,
) -> None:
    properties = CommitProperties(
        custom_metadata={"placekeeper.run-id": effect.run_id},
        app_transactions=[Transaction(id, 1)],
        max_commit_retries=0 if effect.is_alone else None,  # a version of others is looked at again
    )
    table.table.create_write_transaction(
        list(actions),
        "overwrite" if overwrites else "append",
        table.table.schema(),
        list(table.table.metadata().partition_columns) or None,
        commit_properties=properties,
    )


def _relative(table: DeltaLakeTable, path: str) -> str:
    return path.removeprefix(f"{table.uri}/")


def _partition(relative: str) -> Iterable[tuple[str, str | None]]:
    """The values in the folders `key=value` of a path."""
    for folder in relative.split("/")[:-1]:
        key, _, value = folder.partition("=")
        yield unquote(key), None if value == _NULL else unquote(value)
