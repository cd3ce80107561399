"""The server's own log, on the error stream: a line per event, for people or for programs."""

import logging
import sys
from enum import StrEnum

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor


class LogFormat(StrEnum):
    """The form of the log's lines."""

    CONSOLE = "console"
    JSON = "json"


def configure_logs(form: LogFormat | None) -> None:
    """With a form, one line per request and event; without, only what is wrong.

    Tracebacks have no values of variables: tokens may be among them.
    """
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
