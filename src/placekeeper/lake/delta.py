"""Delta tables: deltalake reads their state, and the rows come from their Parquet files through our stores.

Source: the protocol of Delta Lake, by which a commit is a file of actions in `_delta_log`.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from placekeeper.lake.delta_errors import in_short, may_pass
from placekeeper.lake.delta_partitions import partition_text, partition_value
from placekeeper.lake.taken_back import NoTable
from placekeeper.model.errors import RecordUnreadable, SnapshotsForgotten, UnsupportedFeature
from placekeeper.model.lake import LakeFile, TableCommit, TableHistory
from placekeeper.model.objects import ObjectMeta
from placekeeper.ports.lake import Layout, Writing
from placekeeper.ports.objects import Objects

_PLACEHOLDER: Final = "-__PLACEHOLDER__"
_LOG: Final = re.compile(r"/_delta_log/(\d{20})\.json$")
_BATCH_ROWS: Final = 65_536
_READS: Final = frozenset({"timestampNtz", "vacuumProtocolCheck"})
"""Features of tables that need nothing of a reader of ours."""

_WRITES: Final = frozenset({"appendOnly", "invariants", "timestampNtz", "vacuumProtocolCheck"})
_NEWEST_READER, _NEWEST_WRITER = 1, 2
"""Versions of the protocol without column mapping; above, features count."""


class Action(NamedTuple):
    """One file that a commit has added or removed."""

    adds: bool
    path: str
    changes_rows: bool
    size: int
    partition: Mapping[str, str | None]
    has_deletes: bool


class DeltaFormat:
    """Implements ports.lake.LakeFormat."""

    def open(self, name: str, spec: Mapping[str, Any], objects: Objects) -> "DeltaLakeTable":
        """See ports.lake.LakeFormat."""
        return open_table(name, spec, objects)


def open_table(name: str, spec: Mapping[str, Any], objects: Objects) -> "DeltaLakeTable":
    """The newest version of a table.

    Raises NoTable, UnsupportedFeature for a log that cannot be read, OSError if the store does not answer.
    """
    storage = spec.get("StorageDescriptor") or {}
    by_spark = ((storage.get("SerdeInfo") or {}).get("Parameters") or {}).get("path")
    location = by_spark or storage.get("Location")
    if not location or str(location).endswith(_PLACEHOLDER):
        raise NoTable(f"the table {name} is a Delta table without a location: add it (UpdateTable)")
    uri = objects.normalise(str(location)).rstrip("/")
    options = {"allow_http": "true"} if uri.startswith("s3://") else None
    try:
        table = DeltaTable(uri, storage_options=options)
    except TableNotFoundError as error:
        raise NoTable(
            f"the table {name} is a Delta table, and there is none at {uri}. Correct its location"
        ) from error
    except DeltaError as error:
        said = f"the Delta table {name} at {uri} cannot be opened: {in_short(error)}"
        raise OSError(said) if may_pass(error) else UnsupportedFeature(said) from error
    return DeltaLakeTable(name, uri, table, objects)


@dataclass(frozen=True)
class DeltaLakeTable:
    """Implements ports.lake.LakeTable."""

    name: str
    uri: str
    table: DeltaTable
    objects: Objects

    @property
    def location(self) -> str:
        """See ports.lake.LakeTable."""
        return self.uri

    @cached_property
    def history(self) -> TableHistory:
        """See ports.lake.LakeTable. Every version may add rows: `files_added` looks which do."""
        current = self.table.version()
        known = sorted(number for number in self._logged() if number <= current)
        return TableHistory(
            table_id=str(self.table.metadata().id),
            current=current,
            commits=tuple(TableCommit(id=one, parent=one - 1 if one else None, adds=True) for one in known),
        )

    @property
    def schema(self) -> pa.Schema:
        """See ports.lake.LakeTable."""
        return pa.schema(self.table.schema().to_arrow())

    @property
    def reader(self) -> "DeltaReader":
        """See ports.lake.LakeTable. Raises UnsupportedFeature for features that need another reader."""
        self._check("read", self.table.protocol().min_reader_version, _NEWEST_READER, _READS)
        return DeltaReader(self.schema, self.objects)

    @property
    def layout(self) -> Layout:
        """See ports.lake.LakeTable."""
        metadata = self.table.metadata()
        partitions = tuple(f"{name} identity" for name in metadata.partition_columns)
        return Layout(partitions, dict(metadata.configuration))

    @property
    def writing(self) -> Writing:
        """See ports.lake.LakeTable."""
        self._check("written", self.table.protocol().min_writer_version, _NEWEST_WRITER, _WRITES)
        for field in self.table.schema().fields:
            if "delta.invariants" in field.metadata:
                raise UnsupportedFeature(
                    f"the Delta table {self.name} has an invariant on {field.name}, which is not checked "
                    "here. Write it with deltalake in the script"
                )
        keys = tuple(self.table.metadata().partition_columns)
        appends_only = self.table.metadata().configuration.get("delta.appendOnly", "").lower() == "true"
        return Writing(self.schema, f"{self.uri}/", "snappy", None, keys, appends_only)

    def files(self, at: int) -> Sequence[LakeFile]:
        """See ports.lake.LakeTable."""
        table = self.table
        if at != table.version():
            options = {"allow_http": "true"} if self.uri.startswith("s3://") else None
            table = DeltaTable(self.uri, version=at, storage_options=options)
        rows = pa.table(table.get_add_actions()).to_pylist()
        partitions = [{k: partition_text(v) for k, v in (row.get("partition") or {}).items()} for row in rows]
        files = [
            self._file(row["path"], row["size_bytes"], partition)
            for row, partition in zip(rows, partitions, strict=True)
        ]
        if at != self.table.version():
            live = {file.path for file in self.files(self.table.version())}
            self._check_there((file.path for file in files if file.path not in live), at)
        return sorted(files, key=lambda file: file.path)

    def files_added(self, commits: Sequence[int], at: int) -> Sequence[LakeFile]:
        """See ports.lake.LakeTable. Files that were only moved (OPTIMIZE) change no rows."""
        added: dict[str, LakeFile] = {}
        removed: set[str] = set()
        for version in range(min(commits, default=at + 1), self.table.version() + 1):
            actions = list(self.actions(version))
            removed |= {one.path for one in actions if not one.adds}
            rewritten = any(not one.adds and one.changes_rows for one in actions)
            for one in actions if version <= at else ():
                if not one.changes_rows:
                    continue
                if not one.adds:
                    added.pop(one.path, None)
                elif version in commits:
                    if one.has_deletes:
                        raise UnsupportedFeature(_deletion_vectors(self.name))
                    added[one.path] = self._file(one.path, one.size, one.partition, version, rewritten)
        self._check_there((file.path for path, file in added.items() if path in removed), at)
        return sorted(added.values(), key=lambda file: file.path)

    def _check_there(self, paths: Iterable[str], version: int) -> None:
        """Raises SnapshotsForgotten if files that were removed from the table are deleted by now (VACUUM)."""
        for path in paths:
            if self.objects.stat(path) is None:
                raise SnapshotsForgotten(self.name, version, path)

    def actions(self, version: int) -> Iterator[Action]:
        """What a version has done to files. Raises FileNotFoundError where its log is gone."""
        for line in self.log(version).splitlines():
            action = json.loads(line)
            for kind in ("add", "remove"):
                if one := action.get(kind):
                    yield Action(
                        kind == "add",
                        one["path"],
                        bool(one.get("dataChange", True)),
                        int(one.get("size") or 0),
                        one.get("partitionValues") or {},
                        bool(one.get("deletionVector")),
                    )

    def log(self, version: int) -> str:
        """The actions of a version, one JSON to a line. Raises FileNotFoundError."""
        path = f"{self.uri}/_delta_log/{version:020d}.json"
        meta = self.objects.stat(path)
        if meta is None:
            raise FileNotFoundError(f"{path} is not there")
        with self.objects.open(meta) as file:
            return file.read().decode()

    def _logged(self) -> Iterator[int]:
        for batch in self.objects.unsorted(f"{self.uri}/_delta_log/"):
            for path in batch.column("path").to_pylist():
                if found := _LOG.search(path):
                    yield int(found[1])

    def _file(
        self,
        path: str,
        size: int,
        partition: Mapping[str, str | None],
        commit: int | None = None,
        rewritten: bool = False,
    ) -> LakeFile:
        plain = unquote(path)
        return LakeFile(
            path=plain if "://" in plain else f"{self.uri}/{plain}",
            size=size,
            handle=json.dumps(dict(partition)).encode(),
            commit=commit,
            rewritten=rewritten,
        )

    def _check(self, what: str, version: int, newest: int, known: frozenset[str]) -> None:
        protocol = self.table.protocol()
        features = set(protocol.reader_features or ())
        if what == "written":
            features |= set(protocol.writer_features or ())
        if odd := sorted(str(one) for one in features if str(one) not in known):
            raise UnsupportedFeature(
                f"the Delta table {self.name} is not {what} here: it uses {', '.join(odd)}. Use deltalake in "
                "the script, or drop the feature from the table (ALTER TABLE … DROP FEATURE)"
            )
        if version > newest and not features:
            raise UnsupportedFeature(
                f"the Delta table {self.name} is not {what} here: it has version {version} of the protocol, "
                f"and {newest} is the newest that is. Use deltalake in the script"
            )


@dataclass(frozen=True)
class DeltaReader:
    """Implements ports.lake.LakeReader."""

    schema: pa.Schema
    objects: Objects

    def read(self, file: LakeFile) -> Iterator[pa.RecordBatch]:
        """See ports.lake.LakeReader."""
        partition = json.loads(file.handle)
        meta = ObjectMeta(path=file.path, last_modified_ms=0, size=file.size)
        try:
            with self.objects.open(meta) as opened:
                parquet = pq.ParquetFile(opened)
                names = [name for name in self.schema.names if name in set(parquet.schema_arrow.names)]
                for batch in parquet.iter_batches(_BATCH_ROWS, columns=names, use_threads=False):
                    yield self._whole(batch, partition)
        except (pa.ArrowException, ValueError) as error:
            raise RecordUnreadable(file.path, "data file of a Delta table", str(error)) from error

    def _whole(self, batch: pa.RecordBatch, partition: Mapping[str, str | None]) -> pa.RecordBatch:
        arrays = []
        for field in self.schema:
            if field.name in partition:
                value = partition_value(partition[field.name], field.type)
                arrays.append(pa.repeat(value, batch.num_rows))
            elif field.name in batch.schema.names:
                arrays.append(batch.column(field.name))
            else:
                arrays.append(pa.nulls(batch.num_rows, field.type))
        return pa.RecordBatch.from_arrays(arrays, self.schema.names)


def _deletion_vectors(name: str) -> str:
    return f"the Delta table {name} has deletion vectors, which are not read here. Purge them (REORG TABLE)"
