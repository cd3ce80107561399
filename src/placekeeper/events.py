"""The server's own log, on the error stream: a line per event, for people or for programs.

structlog takes a tenth of a second to load, so the first event loads it: an ordinary run has none.
"""

import logging
import sys
from enum import StrEnum
from typing import Any


class LogFormat(StrEnum):
    """The form of the log's lines."""

    CONSOLE = "console"
    JSON = "json"


class EventLog:
    """The log of a module, by its name. Where nobody has configured logs, it tells only what is wrong."""

    def __init__(self, name: str) -> None:
        self._name = name

    def info(self, event: str, **about: object) -> None:
        """What goes on."""
        self._logger().info(event, **about)

    def warning(self, event: str, **about: object) -> None:
        """What somebody should look at."""
        self._logger().warning(event, **about)

    def error(self, event: str, **about: object) -> None:
        """What has failed; `exc_info` is its exception."""
        self._logger().error(event, **about)

    def exception(self, event: str, **about: object) -> None:
        """What has failed, with the exception that is handled now."""
        self._logger().exception(event, **about)

    def _logger(self) -> Any:
        import structlog  # noqa: PLC0415 - heavy: see above

        if not structlog.is_configured():
            configure_logs(None)
        return structlog.get_logger(self._name)


def configure_logs(form: LogFormat | None) -> None:
    """With a form, one line per request and event; without, only what is wrong.

    Tracebacks have no values of variables: tokens may be among them.
    """
    import structlog  # noqa: PLC0415 - heavy: see above
    from structlog.tracebacks import ExceptionDictTransformer  # noqa: PLC0415
    from structlog.typing import Processor  # noqa: PLC0415

    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if form is LogFormat.JSON:
        last: list[Processor] = [
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ]
    else:
        last = [
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        ]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if form else logging.WARNING),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
