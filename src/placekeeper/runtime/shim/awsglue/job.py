"""The job of a script: init opens its bookmark, commit makes what was read durable and output visible."""

from collections.abc import Mapping
from typing import Any

from placekeeper.rules.jobs.arguments import BOOKMARK_OPTIONS, CONTINUATION_OPTIONS
from placekeeper.runtime.run import current
from placekeeper.runtime.run.script_options import options_of


class Job:
    """A job run, seen from its script."""

    @classmethod
    def continuation_options(cls) -> list[str]:
        """The legacy bookmark option and its values."""
        return ["--continuation-option", *CONTINUATION_OPTIONS]

    @classmethod
    def job_bookmark_options(cls) -> list[str]:
        """The bookmark option and its values."""
        return ["--job-bookmark-option", *BOOKMARK_OPTIONS]

    @classmethod
    def job_bookmark_range_options(cls) -> list[str]:
        """The options that bound a paused run."""
        return ["--job-bookmark-from", "--job-bookmark-to"]

    @classmethod
    def id_params(cls) -> list[str]:
        """The options that say who runs."""
        return ["--JOB_NAME", "--JOB_ID", "--JOB_RUN_ID", "--SECURITY_CONFIGURATION"]

    @classmethod
    def encryption_type_options(cls) -> list[str]:
        """The encryption option and its values."""
        return ["--encryption-type", "sse-s3"]

    @classmethod
    def data_lineage_options(cls) -> list[str]:
        """The lineage option."""
        return ["--enable-data-lineage"]

    def __init__(self, glue_context_or_spark_session: object) -> None:
        self._session = current.session()

    def init(self, job_name: str, args: Mapping[str, Any] = {}) -> None:
        """Open the bookmark `job_name` with the option in `args`."""
        self._session.init(job_name, options_of("args", args))

    def isInitialized(self) -> bool:
        """Whether init was called in this run."""
        return self._session.initialised

    def commit(self) -> None:
        """Make the bookmark durable and the output visible."""
        self._session.commit()
