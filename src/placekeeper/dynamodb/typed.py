"""Rows as items: each value with the type that DynamoDB gives it.

Source: docs/reference/dynamodb.md#dynamodb-types.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.types as pat
from msgspec import Struct

from placekeeper.dynamodb.opening import Item, KeyAttribute
from placekeeper.dynamodb.values import number_text
from placekeeper.model.errors import ValueUnwritable

Typing = Callable[[Any], dict[str, Any]]
"""A value that is not None → the same with its type."""

_NULL: Final[dict[str, Any]] = {"NULL": True}
_SHOWN: Final = 3


class Items(Struct, frozen=True):
    """Makes items of rows for the table `table`, which has these keys."""

    table: str
    keys: tuple[KeyAttribute, ...]

    def of(self, batch: pa.RecordBatch) -> Iterator[Item]:
        """The items of the rows; a null field is left out.

        Raises ValueUnwritable for a key that is missing, empty or of another type than the table's, and for
        a value that DynamoDB does not hold. It names the row by its values.
        """
        typings = [(field.name, typing_of(field.type)) for field in batch.schema]
        for row in batch.to_pylist():
            item: Item = {}
            for name, typing in typings:
                value = row[name]
                if value is None:
                    continue
                try:
                    item[name] = typing(value)
                except ValueError as error:
                    raise ValueUnwritable(f"{self._row(row)}: the column {name}: {error}") from error
            self._check(item, row)
            yield item

    def _check(self, item: Item, row: dict[str, Any]) -> None:
        for key in self.keys:
            held = item.get(key.name)
            if held is None:
                raise ValueUnwritable(
                    f"{self._row(row)}: the key attribute {key.name} is null. Every item needs its key: "
                    f"filter such rows out, or fill {key.name}"
                )
            ((kind, value),) = held.items()
            if kind != key.type:
                raise ValueUnwritable(
                    f"{self._row(row)}: the key attribute {key.name} is of the type {key.type} "
                    f"({_MEANING[key.type]}), and the row has {kind}. Cast the column with apply_mapping"
                )
            if value in ("", b""):
                raise ValueUnwritable(f"{self._row(row)}: the key attribute {key.name} is empty")

    def _row(self, row: dict[str, Any]) -> str:
        keys = [key.name for key in self.keys]
        there = [name for name in (*keys, *row) if row.get(name) is not None]
        names = list(dict.fromkeys(there)) or list(row)
        shown = ", ".join(f"{name}={row[name]!r:.60}" for name in names[:_SHOWN])
        return f"the table {self.table} of DynamoDB, the row with {shown}"


_MEANING: Final = {"S": "a string", "N": "a number", "B": "binary"}


def check_columns(table: str, columns: Sequence[str], keys: Sequence[KeyAttribute]) -> None:
    """Raises ValueUnwritable for rows without a key's column, and for columns of one name."""
    lacking = [key.name for key in keys if key.name not in columns]
    if lacking:
        raise ValueUnwritable(
            f"the table {table} of DynamoDB has the key {', '.join(key.name for key in keys)}, and the rows "
            f"have no column {lacking[0]}: they have {', '.join(columns)}. Names are compared with their case"
        )
    twice = sorted({name for name in columns if list(columns).count(name) > 1})
    if twice:
        raise ValueUnwritable(f"the table {table} of DynamoDB: the rows have two columns {twice[0]}")


def typing_of(data_type: pa.DataType) -> Typing:
    """What gives the values of an Arrow type their types."""
    if pat.is_struct(data_type):
        return _struct(data_type)
    if pat.is_map(data_type):
        return _map(data_type)
    if pat.is_list(data_type) or pat.is_large_list(data_type):
        return _list(data_type)
    if pat.is_boolean(data_type):
        return lambda value: {"BOOL": value}
    if pat.is_integer(data_type):
        return lambda value: {"N": str(value)}
    if pat.is_float32(data_type):
        return lambda value: {"N": number_text(Decimal(str(np.float32(value))))}
    if pat.is_floating(data_type):
        return lambda value: {"N": number_text(Decimal(repr(value)))}
    if pat.is_decimal(data_type):
        return lambda value: {"N": number_text(value)}
    if pat.is_binary(data_type) or pat.is_large_binary(data_type):
        return lambda value: {"B": value}
    if pat.is_timestamp(data_type):
        return lambda value: {"S": _moment(value)}
    return lambda value: {"S": value.isoformat() if isinstance(value, date) else str(value)}


def _moment(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


def _struct(data_type: pa.StructType) -> Typing:
    inner = [(field.name, typing_of(field.type)) for field in data_type]

    def typed(value: Any) -> dict[str, Any]:
        return {"M": {name: give(value[name]) for name, give in inner if value[name] is not None}}

    return typed


def _map(data_type: pa.MapType) -> Typing:
    key_text, give = typing_of(data_type.key_type), typing_of(data_type.item_type)
    is_bytes = pat.is_binary(data_type.key_type) or pat.is_large_binary(data_type.key_type)

    def typed(value: Any) -> dict[str, Any]:
        if is_bytes and value:
            raise ValueError("the keys of a map are text in DynamoDB, and these are bytes: make them text")
        return {
            "M": {
                str(next(iter(key_text(key).values()))): _NULL if one is None else give(one)
                for key, one in value
            }
        }

    return typed


def _list(data_type: pa.ListType) -> Typing:
    give = typing_of(data_type.value_type)

    def typed(value: Any) -> dict[str, Any]:
        return {"L": [_NULL if one is None else give(one) for one in value]}

    return typed
