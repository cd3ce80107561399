"""Grok: patterns against what they are documented to match, and lines against the records they are."""

import gzip
import io
import re
from typing import Any

import pyarrow as pa
import pytest

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.formats.grok.compiling import Grok, custom_patterns
from placekeeper.runtime.formats.grok.patterns import PATTERNS
from placekeeper.runtime.formats.grok.reader import GrokReader
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.types.fields import is_choice

PATH = "s3://bucket/logs/a.log"


def whole(name: str, text: str) -> bool:
    """Whether a pattern matches a whole text."""
    found = Grok.of(f"^%{{{name}:it}}$", {}).matcher(10).texts(text)
    return found is not None and found[0] == text


def read(data: str | bytes, format: str, path: str = PATH, **options: object) -> pa.Table:
    raw = data.encode() if isinstance(data, str) else data
    reader = FORMATS.reader("grokLog", {"logFormat": format, **options})
    schema = reader.schema(io.BytesIO(raw), path)
    return pa.Table.from_batches(list(reader.read(io.BytesIO(raw), path, schema)), schema)


MATCHES: dict[str, tuple[list[str], list[str]]] = {
    "WORD": (["a", "x_1"], ["", "a b", "a-b", "é"]),
    "INT": (["5", "-5", "+5", "007"], ["5.0", "x", ""]),
    "NUMBER": (["5", "-5.25", ".5", "+1"], ["1.", "1e5", "x", "1.2.3"]),
    "BASE16NUM": (["0xAf", "beef", "-1F"], ["0x", "xyz"]),
    "BOOLEAN": (["true", "FALSE"], ["truth"]),
    "POSINT": (["1", "90"], ["0", "-1"]),
    "NONNEGINT": (["0", "12"], ["-1"]),
    "NOTSPACE": (["a-b/c"], ["a b"]),
    "QS": (['"a b"', r'"a \" b"', "'x'"], ['"a', 'a"b"']),
    "UUID": (["123e4567-e89b-12d3-a456-426614174000"], ["123e4567e89b12d3a456426614174000"]),
    "MAC": (["00:1A:2b:3c:4d:5e", "00-1A-2b-3c-4d-5e", "001A.2b3c.4d5e"], ["00:1A:2b:3c:4d"]),
    "IPV4": (["127.0.0.1", "255.255.255.255", "0.0.0.0"], ["256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4"]),
    "IPV6": (
        [
            *("::", "::1", "1::", "2001:db8::8:800:200c:417a", "1:2:3:4:5:6:7:8", "fe80::1%eth0"),
            *(
                "::ffff:129.144.52.38",
                "64:ff9b::192.0.2.33",
                "1:2:3:4:5:6:1.2.3.4",
                "1::7:8",
                "1:2:3:4:5:6:7::",
            ),
        ],
        ["1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", ":::", "1::2::3", "12345::", "g::1", ":1"],
    ),
    "IP": (["10.0.0.1", "::1"], ["localhost"]),
    "HOSTNAME": (["localhost", "a.example.com", "x-1"], ["-a", "a b", "a..b"]),
    "IPORHOST": (["10.0.0.1", "::1", "a.example.com"], ["a/b"]),
    "HOSTPORT": (["a.example.com:80", "10.0.0.1:443"], ["a.example.com"]),
    "PATH": (["/", "/var/log/a.log", r"C:\Users\x"], ["var/log"]),
    "URI": (
        ["http://a.example/x?y=1", "https://u:p@host:8443/", "s3://bucket", "ftp://10.0.0.1/a,b"],
        ["//x", "http:/x", "http://a b"],
    ),
    "URIPATHPARAM": (["/a/b?x=1&y=%20"], ["a"]),
    "MONTH": (["Jan", "January", "May", "Sep", "September"], ["Janu", "jan"]),
    "DAY": (["Mon", "Monday"], ["Mo"]),
    "YEAR": (["99", "1999"], ["199", "19999"]),
    "TIME": (["23:59:60", "7:05:09", "00:00:00.123"], ["24:00:00", "23:60:00", "23:59"]),
    "DATE": (["12/31/2020", "31.12.20", "1-2-2020"], ["2020-01-01"]),
    "TIMESTAMP_ISO8601": (
        ["2020-01-01T12:00:00Z", "2020-01-01 12:00", "2020-01-01T12:00:00.5+01:00", "2020-1-1 1:00:00,123"],
        ["2020-13-01T12:00:00Z", "2020-01-01", "2020-01-32 12:00"],
    ),
    "HTTPDATE": (["10/Oct/2000:13:55:36 -0700"], ["10/10/2000:13:55:36 -0700"]),
    "SYSLOGTIMESTAMP": (["Feb  5 17:32:18", "Oct 11 22:14:15"], ["Feb 5"]),
    "DATESTAMP": (["12/31/2020 10:00:00"], ["12/31/2020"]),
    "DATESTAMP_RFC2822": (["Tue, 15 Nov 1994 08:12:31 +0000"], ["15 Nov 1994"]),
    "DATESTAMP_EVENTLOG": (["20201231235959"], ["2020"]),
    "LOGLEVEL": (["INFO", "warn", "WARNING", "Error", "FATAL", "emerg"], ["LOUD"]),
    "JAVACLASS": (["java.lang.String", "a.b.C$D"], ["1a", "a..b"]),
    "EMAILADDRESS": (["a.b@example.com"], ["a@", "@b"]),
    "TTY": (["/dev/pts/1", "/dev/tty1"], ["/dev/sda"]),
    "SYSLOGFACILITY": (["<1.6>"], ["<1>"]),
}


