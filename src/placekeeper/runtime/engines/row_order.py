"""The order of rows on Sail: sorted rows reach the script and its files in their order, as on Spark.

Sail sorts, but a later step, such as a column that is computed, may share the rows out to several tasks, and
a task in Python never gets them in order. So a plan is looked at before it runs (`order_plans`), and files
are written from a stream of rows.
"""

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, cast

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql.connect import proto
from pyspark.sql.connect.client.core import SparkConnectClient
from pyspark.sql.connect.dataframe import DataFrame as ConnectDataFrame
from pyspark.sql.types import StructType

from placekeeper.runtime.engines.base import OrderedRows
from placekeeper.runtime.engines.order_plans import (
    bottom_of,
    gathers,
    in_order,
    in_order_for_a_task,
    is_empty,
    is_ordered_statement,
    is_plain,
    is_sorted,
    is_sorted_by_task,
    rows_of,
    with_sort,
    without_gathering,
)
from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.relations import Ready, Relation, kind_of
from placekeeper.runtime.engines.task_rows import by_task

_STEP: Final = re.compile(r"\s*(\w+)(.*)")
_KEEPERS: Final = frozenset(
    {
        *("ProjectionExec", "FilterExec", "GlobalLimitExec", "LocalLimitExec", "CoalesceBatchesExec"),
        *(
            "CooperativeExec",
            "UnnestExec",
            "MonotonicIdExec",
            "SparkPartitionIdExec",
            "OutputRequirementExec",
        ),
    }
)
"""Steps of Sail's physical plans that pass the rows of one stream on in their order."""

_LOST: Final = (
    "sorted rows were written in another order, because Sail loses the order in a later step: sort with "
    "orderBy() after that step, or use --engine spark"
)


