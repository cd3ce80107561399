"""Tables of the catalog that are made of files: the catalog says where they are; they are read as files."""

from dataclasses import replace

from placekeeper.model.catalog import TableRef
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
        columns=TableColumns.of(described, run.objects.literal),
    )