@pytest.mark.parametrize("name", MATCHES)
def test_a_pattern_matches_what_it_is_documented_to(name: str) -> None:
    good, bad = MATCHES[name]
    assert [text for text in good if not whole(name, text)] == []
    assert [text for text in bad if whole(name, text)] == []


@pytest.mark.parametrize("name", PATTERNS)
def test_every_pattern_compiles(name: str) -> None:
    Grok.of(f"%{{{name}:it}}", {}).matcher(1)


APACHE = (
    '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 '
    '"http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"\n'
    '::1 - - [10/Oct/2000:13:55:37 -0700] "GET / HTTP/1.1" 304 - "-" "curl/8"\n'
    'host.example - - [10/Oct/2000:13:55:38 -0700] "\\x16\\x03" 400 0 "-" "-"\n'
)


def test_apache_logs() -> None:
    table = read(APACHE, "%{COMBINEDAPACHELOG}")
    assert table.schema.names == [
        *("clientip", "ident", "auth", "timestamp", "verb", "request", "httpversion", "rawrequest"),
        *("response", "bytes", "referrer", "agent"),
    ]
    assert set(table.schema.types) == {pa.string()}
    assert list(table.to_pylist()[0].values()) == [
        *("127.0.0.1", None, "frank", "10/Oct/2000:13:55:36 -0700", "GET", "/apache_pb.gif", "1.0", None),
        *("200", "2326", '"http://www.example.com/start.html"', '"Mozilla/4.08 [en] (Win98; I ;Nav)"'),
    ]
    assert table.column("bytes").to_pylist() == ["2326", None, "0"]
    assert table.column("rawrequest").to_pylist() == [None, None, "\\x16\\x03"]
    typed = read(APACHE.replace(' "curl/8"', ""), "%{COMMONAPACHELOG_DATATYPED}")
    assert typed.column("response").to_pylist() == [200, 304, 400]
    assert typed.schema.field("bytes").type == pa.int64()


def test_syslog() -> None:
    lines = (
        "Feb  5 17:32:18 web-1 sshd[4123]: Accepted password\n"
        "Feb 15 07:00:00 10.0.0.99 CRON: (root) CMD (x)\r\n"
    )
    assert read(lines, "%{SYSLOGBASE} %{GREEDYDATA:message}").to_pylist() == [
        {
            "timestamp": "Feb  5 17:32:18",
            "facility": None,
            "priority": None,
            "logsource": "web-1",
            "program": "sshd",
            "pid": "4123",
            "message": "Accepted password",
        },
        {
            "timestamp": "Feb 15 07:00:00",
            "facility": None,
            "priority": None,
            "logsource": "10.0.0.99",
            "program": "CRON",
            "pid": None,
            "message": "(root) CMD (x)",
        },
    ]


def test_types_of_fields() -> None:
    format = (
        "%{NOTSPACE:i:int} %{NOTSPACE:l;long} %{NOTSPACE:d:double} %{NOTSPACE:b:boolean} %{NOTSPACE:s:string}"
    )
    table = read("1 2 0.5 true 7\n- - - - -\n", format)
    assert table.schema.types == [pa.int32(), pa.int64(), pa.float64(), pa.bool_(), pa.string()]
    assert [list(row.values()) for row in table.to_pylist()] == [[1, 2, 0.5, True, "7"], [None] * 5]


