"""Errors of Sail reach the script in plain words (`error_texts`), with the columns that there are."""

import functools
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any, Final

import pyarrow as pa
from pyspark.errors import PySparkException, PySparkTypeError

from placekeeper.runtime.engines.error_texts import in_plain_words, is_of_a_file, with_places
from placekeeper.runtime.engines.patches import Patches

_MOST_STEPS: Final = 20
_EXECUTING: Final = "_execute"
"""How the client's methods begin that have an engine execute something."""

_PLANS: Final = "pyspark.sql.connect.plan"
"""The module of the classes of plans, which cannot be imported where Spark is the engine."""


_NOT_OF_THE_TYPE: Final = (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError)


def install(
    patches: Patches, client: type, dataframe: type, session: type, failed: Callable[[], None]
) -> None:
    """Reword what the client of Spark Connect raises; `dataframe` and `session` are its classes of these.

    `failed` is told of each request to execute something that has failed.
    """
    _reword_answers(patches, client, dataframe, failed)
    _reword_values(patches, session)


def _reword_values(patches: Patches, session: type) -> None:
    """A value that is not of its column's type: Arrow's text and error, where Spark has its own."""
    original: Any = vars(session)["createDataFrame"]

    @functools.wraps(original)
    def created(*args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except _NOT_OF_THE_TYPE as error:
            raise PySparkTypeError(
                f"createDataFrame: a value is not of its column's type: {error}. Convert the values, or give "
                "the column another type in the schema"
            ) from None

    patches.attribute(session, "createDataFrame", created)


def _reword_answers(patches: Patches, client: type, dataframe: type, failed: Callable[[], None]) -> None:
    original: Any = vars(client)["_handle_error"]
    rewording = threading.local()

    @functools.wraps(original)
    def handled(self: Any, error: Exception) -> None:
        # Sail raises AnalysisException for values, too: only the request tells that something was executed.
        if sys._getframe(1).f_code.co_name.startswith(_EXECUTING):
            failed()
        try:
            original(self, error)
        except PySparkException as raised:
            if not getattr(rewording, "now", False):
                rewording.now = True
                try:
                    caller = sys._getframe(1)
                    _reword(raised, _acting(caller, dataframe), _plan_acted_on(caller))
                finally:
                    rewording.now = False
            raise

    patches.attribute(client, "_handle_error", handled)


def _reword(error: PySparkException, frame: Any, plan: Any) -> None:
    said = str(error)
    words = in_plain_words(
        said,
        lambda: next(iter(_columns_before(frame)), ()),
        lambda name: any(name in columns for columns in _columns_before(frame)),
    )
    if is_of_a_file(said):
        words = with_places(words, [] if plan is None else _paths_read(plan))
    if words != said:
        error._message = words
        error.args = (words,)


def _acting(caller: FrameType | None, dataframe: type) -> Any:
    """The DataFrame whose method is being called."""
    while caller is not None:
        acting = caller.f_locals.get("self")
        if isinstance(acting, dataframe):
            return acting
        caller = caller.f_back
    return None


def _plan_acted_on(caller: FrameType | None) -> Any:
    """The plan of the DataFrame whose method is being called, or which is being written."""
    while caller is not None:
        acting = caller.f_locals.get("self")
        for plan in (getattr(acting, "_plan", None), getattr(acting, "_df", None)):
            if _is_plan(plan):
                return plan
        caller = caller.f_back
    return None


def _paths_read(plan: Any) -> Sequence[str]:
    """The paths that a plan reads, as the script gave them."""
    parts = [value for part in vars(plan).values() for value in (part if isinstance(part, list) else [part])]
    below = [path for part in parts if _is_plan(part) for path in _paths_read(part)]
    return list(dict.fromkeys([*(getattr(plan, "_paths", None) or ()), *below]))


def _is_plan(value: object) -> bool:
    return type(value).__module__ == _PLANS


def _columns_before(frame: Any) -> Iterator[Sequence[str]]:
    """The columns of the steps of a DataFrame that the engine understands, the last one first."""
    plan = getattr(frame, "_plan", None)
    for _ in range(_MOST_STEPS):
        plan = getattr(plan, "_child", None)
        if plan is None:
            break
        try:
            columns: Sequence[str] = type(frame)(plan, frame.sparkSession).columns
        except PySparkException:
            continue
        yield columns