class RowOrder:
    """Keeps the order of rows in one session; `note` is told where it cannot."""

    def __init__(self, session: Any, note: Callable[[str], None]) -> None:
        self._client: Any = session.client
        self._note = note

    def install(self, patches: Patches) -> None:
        """Replace what runs plans and what makes fewer partitions, for the life of the engine."""
        for name in ("to_table", "to_pandas", "to_table_as_iterator"):
            patches.attribute(SparkConnectClient, name, self._running(getattr(SparkConnectClient, name)))
        patches.attribute(ConnectDataFrame, "coalesce", self._coalescing(ConnectDataFrame.coalesce))
        mapping = self._mapping(ConnectDataFrame._map_partitions)
        patches.attribute(ConnectDataFrame, "_map_partitions", mapping)

    def batches(self, frame: DataFrame) -> OrderedRows | None:
        """The rows of a frame that is sorted, or sorted within its partitions; None for others."""
        plan: Any = frame
        relation = self._with_needed_sort(plan._plan.plan(self._client))
        found = self._for_files(relation)
        if found is None or not is_sorted_by_task(relation):
            return None if found is None else ((0, batch) for batch in self._stream(found))
        parts = (part for batch in self._stream(found) for part in by_task(batch))
        return ((0, batch) for _, batch in parts) if gathers(relation) else parts

    def _running(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def run(client: Any, plan: Any, *args: Any, **kwargs: Any) -> Any:
            return original(client, self._in_order(plan), *args, **kwargs)

        return run

    def _coalescing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def coalesced(frame: Any, numPartitions: int) -> Any:  # noqa: N803
            made = original(frame, numPartitions)
            relation = self._with_sort(frame._plan.plan(self._client))
            if not is_sorted(relation):
                return made
            return frame if is_plain(relation) else self._of_one_task(frame, relation) or made

        return coalesced

    def _mapping(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def mapped(frame: Any, *args: Any, **kwargs: Any) -> Any:
            relation = self._with_sort(frame._plan.plan(self._client))
            ordered = self._of_one_task(frame, relation) if is_sorted(relation) else None
            return original(frame if ordered is None else ordered, *args, **kwargs)

        return mapped

    def _with_sort(self, relation: Relation) -> Relation:
        """The same rows; those of a statement with ORDER BY have a sort in the plan, if that can be told."""
        if not is_ordered_statement(relation):
            return relation
        return with_sort(relation, self._columns(bottom_of(relation)).names) or relation

    def _with_needed_sort(self, relation: Relation) -> Relation:
        """The same, if a step behind the statement may lose its order."""
        return relation if is_plain(relation) and not gathers(relation) else self._with_sort(relation)

    def _of_one_task(self, frame: Any, relation: Relation) -> Any:
        """A sorted frame in one partition that stays in order; None where a step does not allow it."""
        made = self._checked(in_order_for_a_task(relation), relation)
        return None if made is None else ConnectDataFrame(Ready(made, frame._plan), frame._session)

    def _in_order(self, plan: Any) -> Any:
        """The same plan, with rows in the order that they have on Spark."""
        if plan.WhichOneof("op_type") != "root":
            return plan
        rows = self._with_needed_sort(rows_of(plan.root))
        if is_empty(rows) or not (_is_sorted(rows) and (gathers(rows) or not is_plain(rows))):
            return plan
        ordered = self._ordered(rows)
        if ordered is None:
            return plan
        made = proto.Plan()
        made.CopyFrom(plan)
        rows_of(made.root).CopyFrom(ordered)
        return made

    def _for_files(self, relation: Relation) -> Relation | None:
        """The rows as a stream that can be written as it comes."""
        bottom = bottom_of(relation)
        if is_sorted_by_task(relation):
            return self._by_tasks(relation)
        if is_sorted(relation):
            ordered = self._ordered(relation)
            if ordered is None and kind_of(bottom) == "sort":
                self._note(_LOST)
            return ordered or without_gathering(relation)
        if kind_of(bottom) != "sql" and bottom.read.WhichOneof("read_type") != "named_table":
            return None
        ordered = self._ordered(relation)
        if ordered is None and _is_sorted(bottom) and self._is_ordered(bottom):
            self._note(_LOST)
        return ordered

    def _by_tasks(self, relation: Relation) -> Relation | None:
        """The rows of a sort within partitions, of which the steps make no other partitions than one."""
        made = in_order(relation) if all(most == 1 for most in gathers(relation)) else None
        if made is not None and self._is_ordered(made):
            return made
        self._note(_LOST)
        return None

    def _ordered(self, relation: Relation) -> Relation | None:
        """The relation, or one with the same rows and columns, whose rows Sail gives in order."""
        gathered = without_gathering(relation)
        if self._is_ordered(gathered):
            return gathered
        return self._checked(in_order(gathered), relation)

    def _checked(self, made: Relation | None, relation: Relation) -> Relation | None:
        """A relation that is to be in order, if it is, and has the columns of the one that it stands for."""
        if made is None or not self._is_ordered(made):
            return None
        found, wanted = self._columns(made), self._columns(relation)
        return made if found.simpleString() == wanted.simpleString() else None

    def _is_ordered(self, relation: Relation) -> bool:
        """Whether Sail sends the rows as one stream that comes of a sort."""
        try:
            answer = self._client._analyze(method="explain", plan=_plan(relation), explain_mode="simple")
        except PySparkException:  # what is wrong with the plan is told when it runs
            return False
        for line in str(answer.explain_string).splitlines()[1:]:
            found = _STEP.match(line)
            if found is None or found[1] not in _KEEPERS:
                return found is not None and _is_one_sort(found[1], found[2])
        return False

    def _columns(self, relation: Relation) -> StructType:
        """The columns of a relation; none where Sail refuses its plan, which is told when it runs."""
        try:
            return cast(StructType, self._client.schema(_plan(relation)))
        except PySparkException:
            return StructType()

    def _stream(self, relation: Relation) -> Iterator[pa.RecordBatch]:
        for part in self._client.to_table_as_iterator(_plan(relation), {}):
            if isinstance(part, pa.Table):
                yield from part.to_batches()


def _plan(relation: Relation) -> Any:
    made = proto.Plan()
    made.root.CopyFrom(relation)
    return made


def _is_sorted(relation: Relation) -> bool:
    return is_ordered_statement(relation) or is_sorted(relation)


def _is_one_sort(step: str, more: str) -> bool:
    return step == "SortPreservingMergeExec" or (
        step == "SortExec" and "preserve_partitioning=[false]" in more
    )
