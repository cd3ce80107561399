"""The server's log: on the error stream, and without what only the server may know."""

import json
from collections.abc import Iterator

import pytest
import structlog

from placekeeper.cli.lazy import load
from placekeeper.events import LogFormat, configure_logs
from placekeeper.host.background import steadily

TOKEN = "token-" + "0123456789"


@pytest.fixture(autouse=True)
def defaults() -> Iterator[None]:
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


def failing_work() -> None:
    headers = {"authorization": "".join(TOKEN)}
    raise RuntimeError(f"{len(headers)} header is wrong")


@pytest.mark.parametrize("form", [*LogFormat, None])
def test_a_traceback_has_no_values_of_variables(
    form: LogFormat | None, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(form)
    steadily("work", failing_work)
    logged = capsys.readouterr().err
    assert "failing_work" in logged
    assert "1 header is wrong" in logged
    assert TOKEN not in logged
    if form is LogFormat.JSON:
        assert json.loads(logged)["exception"][0]["exc_value"] == "1 header is wrong"


@pytest.mark.parametrize("path", [("run",), ("plan",), ("state", "check")])
def test_commands_warn_on_the_error_stream(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    load(path)
    steadily("housekeeping", failing_work)
    said = capsys.readouterr()
    assert said.out == ""
    assert "housekeeping" in said.err
    assert TOKEN not in said.err


def test_the_log_follows_the_error_stream(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        configure_logs(None)
    steadily("work", failing_work)
    assert "work" in capsys.readouterr().err
