"""Statements about partitions of tables: ADD PARTITION, DROP PARTITION, MSCK REPAIR TABLE.

Source: docs/reference/sql.md#statements-that-change-the-catalog.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from pyspark.errors import AnalysisException

from placekeeper.model.catalog import TablePartition, TableRef, key_types
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.publication import NewPartition, PartitionsAdded
from placekeeper.model.wording import counted
from placekeeper.rules.catalog.partition_values import NULL_VALUE, value_of
from placekeeper.rules.catalog.schema_changes import partition_spec
from placekeeper.rules.catalog.spellings import typed_values
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.purging import objects_under
from placekeeper.runtime.run.sql.names import Name
from placekeeper.runtime.run.sql.places import has_values, place_of
from placekeeper.runtime.run.waiting_effects import files_of
from placekeeper.runtime.sink.hive import folder, spelled_values
from placekeeper.runtime.sql.alterations import AddPartitions, DropPartitions, Repair

_MOST_CREATED, _MOST_DELETED = 100, 25
"""How many partitions one request of the Glue API takes."""


class PartitionStatements:
    """Registers partitions and takes them out of the catalog, at once."""

    def __init__(self, context: RunContext, output: Output) -> None:
        self._context = context
        self._output = output

    def add(self, name: Name, spec: dict[str, Any], said: AddPartitions) -> None:
        """ALTER TABLE … ADD PARTITION. Raises AnalysisException for one that is there."""
        types = {key.lower(): type for key, type in key_types(spec)}
        keys = list(types)
        root = _location(spec)
        partitions = self._there(name)
        there = {one.values for one in partitions}
        known_as = {typed_values(one.values, list(types.values())): one.values for one in partitions}
        taken = {self._place(one): one.values for one in partitions}
        wanted: dict[tuple[str, ...], str] = {}
        for one in said.partitions:
            values = tuple(_all_values(name, keys, one.values))
            _check_values(name, types, values)
            place = one.location or f"{root}{_folder(keys, values)}"
            known = known_as.setdefault(typed_values(values, list(types.values())), values)
            if known in there and not said.may_exist:
                _refuse_known(name, [known])
            if known == values:
                self._check_free(name, place, values, taken)
                wanted[values] = place
        faster = self._register(name, spec, wanted)
        if not said.may_exist:
            _refuse_known(name, faster)  # another run has been faster

    def _check_free(
        self,
        name: Name,
        place: str,
        values: tuple[str, ...],
        taken: dict[str, tuple[str, ...]],
    ) -> None:
        """Take a folder for a partition. Raises AnalysisException for one that another has."""
        other = taken.setdefault(self._context.objects.literal(place).rstrip("/") + "/", values)
        if other != values:
            raise AnalysisException(
                f"[LOCATION_ALREADY_EXISTS] {place} is the folder of the partition {list(other)} of "
                f"{'.'.join(name)}: its rows would be those of two partitions. Choose another LOCATION."
            )

    def drop(self, name: Name, spec: dict[str, Any], said: DropPartitions) -> None:
        """ALTER TABLE … DROP PARTITION. Raises AnalysisException for one that is not there."""
        keys = [key.lower() for key, _ in key_types(spec)]
        there = self._there(name)
        dropped: list[tuple[str, ...]] = []
        for wanted in said.partitions:
            _check_keys(name, keys, wanted)
            meant = [one.values for one in there if has_values(one.values, key_types(spec), wanted)]
            if not meant and not said.may_lack:
                raise AnalysisException(
                    f"[PARTITIONS_NOT_FOUND] {'.'.join(name)} has no partition {wanted}. Say IF "
                    "EXISTS to go on."
                )
            dropped += [values for values in meant if values not in dropped]
        self._take_out(name, dropped)
        self._context.note(
            f"ALTER TABLE {'.'.join(name)} DROP PARTITION: {counted(len(dropped), 'partition')} taken "
            "out of the catalog; the files stay"
        )

    def _there(self, name: Name) -> Sequence[TablePartition]:
        return self._context.client.table(TableRef(database=name[0], name=name[1])).partitions or ()

    def repair(self, name: Name, spec: dict[str, Any], said: Repair) -> None:
        """MSCK REPAIR TABLE: register the `key=value` folders that have objects and are no partitions yet.

        What this run has staged counts, and is registered with the commit. DROP and SYNC: partitions under
        the table's folder that have no objects are taken out.
        """
        keys = [key.lower() for key, _ in key_types(spec)]
        if not keys:
            raise AnalysisException(f"[NOT_A_PARTITIONED_TABLE] {'.'.join(name)} is not partitioned.")
        root = self._context.objects.literal(_location(spec)).rstrip("/") + "/"
        there = self._there(name)
        paths = [*(meta.path for meta in objects_under(self._context, [root])), *self._staged(root)]
        known = {one.values for one in there}
        places = {one.values: self._place(one) for one in there}
        taken = frozenset(places.values())
        new = {
            values: place
            for values, place in sorted(_partition_folders(paths, root, keys))
            if values not in known and place not in taken
        }
        filled = _Filled(paths)
        gone = [
            values for values, place in places.items() if place.startswith(root) and not filled.has(place)
        ]
        if said.adds:
            self._register(name, spec, new)
        if said.drops:
            self._take_out(name, gone)
        self._context.note(
            f"MSCK REPAIR TABLE {'.'.join(name)}: {counted(len(new) if said.adds else 0, 'new partition')}, "
            f"{len(gone) if said.drops else 0:,} taken out, {len(known):,} known before"
        )

    def _place(self, partition: TablePartition) -> str:
        """The folder of a partition; nothing where that is no place of ours."""
        try:
            return place_of(self._context, partition)
        except UnsupportedFeature:
            return ""

    def _staged(self, folder: str) -> list[str]:
        """What this run has staged in a folder, and nobody can see yet."""
        files = files_of(self._output.manifest)
        return [file.path for file in files if not file.is_visible and file.path.startswith(folder)]

    def _register(
        self, name: Name, spec: dict[str, Any], wanted: Mapping[tuple[str, ...], str]
    ) -> list[tuple[str, ...]]:
        """Register partitions by values and place: now, or with the commit those that wait for files.

        Returns the values of those that are there already.
        """
        literal = self._context.objects.literal
        waiting = {path.rpartition("/")[0] for path in self._staged("")}
        later = {values: place for values, place in wanted.items() if literal(place).rstrip("/") in waiting}
        if later:
            made = tuple(NewPartition(values, place) for values, place in later.items())
            effect = PartitionsAdded(id=uuid4().hex, database=name[0], table=name[1], partitions=made)
            self._output.finish([effect], at_once=False)
        specs = [
            {"Values": list(values), **partition_spec(spec, place)}
            for values, place in wanted.items()
            if values not in later
        ]
        known: list[tuple[str, ...]] = []
        for begin in range(0, len(specs), _MOST_CREATED):
            piece = specs[begin : begin + _MOST_CREATED]
            answer = self._context.client.glue(
                "BatchCreatePartition", DatabaseName=name[0], TableName=name[1], PartitionInputList=piece
            )
            known += [tuple(one["PartitionValues"]) for one in answer.get("Errors") or ()]
        return known

    def _take_out(self, name: Name, values: Sequence[tuple[str, ...]]) -> None:
        for begin in range(0, len(values), _MOST_DELETED):
            piece = [{"Values": list(one)} for one in values[begin : begin + _MOST_DELETED]]
            self._context.client.glue(
                "BatchDeletePartition", DatabaseName=name[0], TableName=name[1], PartitionsToDelete=piece
            )


def _check_keys(name: Name, keys: Sequence[str], values: Mapping[str, object]) -> None:
    unknown = [key for key in values if key not in keys]
    if unknown:
        raise AnalysisException(
            f"[PARTITIONS_NOT_FOUND] {', '.join(unknown)} is no partition key of {'.'.join(name)}: it has "
            f"{', '.join(keys) or 'none'}."
        )


def _all_values(name: Name, keys: Sequence[str], values: Mapping[str, str | None]) -> list[str]:
    _check_keys(name, keys, values)
    lacking = [key for key in keys if key not in values]
    if lacking:
        raise AnalysisException(f"PARTITION lacks a value for {', '.join(lacking)} of {'.'.join(name)}.")
    return [values[key] or NULL_VALUE for key in keys]


def _check_values(name: Name, types: Mapping[str, str], values: Sequence[str]) -> None:
    """Raises AnalysisException for a value that no reader of the table would understand."""
    for (key, type), value in zip(types.items(), values, strict=True):
        try:
            value_of(value, type)
        except ValueError as error:
            raise AnalysisException(
                f"[CAST_INVALID_INPUT] ADD PARTITION of {'.'.join(name)}: the key {key} cannot "
                f"have this value: {error}. Correct it. The partition was not added."
            ) from None


def _refuse_known(name: Name, known: Sequence[tuple[str, ...]]) -> None:
    if known:
        raise AnalysisException(
            f"[PARTITIONS_ALREADY_EXIST] {'.'.join(name)} has the partition {list(known[0])} "
            "already. Say IF NOT EXISTS to leave it as it is."
        )


def _folder(keys: Sequence[str], values: Sequence[str]) -> str:
    return folder(keys, [None if value == NULL_VALUE else value for value in values])


def _location(spec: Mapping[str, Any]) -> str:
    location = (spec.get("StorageDescriptor") or {}).get("Location")
    if not location:
        raise UnsupportedFeature(
            f"the table {spec['Name']} has no location, so it has no folders of partitions"
        )
    return str(location).rstrip("/") + "/"


class _Filled:
    """Tells which folders have objects, of which all are known."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._sorted = sorted(paths)

    def has(self, folder: str) -> bool:
        """Whether there is an object in a folder, by its URI with a slash at the end."""
        place = bisect_left(self._sorted, folder)
        return place < len(self._sorted) and self._sorted[place].startswith(folder)


def _partition_folders(
    paths: Iterable[str], root: str, keys: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Values and places of the folders `k=v/…` under a root that have objects."""
    seen: set[str] = set()
    for path in paths:
        parts = path.removeprefix(root).split("/")[: len(keys)]
        place = "/".join(parts)
        if place in seen or len(path.removeprefix(root).split("/")) <= len(keys):
            continue
        seen.add(place)
        if [part.partition("=")[0].lower() for part in parts] == list(keys):
            yield spelled_values(place), f"{root}{place}/"
