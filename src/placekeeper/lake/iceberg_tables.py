"""New Iceberg tables: their first metadata, by what CreateTable says of them.

Source: docs/reference/operations.md#iceberg-tables.
"""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from pyiceberg.catalog.glue import _to_columns
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.serializers import ToOutputFile
from pyiceberg.table.metadata import TableMetadata, new_table_metadata
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER, SortOrder

from placekeeper.lake.files import LakeFiles
from placekeeper.lake.iceberg import METADATA_LOCATION
from placekeeper.model.errors import InvalidInputException
from placekeeper.ports.objects import Objects, Staging
from placekeeper.rules.catalog.iceberg_schemas import iceberg_fields

_VERSIONS: Final = ("1", "2")
_WRITER: Final = "create-table"


def new_table(
    spec: Mapping[str, Any], iceberg: Mapping[str, Any], objects: Objects, staging: Staging
) -> dict[str, Any]:
    """The definition of a new table (TableInput), whose first metadata is written.

    `iceberg` is IcebergInput. Raises InvalidInputException for a table that Iceberg does not have, and
    OSError.
    """
    wanted = iceberg.get("CreateIcebergTableInput") or {}
    storage = spec.get("StorageDescriptor") or {}
    location = wanted.get("Location") or storage.get("Location")
    if not location:
        raise InvalidInputException("An Iceberg table needs a location. Give StorageDescriptor.Location.")
    if spec.get("PartitionKeys"):
        raise InvalidInputException(
            "An Iceberg table has no PartitionKeys. Give CreateIcebergTableInput.PartitionSpec instead."
        )
    version = str(iceberg.get("Version") or "2")
    if version not in _VERSIONS:
        raise InvalidInputException(f"Iceberg's Version is one of {', '.join(_VERSIONS)}, not {version}.")
    try:
        schema = _schema(wanted["Schema"]) if wanted else _of_columns(storage.get("Columns") or ())
        parts = _lowered(wanted.get("PartitionSpec"))
        order = _lowered(wanted.get("WriteOrder"))
        metadata = new_table_metadata(
            schema,
            PartitionSpec.model_validate(_numbered(parts)) if parts else UNPARTITIONED_PARTITION_SPEC,
            SortOrder.model_validate(order) if order else UNSORTED_SORT_ORDER,
            str(location).rstrip("/"),
            {**(wanted.get("Properties") or {}), "format-version": version},
        )
        _check_partitions(metadata)
    except (ValidationError, ValueError, TypeError, KeyError) as error:
        raise InvalidInputException(f"Iceberg does not have such a table: {error}") from error
    at = f"{metadata.location}/metadata/00000-{uuid.uuid4()}.metadata.json"
    ToOutputFile.table_metadata(metadata, LakeFiles(objects, staging, _WRITER).new_output(at))
    return {
        **spec,
        "TableType": spec.get("TableType") or "EXTERNAL_TABLE",
        "Parameters": {**(spec.get("Parameters") or {}), "table_type": "ICEBERG", METADATA_LOCATION: at},
        "StorageDescriptor": {**storage, "Location": metadata.location, "Columns": _to_columns(metadata)},
    }


def _check_partitions(metadata: TableMetadata) -> None:
    """Raise ValueError for a transform of a column whose type it does not take."""
    for field in metadata.spec().fields:
        source = metadata.schema().find_field(field.source_id)
        if not field.transform.can_transform(source.field_type):
            raise ValueError(f"{field.transform} of {source.name}, which is {source.field_type}")


def _of_columns(columns: Any) -> Schema:
    """The schema of columns with Hive's types; every field is optional."""
    if not columns:
        raise ValueError("it has no columns")
    fields = iceberg_fields([(column["Name"], column.get("Type") or "") for column in columns])
    return Schema.model_validate({"type": "struct", "fields": fields})


def _schema(wanted: Mapping[str, Any]) -> Schema:
    """The schema that CreateIcebergTableInput has, in the spelling of Iceberg."""
    return Schema.model_validate({**_lowered(wanted), "type": "struct"})


def _numbered(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    fields = [{"field-id": 1000 + place, **field} for place, field in enumerate(spec.get("fields") or ())]
    return {**spec, "fields": fields}


def _lowered(value: Any) -> Any:
    """Names as Iceberg spells them: SourceId → source-id. Types are Iceberg's own JSON already."""
    if isinstance(value, list):
        return [_lowered(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {_dashed(name): item if name == "Type" else _lowered(item) for name, item in value.items()}


def _dashed(name: str) -> str:
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in name).lstrip("-")
