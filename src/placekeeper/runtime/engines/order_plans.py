"""Plans of Spark Connect whose rows have an order, and the same plans with the order in a column of its own.

A plan is a chain of steps: the last one first, then what it is made of. The steps of this module keep the
rows' order on Spark. Below them may be a sort, or a window over all rows, which sorts, too. Its rows get a
number there, which the steps carry along, so that the rows can be brought into their order again behind the
last step.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, Final

from msgspec import Struct
from pyspark.sql.connect import proto

from placekeeper.runtime.engines.relations import (
    Relation,
    add_column,
    ascending,
    at_end,
    column,
    copied,
    kept_sorted_by,
    kind_of,
    moved,
    part_of,
    parts_of,
    row_number,
    sort_order,
    sorted_by,
    without,
)
from placekeeper.runtime.engines.statement_order import sort_keys

_NUMBER: Final = "__placekeeper_number"
_STAR: Final = re.compile(r"(^|[(,.])\s*\*")
_ORDER_BY: Final = re.compile(r"\bORDER\s+BY\b", re.IGNORECASE)
_ROW_COUNTER: Final = b"monotonically_increasing_id"

_PLAIN: Final = frozenset(
    {"to_df", "drop", "subquery_alias", "with_columns_renamed", "limit", "offset", "tail", "hint"}
)
"""Steps for which Sail never shares rows out to several tasks."""

_STEPS: Final = _PLAIN | {"project", "with_columns", "filter", "fill_na", "drop_na", "replace", "repartition"}
_TAKES_FIRST: Final = ("limit", "offset", "tail")
_SHOWN: Final = ("show_string", "html_string")


def rows_of(root: Relation) -> Relation:
    """The relation whose rows a plan is about: `show` only prints them."""
    return part_of(root).input if kind_of(root) in _SHOWN else root


def steps_of(relation: Relation) -> Iterator[Relation]:
    """The steps that keep the order of rows, the last one first, and then what they are made of."""
    while kind_of(relation) in _STEPS and not _shares_out(relation) and not _keys_of_window(relation):
        yield relation
        relation = part_of(relation).input
    yield relation


def bottom_of(relation: Relation) -> Relation:
    """What the steps that keep the order are made of."""
    return list(steps_of(relation))[-1]


def is_sorted(relation: Relation) -> bool:
    """Whether all rows of a relation have one order, by a sort in its plan."""
    bottom = bottom_of(relation)
    return bool(_keys_of_window(bottom)) or (kind_of(bottom) == "sort" and bool(bottom.sort.is_global))


def is_ordered_statement(relation: Relation) -> bool:
    """Whether rows come of a statement with ORDER BY, through steps that keep their order."""
    bottom = bottom_of(relation)
    return kind_of(bottom) == "sql" and _ORDER_BY.search(bottom.sql.query) is not None


def with_sort(relation: Relation, names: Sequence[str]) -> Relation | None:
    """The same rows of such a relation, sorted once more behind the statement, whose columns are `names`.

    None where a key of its order is not one of these columns.
    """
    keys = sort_keys(bottom_of(relation).sql.query, names)
    if not keys:
        return None
    made = copied(relation)
    bottom = bottom_of(made)
    statement = copied(bottom)
    bottom.sort.input.CopyFrom(statement)
    bottom.sort.order.extend(sort_order(*key) for key in keys)
    bottom.sort.is_global = True
    return made


def is_sorted_by_task(relation: Relation) -> bool:
    """Whether the rows of each partition have an order, by a sort in the plan of a relation."""
    bottom = bottom_of(relation)
    return kind_of(bottom) == "sort" and not bottom.sort.is_global


def is_empty(relation: Relation) -> bool:
    """Whether a relation is asked for no rows, only for their columns."""
    return kind_of(relation) == "limit" and relation.limit.limit == 0


def is_plain(relation: Relation) -> bool:
    """Whether Sail itself keeps the order through all steps."""
    *steps, bottom = steps_of(relation)
    return kind_of(bottom) in ("sort", "sql") and all(kind_of(step) in _PLAIN for step in steps)


def gathers(relation: Relation) -> Sequence[int]:
    """The numbers of partitions that the steps make of more."""
    return [step.repartition.num_partitions for step in steps_of(relation) if kind_of(step) == "repartition"]


def without_gathering(relation: Relation) -> Relation:
    """The same steps, of which none makes fewer partitions.

    Such a step drops no column instead: columns may be named as those of this step.
    """
    made = copied(relation)
    for step in steps_of(made):
        if kind_of(step) == "repartition" and not _shares_out(step):
            step.drop.input.CopyFrom(copied(step.repartition.input))
    return made


def in_order(relation: Relation) -> Relation | None:
    """The same rows in the order of the sort below the steps; None if a step cannot carry a number along.

    Of a sort within partitions, the rows come partition by partition, and the last column is the partition.
    """
    hidden = _Hidden.of(relation)
    made = _numbered(relation, hidden)
    if made is None:
        return None
    ordered = without(sorted_by(made, hidden.number), hidden.number)
    return at_end(ordered, [hidden.task]) if hidden.task else ordered


def in_order_for_a_task(relation: Relation) -> Relation | None:
    """The same as `in_order`, of which a task in Python gets all rows, in order."""
    hidden = _Hidden.of(relation)
    made = _numbered(relation, hidden)
    return None if made is None else without(kept_sorted_by(made, hidden.number), hidden.number)


class _Hidden(Struct, frozen=True):
    """Names of columns that no part of a plan has: the number of a row, and of its partition, or empty."""

    number: str
    task: str

    @classmethod
    def of(cls, relation: Relation) -> "_Hidden":
        text = relation.SerializeToString()
        name = next(name for name in map(f"{_NUMBER}{{}}".format, count()) if name.encode() not in text)
        return cls(name, f"{name}_task" if is_sorted_by_task(relation) else "")

    @property
    def names(self) -> Sequence[str]:
        """Those that there are."""
        return [name for name in (self.task, self.number) if name]


def _numbered(relation: Relation, hidden: _Hidden) -> Relation | None:
    """The rows with their numbers, and with their partitions if they are sorted within these."""
    made = without_gathering(relation)
    *steps, bottom = steps_of(made)
    if not all(_can_carry(step) for step in (*steps, bottom)):
        return None
    if kind_of(bottom) == "sort":
        bottom.with_columns.CopyFrom(_with_numbers(bottom.sort.input, bottom.sort.order, hidden).with_columns)
    elif keys := _keys_of_window(bottom):
        part_of(bottom).input.CopyFrom(_with_numbers(part_of(bottom).input, keys, hidden))
        steps.append(bottom)
    else:
        return None
    for step in reversed(steps):
        _carry(step, hidden)
    return made


def _keys_of_window(step: Relation) -> Sequence[Any]:
    """The order of a window over all rows in a step; empty without one."""
    for value in reversed(_expressions_of(step)):
        while (kind := value.WhichOneof("expr_type")) in ("alias", "cast"):
            value = getattr(value, kind).expr
        if kind == "window" and not value.window.partition_spec:
            return list(value.window.order_spec)
    return ()


def _shares_out(step: Relation) -> bool:
    """Whether a step makes more partitions than one of what may be one."""
    is_repartition = kind_of(step) == "repartition"
    return is_repartition and step.repartition.shuffle and step.repartition.num_partitions > 1


def _can_carry(step: Relation) -> bool:
    """Whether a step leaves a column alone that it does not know."""
    if kind_of(step) == "drop_na":
        return bool(step.drop_na.cols) or not step.drop_na.HasField("min_non_nulls")
    if kind_of(step) == "replace":
        return bool(step.replace.cols)
    return all(_is_star(one) or _is_inner_star(one) or not _has_star(one) for one in _expressions_of(step))


def _expressions_of(step: Relation) -> Sequence[Any]:
    kind = kind_of(step)
    if kind == "with_columns":
        return [alias.expr for alias in step.with_columns.aliases]
    if kind == "filter":
        return [step.filter.condition]
    return list(step.project.expressions) if kind == "project" else []


def _is_star(expression: Any) -> bool:
    """Whether an expression is all columns."""
    kind = expression.WhichOneof("expr_type")
    is_star = kind == "unresolved_star" and not expression.unresolved_star.HasField("unparsed_target")
    return is_star or (kind == "expression_string" and expression.expression_string.expression.strip() == "*")


def _is_inner_star(expression: Any) -> bool:
    """Whether an expression is all columns of a frame by its alias, or all fields of a struct."""
    return bool(expression.WhichOneof("expr_type") == "unresolved_star" and not _is_star(expression))


def _has_star(expression: Any) -> bool:
    """Whether an expression, such as a hash of all columns, counts the columns that there are."""
    for part in parts_of(expression):
        name = part.DESCRIPTOR.name
        if name == "UnresolvedStar" or (name == "ExpressionString" and _STAR.search(part.expression)):
            return True
    return False


def _carry(step: Relation, hidden: _Hidden) -> None:
    """Have a step pass the hidden columns on; what it is made of has them."""
    kind, part = kind_of(step), part_of(step)
    if kind != "filter" and any(_ROW_COUNTER in one.SerializeToString() for one in _expressions_of(step)):
        part.input.CopyFrom(kept_sorted_by(part.input, hidden.number))
    if kind == "project" and any(_is_inner_star(one) for one in part.expressions):
        inner = proto.Relation(project=part)
        for name in hidden.names:
            inner = moved(inner, name)
        step.with_columns_renamed.CopyFrom(inner.with_columns_renamed)
    elif kind == "project" and not any(_is_star(one) for one in part.expressions):
        part.expressions.extend([column(name) for name in hidden.names])
    elif kind == "to_df":
        part.input.CopyFrom(at_end(part.input, hidden.names))
        part.column_names.extend(hidden.names)
    elif kind in _TAKES_FIRST:
        part.input.CopyFrom(sorted_by(part.input, hidden.number))


def _with_numbers(rows: Relation, keys: Sequence[Any], hidden: _Hidden) -> Relation:
    """Rows with their numbers by sort keys, and with their partitions, which come first then."""
    made = proto.Relation()
    order = list(keys)
    if hidden.task:
        task = proto.Expression()
        task.unresolved_function.function_name = "spark_partition_id"
        made.with_columns.input.with_columns.input.CopyFrom(rows)
        add_column(made.with_columns.input, hidden.task, task)
        order.insert(0, ascending(hidden.task))
    else:
        made.with_columns.input.CopyFrom(rows)
    add_column(made, hidden.number, row_number(order))
    return made
