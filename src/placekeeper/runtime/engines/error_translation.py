"""Errors of Sail reach the script in plain words (`error_texts`), with the columns that there are."""

import functools
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Any, Final

import pyarrow as pa
from pyspark.errors import PySparkException, PySparkTypeError

from placekeeper.runtime.engines.error_texts import in_plain_words
from placekeeper.runtime.engines.patches import Patches

_MOST_STEPS: Final = 20


_NOT_OF_THE_TYPE: Final = (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError)


def install(patches: Patches, client: type, dataframe: type, session: type) -> None:
    """Reword what the client of Spark Connect raises; `dataframe` and `session` are its classes of these."""
    _reword_answers(patches, client, dataframe)
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


def _reword_answers(patches: Patches, client: type, dataframe: type) -> None:
    original: Any = vars(client)["_handle_error"]
    rewording = threading.local()

    @functools.wraps(original)
    def handled(self: Any, error: Exception) -> None:
        try:
            original(self, error)
        except PySparkException as raised:
            if not getattr(rewording, "now", False):
                rewording.now = True
                try:
                    _reword(raised, _acting(sys._getframe(1), dataframe))
                finally:
                    rewording.now = False
            raise

    patches.attribute(client, "_handle_error", handled)


def _reword(error: PySparkException, frame: Any) -> None:
    said = str(error)
    words = in_plain_words(said, lambda: () if frame is None else _columns_before(frame))
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


def _columns_before(frame: Any) -> Sequence[str]:
    """The columns of the last step of a DataFrame that the engine understands; none where that is unknown."""
    plan = frame._plan
    for _ in range(_MOST_STEPS):
        plan = getattr(plan, "_child", None)
        if plan is None:
            break
        try:
            columns: Sequence[str] = type(frame)(plan, frame.sparkSession).columns
        except PySparkException:
            continue
        return columns
    return ()
