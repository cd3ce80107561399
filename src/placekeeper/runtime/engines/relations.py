"""Relations of Spark Connect's plans: what they are, and such that are made here."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pyspark.sql.connect import proto

Relation = Any
"""A pyspark.sql.connect.proto.Relation; protobuf's classes have no types."""

_MOVED: Final = "_moved"


def kind_of(relation: Relation) -> str:
    """The name of a relation's kind."""
    return relation.WhichOneof("rel_type") or ""


def part_of(relation: Relation) -> Any:
    """What a relation says, by its kind."""
    return getattr(relation, kind_of(relation))


def copied(relation: Relation) -> Relation:
    """The same, to be changed."""
    made = proto.Relation()
    made.CopyFrom(relation)
    return made


def add_column(relation: Relation, name: str, value: Any) -> None:
    """Add a column to a relation of the kind with_columns."""
    alias = relation.with_columns.aliases.add()
    alias.expr.CopyFrom(value)
    alias.name.append(name)


def column(name: str) -> Any:
    """A column by its name."""
    made = proto.Expression()
    made.unresolved_attribute.unparsed_identifier = name
    return made


def ascending(name: str) -> Any:
    """The order of a column, ascending."""
    order = proto.Expression.SortOrder
    return order(
        child=column(name),
        direction=order.SORT_DIRECTION_ASCENDING,
        null_ordering=order.SORT_NULLS_FIRST,
    )


def sorted_by(relation: Relation, number: str) -> Relation:
    """Rows in the order of a column."""
    made = proto.Relation()
    made.sort.input.CopyFrom(relation)
    made.sort.order.append(ascending(number))
    made.sort.is_global = True
    return made


def without(relation: Relation, name: str) -> Relation:
    """Rows without a column."""
    made = proto.Relation()
    made.drop.input.CopyFrom(relation)
    made.drop.column_names.append(name)
    return made


def at_end(relation: Relation, names: Sequence[str]) -> Relation:
    """The same columns, those of these names last: a step may have added others behind them."""
    for name in names:
        made = proto.Relation()
        made.with_columns.input.CopyFrom(relation)
        add_column(made, name + _MOVED, column(name))
        relation = without(made, name)
    return relation


def kept_sorted_by(rows: Relation, number: str) -> Relation:
    """Rows in one partition, in the order of a column that counts them, whatever comes next.

    Sail drops a sort that nothing needs. It keeps one of which all rows but the first are taken. So there is
    another row before the first one.
    """
    first = proto.Relation()
    first.project.input.range.end = first.project.input.range.step = 1
    first.project.input.range.num_partitions = 1
    alias = first.project.expressions.add().alias
    alias.expr.literal.integer = 0
    alias.name.append(number)
    both = proto.Relation()
    both.set_op.left_input.CopyFrom(rows)
    both.set_op.right_input.CopyFrom(first)
    both.set_op.set_op_type = proto.SetOperation.SET_OP_TYPE_UNION
    both.set_op.is_all = both.set_op.by_name = both.set_op.allow_missing_columns = True
    made = proto.Relation()
    made.offset.input.CopyFrom(sorted_by(both, number))
    made.offset.offset = 1
    return made


def parts_of(message: Any) -> Iterator[Any]:
    """A message of a plan and all messages in it."""
    yield message
    for field, value in message.ListFields():
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for part in value if hasattr(value, "__len__") else [value]:
                yield from parts_of(part)
