"""Relations of Spark Connect's plans: what they are, and such that are made here."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pyspark.sql.connect import proto
from pyspark.sql.connect.plan import LogicalPlan

from placekeeper.runtime.engines.sql_tokens import quoted

Relation = Any
"""A pyspark.sql.connect.proto.Relation; protobuf's classes have no types."""

_MOVED: Final = "_moved"


class Ready(LogicalPlan):
    """A plan that is written out already; `instead` is the one that it stands for."""

    def __init__(self, relation: Relation, instead: LogicalPlan) -> None:
        super().__init__(instead)
        self._relation = relation

    def plan(self, session: Any) -> Relation:
        """The relation itself."""
        del session
        made = proto.Relation()
        made.CopyFrom(self._relation)
        made.common.plan_id = self._root_plan_id  # by which columns of this frame are named
        return made


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
    return sort_order(name, is_descending=False, has_nulls_first=True)


def sort_order(name: str, is_descending: bool, has_nulls_first: bool) -> Any:
    """A sort key: a column, and the order of its values."""
    order = proto.Expression.SortOrder
    return order(
        child=column(quoted(name)),
        direction=order.SORT_DIRECTION_DESCENDING if is_descending else order.SORT_DIRECTION_ASCENDING,
        null_ordering=order.SORT_NULLS_FIRST if has_nulls_first else order.SORT_NULLS_LAST,
    )


def row_number(order: Sequence[Any]) -> Any:
    """The number of a row, from 1, by sort keys."""
    made = proto.Expression()
    made.window.window_function.unresolved_function.function_name = "row_number"
    made.window.order_spec.extend(order)
    frame = made.window.frame_spec
    frame.frame_type = proto.Expression.Window.WindowFrame.FRAME_TYPE_ROW
    frame.lower.unbounded = True
    frame.upper.current_row = True
    return made


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


def moved(project: Relation, name: str) -> Relation:
    """The columns of a project, and a column of its input as the last one; it may be among them already."""
    inner = project
    while kind_of(inner) != "project":
        inner = part_of(inner).input
    alias = inner.project.expressions.add().alias
    alias.expr.CopyFrom(column(name))
    alias.name.append(name + _MOVED)
    made = proto.Relation()
    made.with_columns_renamed.input.CopyFrom(without(project, name))
    rename = made.with_columns_renamed.renames.add()
    rename.col_name, rename.new_col_name = name + _MOVED, name
    return made


def kept_sorted_by(rows: Relation, number: str) -> Relation:
    """Rows in one partition, in the order of a column, which counts them from 1 then, whatever comes next.

    Sail drops a sort that nothing needs. It keeps one of which all rows but the first are taken. So the first
    row is there twice. The rows are counted anew: a step may have dropped the first one.
    """
    twice = proto.Relation()
    twice.with_columns.input.with_columns.input.CopyFrom(rows)
    add_column(twice.with_columns.input, number, row_number([ascending(number)]))
    is_first = _call("=", column(number), _integer(1))
    numbers = _call("array", _integer(0), _integer(1)), _call("array", column(number))
    add_column(twice, number, _call("explode", _call("if", is_first, *numbers)))
    made = proto.Relation()
    made.offset.input.CopyFrom(sorted_by(twice, number))
    made.offset.offset = 1
    return made


def _call(function: str, *arguments: Any) -> Any:
    made = proto.Expression()
    made.unresolved_function.function_name = function
    made.unresolved_function.arguments.extend(arguments)
    return made


def _integer(value: int) -> Any:
    made = proto.Expression()
    made.literal.integer = value
    return made


def parts_of(message: Any) -> Iterator[Any]:
    """A message of a plan and all messages in it."""
    yield message
    for field, value in message.ListFields():
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for part in value if hasattr(value, "__len__") else [value]:
                yield from parts_of(part)
