"""New Iceberg tables: their first metadata, by what CreateTable says of them.

Source: docs/reference/operations.md#iceberg-tables.
"""

import uuid
from collections.abc import Mapping
from itertools import count
from typing import Any, Final

from pydantic import ValidationError
from pyiceberg.catalog.glue import _to_columns
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.serializers import ToOutputFile
from pyiceberg.table.metadata import new_table_metadata
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER, SortOrder
from pyiceberg.types import IcebergType, ListType, MapType, NestedField, StructType

from placekeeper.lake.files import LakeFiles
from placekeeper.lake.iceberg import METADATA_LOCATION
from placekeeper.model.errors import InvalidInputException
from placekeeper.ports.objects import Objects, Staging
from placekeeper.rules.catalog.hive_types import ArrayOf, HiveType, MapOf, StructOf, hive_type

_SINGLE: Final = {
    "bigint": "long",
    "tinyint": "int",
    "smallint": "int",
    "varchar": "string",
    "char": "string",
}
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


def _of_columns(columns: Any) -> Schema:
    """The schema of columns with Hive's types; every field is optional."""
    if not columns:
        raise ValueError("it has no columns")
    ids = count(1)
    return Schema(
        *[_field(column["Name"], hive_type(column.get("Type") or "string"), ids) for column in columns]
    )


def _field(name: str, tree: HiveType, ids: "count[int]") -> NestedField:
    return NestedField(next(ids), name, _type(tree, ids), required=False)


def _type(tree: HiveType, ids: "count[int]") -> IcebergType:
    if isinstance(tree, ArrayOf):
        return ListType(next(ids), _type(tree.item, ids), element_required=False)
    if isinstance(tree, MapOf):
        key, value = next(ids), next(ids)
        return MapType(key, _type(tree.key, ids), value, _type(tree.value, ids), value_required=False)
    if isinstance(tree, StructOf):
        return StructType(*[_field(name, one, ids) for name, one in tree.fields])
    name = tree.name.partition("(")[0]
    single = {"timestamp": "timestamp"}.get(tree.name, _SINGLE.get(name, tree.name))
    return NestedField.model_validate({"id": 1, "name": "x", "type": single, "required": False}).field_type


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
