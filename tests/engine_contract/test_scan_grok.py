"""Logs as scripts see them, on every engine."""

from typing import Any

import pytest

FORMAT = "%{TIMESTAMP_ISO8601:at} %{LOGLEVEL:level} %{NOTSPACE:ms:int} %{GREEDYDATA:message}"


def test_lines_are_records(files: Any) -> None:
    files.put("a.log", "2020-01-01T00:00:00Z INFO 5 started\n2020-01-01T00:00:01Z WARN - slow, é\n")
    files.put("b.log", "2020-01-02T00:00:00Z ERROR soon failed\n")

    assert [field.name for field in files.scan("grokLog", LOGFORMAT=FORMAT).schema] == [
        *("at", "level", "ms", "message")
    ]
    assert [(row["level"], row["ms"], row["message"]) for row in files.rows("grokLog", logFormat=FORMAT)] == [
        ("INFO", {"int": 5, "string": None}, "started"),
        ("WARN", None, "slow, é"),
        ("ERROR", {"int": None, "string": "soon"}, "failed"),
    ]


def test_a_line_that_does_not_match_names_itself(files: Any) -> None:
    files.put("a.log", "2020-01-01T00:00:00Z INFO 5 started\n  at java.lang.String\n")

    with pytest.raises(Exception, match=r"a\.log, line 2: logFormat does not match it"):
        files.scan("grokLog", logFormat=FORMAT).dataframe.collect()
