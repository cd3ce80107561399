"""Methods of AWS's GlueContext that are not there yet: each says so, and what to do instead."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from awsglue._absent import absent

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame

_STREAM = "use Spark's own Structured Streaming on an engine that has it"


class UnavailableContext:
    """A part of GlueContext: no method of it returns."""

    def _get_glue_scala_context(self, **options: Any) -> NoReturn:
        absent("the Scala GlueContext", "there is no JVM behind it: use GlueContext's own methods")

    def getStreamingSource(
        self,
        connection_type: str,
        format: str | None = None,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **options: Any,
    ) -> NoReturn:
        """Not there yet."""
        absent("getStreamingSource", _STREAM)

    def getSampleStreamingDynamicFrame(
        self,
        frame: "DynamicFrame",
        options: Mapping[str, Any] = {},
        batch_function: Callable[..., Any] | None = None,
    ) -> NoReturn:
        """Not there yet."""
        absent("getSampleStreamingDynamicFrame", _STREAM)

    def start_transaction(self, read_only: bool) -> NoReturn:
        """Not there: the product behind it is retired."""
        absent("start_transaction (Lake Formation governed tables)", "AWS retired governed tables")

    def commit_transaction(self, transaction_id: str, wait_for_commit: bool = True) -> NoReturn:
        """Not there: the product behind it is retired."""
        absent("commit_transaction (Lake Formation governed tables)", "AWS retired governed tables")

    def cancel_transaction(self, transaction_id: str) -> NoReturn:
        """Not there: the product behind it is retired."""
        absent("cancel_transaction (Lake Formation governed tables)", "AWS retired governed tables")
