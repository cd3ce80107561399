"""Types known from before, for places where records hold nothing but nulls and empty arrays."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.types.fields import glue_name, is_choice, list_of, map_of


def with_known_types(schema: pa.Schema, before: pa.Schema) -> pa.Schema:
    """The schema, where a place of the type null has the type that it had in `before`, at any depth."""
    return pa.schema(_fields(schema, before), metadata=schema.metadata)


def _fields(fields: Iterable[pa.Field], before: Iterable[pa.Field]) -> list[pa.Field]:
    known = {field.name: field for field in before}
    return [_field(field, known.get(field.name)) for field in fields]


def _field(field: pa.Field, before: pa.Field | None) -> pa.Field:
    if before is None:
        return field
    if pat.is_null(field.type):
        return before.with_name(field.name)
    if is_choice(field) or is_choice(before):
        known = _alternatives(before)
        if not is_choice(field):
            return _field(field, next((one for one in known if one.name == glue_name(field.type)), None))
        return field.with_type(pa.struct(_fields(field.type.fields, known)))
    have, had = field.type, before.type
    if pat.is_struct(have) and pat.is_struct(had):
        return field.with_type(pa.struct(_fields(have.fields, had.fields)))
    if pat.is_list(have) and pat.is_list(had):
        return field.with_type(list_of(_field(have.value_field, had.value_field)))
    if pat.is_map(have) and pat.is_map(had):
        return field.with_type(map_of(have.key_type, _field(have.item_field, had.item_field)))
    return field


def _alternatives(field: pa.Field) -> list[pa.Field]:
    """The types that a field may hold, as fields named by them."""
    return list(field.type.fields) if is_choice(field) else [field.with_name(glue_name(field.type))]
