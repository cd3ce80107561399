"""Tables of the catalog that are made of files: the catalog says where they are; they are read as files."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from placekeeper.model.catalog import TableRef, TableSnapshot, key_types
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.wording import counted
from placekeeper.rules.catalog.table_files import files_of, of_table
from placekeeper.rules.path_patterns import escaped
from placekeeper.runtime.connectors import files
from placekeeper.runtime.connectors.base import Asked, Run
from placekeeper.runtime.connectors.files import FoundFiles
from placekeeper.runtime.connectors.options import PARTITION_PREDICATE, text_of
from placekeeper.runtime.connectors.table_columns import TableColumns

select = files.select
read = files.read
stage = files.stage

_MOST_LOOKED_AT: Final = 1000
_MOST_SHOWN: Final = 5


def discover(run: Run, asked: Asked) -> FoundFiles:
    """The files of a table as the catalog has it now; the script's options count more than the table's own.

    Raises EntityNotFoundException, InvalidInputException for a predicate that is not understood,
    UnsupportedFeature for a table that is not read.
    """
    predicates = (
        text_of(PARTITION_PREDICATE, asked.options.get(PARTITION_PREDICATE)),
        text_of("push_down_predicate", asked.predicate),
    )
    names = ("database", "table_name")
    database, table = (text_of(*part).lower() for part in zip(names, asked.table, strict=True))
    ref = TableRef(database=database, name=table, predicates=tuple(p for p in predicates if p.strip()))
    snapshot = run.client.table(ref)
    described = files_of(snapshot)
    if snapshot.partitions == ():
        run.warn(_none_chosen(run, snapshot))
    format = run.formats.of_serde(described.serde)
    own = {option: value for option, value in asked.options.items() if option != PARTITION_PREDICATE}
    found = files.discover(
        run,
        Asked(
            connection_type="s3",
            options={**described.options, **own, "paths": [escaped(described.location)]},
            format=format.name,
            format_options={
                name: value for name, value in described.format_options.items() if name not in own
            },
            sample=asked.sample,
        ),
    )
    return replace(
        found,
        notes=[*found.notes, *described.notes],
        source=of_table(found.source, snapshot, run.objects.literal),
        columns=TableColumns.of(described, run.objects.literal, by_sql=asked.by_sql),
    )


def _none_chosen(run: Run, snapshot: TableSnapshot) -> str:
    """Why no partition of a table is read. One request says what there is: the first partitions."""
    ref, keys = snapshot.ref, [name.lower() for name, _ in key_types(snapshot.spec)]
    name, text = f"{ref.database}.{ref.name}", " AND ".join(ref.predicates)
    try:
        answer = run.client.glue(
            "GetPartitions",
            DatabaseName=ref.database,
            TableName=ref.name,
            MaxResults=_MOST_LOOKED_AT,
            ExcludeColumnSchema=True,
        )
    except UnsupportedFeature:  # nobody is there to ask
        return f"no partition of {name} is read: {text or 'it has none'}"
    found = [partition["Values"] for partition in answer.get("Partitions") or ()]
    if not found:
        return (
            f"{name} has no partitions, so nothing was read from it: register them with a crawler, "
            "MSCK REPAIR TABLE, or a sink with enableUpdateCatalog"
        )
    number = f"{'more than ' if answer.get('NextToken') else ''}{counted(len(found), 'partition')}"
    there = [
        f"{key} has {_some(sorted({values[place] for values in found}))}"
        for place, key in enumerate(keys)
        if re.search(rf"\b{re.escape(key)}\b", text, re.IGNORECASE)
    ]
    return "; ".join([f"the predicate chooses none of the {number} of {name}: {text}", *there])


def _some(values: Sequence[str]) -> str:
    more = f" and {len(values) - _MOST_SHOWN:,} more" if len(values) > _MOST_SHOWN else ""
    return ", ".join(values[:_MOST_SHOWN]) + more