def test_what_is_not_of_its_type_is_a_choice_and_a_text_when_strict() -> None:
    data = "1 a\nx b\n"
    table = read(data, "%{NOTSPACE:n:int} %{WORD:w}")
    assert is_choice(table.schema.field("n"))
    assert table.column("n").to_pylist() == [{"int": 1, "string": None}, {"int": None, "string": "x"}]
    strict = read(data, "%{NOTSPACE:n:int} %{WORD:w}", strictMODE="true")
    assert strict.schema.types == [pa.string(), pa.string()]
    assert strict.column("n").to_pylist() == ["1", "x"]


def test_the_options() -> None:
    custom = "# ours\nORDER [A-Z]{2}-%{INT}\n\nSTATE open|closed\n"
    table = read(
        "AB-12 open ?\nXY-7 closed z\n",
        r"%{ORDER:order} (?<state>%{STATE}) %{NOTSPACE:[note][text]}",
        CUSTOMPATTERNS=custom,
        missing="?",
        linecount="1",
    )
    assert table.to_pylist() == [
        {"order": "AB-12", "state": "open", "note.text": None},
        {"order": "XY-7", "state": "closed", "note.text": "z"},
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "logFormat"),
        ({"logFormat": "%{WORD:a}", "LineCount": 2}, "LineCount is 1"),
        ({"logFormat": "%{WROD:a}"}, r"no grok pattern WROD; did you mean WORD\?"),
        ({"logFormat": "%{WORD}"}, "names no field"),
        ({"logFormat": "%{WORD:a} ("}, "is broken"),
        ({"logFormat": "%{A:a}", "customPatterns": "A x%{B}\nB y%{A}"}, "part of itself"),
        ({"logFormat": "%{WORD:a:money}"}, "type 'money' of the field a"),
        ({"logFormat": "%{WORD:a:int} %{WORD:a}"}, "two types: int, string"),
        ({"logFormat": "%{WORD:a}", "customPatterns": "JUSTANAME"}, "A line of customPatterns"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UnsupportedFeature, match=said):
        FORMATS.reader("grokLog", options)


def test_a_field_in_two_places_is_the_one_that_is_there() -> None:
    assert read("7\nx\n", "^(?:%{INT:a}|%{WORD:a})$").column("a").to_pylist() == ["7", "x"]


def test_a_pattern_matches_anywhere_in_a_line_and_blank_lines_are_none() -> None:
    assert read("  id=7;\n\n \nid=8", "id=%{INT:a}").column("a").to_pylist() == ["7", "8"]


def test_a_line_that_does_not_match_fails_by_name() -> None:
    with pytest.raises(
        RecordUnreadable, match=re.escape("a.log, line 3: logFormat does not match it: 'what'")
    ):
        read("id=1\n\nwhat\n", "id=%{INT:a}")


def test_a_pattern_that_matches_in_too_many_ways_is_given_up() -> None:
    reader = GrokReader(Grok.of("^(?<a>(?:(?:x|x)+y?)+)$", {}), seconds=0.2)
    with pytest.raises(RecordUnreadable, match=r"in too many ways: after 0\.2 s"):
        list(reader.read(io.BytesIO(b"x" * 60 + b"!\n"), PATH, reader.grok.schema))


def test_the_same_records_at_every_cut() -> None:
    data = "é=1\r\nid=2\nü=3".encode()
    for size in range(1, 20):
        reader = GrokReader(Grok.of("=%{INT:a:int}", {}), block_bytes=size)
        found = [
            row
            for batch in reader.read(io.BytesIO(data), PATH, reader.grok.schema)
            for row in batch.to_pylist()
        ]
        assert found == [{"a": 1}, {"a": 2}, {"a": 3}]


def test_encoding_and_compression() -> None:
    assert read("naïve 1".encode("latin-1"), "^%{NOTSPACE:w} %{INT:n}", encoding="latin-1").to_pylist() == [
        {"w": "naïve", "n": "1"}
    ]
    assert read(gzip.compress(b"a 1\n"), "^%{WORD:w} %{INT:n}", path=f"{PATH}.gz").to_pylist() == [
        {"w": "a", "n": "1"}
    ]
    with pytest.raises(RecordUnreadable, match="line 1: the byte 0xef"):
        read("naïve 1".encode("latin-1"), "%{INT:n}")


def test_custom_patterns_are_lines() -> None:
    assert custom_patterns("  A\tb c  \n#x\nB  d") == {"A": "b c", "B": "d"}
