"""The text of an engine's error in plain words, without the names of the engine's own machinery.

A text that is understood is said anew, with what to do. Any other text stays, without stacks of Java.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from placekeeper.runtime.engines.using_names import OWN

_NAME: Final = re.compile(r'ObjectName\(\[((?:Identifier\("(?:[^"\\]|\\.)*"\)(?:, )?)*)\]\)')
_PART: Final = re.compile(r'Identifier\("((?:[^"\\]|\\.)*)"\)')
_MISSING: Final = re.compile(
    rf"attribute (?P<name>{_NAME.pattern}) is missing from the schema: cannot resolve attribute"
)
_AMBIGUOUS: Final = re.compile(rf"ambiguous attribute: (?P<name>{_NAME.pattern})")
_RPC: Final = re.compile(r'^<\S+ of RPC that terminated with:.*?details = "(?P<details>.*?)"$', re.M | re.S)
_JAVA_STACK: Final = re.compile(r"^\s+(?:at [\w.$/<>]+\(.*\)|\.\.\. \d+ more)\n?|\n+JVM stacktrace:.*", re.M)
_JAVA_CALL: Final = re.compile(r"^An error occurred while calling [\w.:]+\.\n: ")
_S3_HELP: Final = (
    "Spark has no S3 file system of its own here. Read and write with create_dynamic_frame and "
    "write_dynamic_frame, which need none; or bring Hadoop's by --extra-jars, or by --conf "
    "spark.jars.packages=org.apache.hadoop:hadoop-aws:VERSION --conf "
    "spark.hadoop.fs.s3.impl=org.apache.hadoop.fs.s3a.S3AFileSystem"
)
_MACHINERY: Final = re.compile(r'"#\d+"|Function\(|deserializing|upb_')
_LONGEST: Final = 300
_MOST_PATHS: Final = 5
_OF_A_FILE: Final = re.compile(
    r"deflate|gzip|bzip2|zstd|lz4|snappy|Parquet (?:argument )?error|corrupt|Parser error|Csv error|"
    r"Json error|unexpected end of file|non UTF-8|invalid utf-8",
    re.IGNORECASE,
)
_DROPPED: Final = (
    " An earlier step had it, and a later one dropped it. Use it before that one. Spark would find it: type "
    "--engine spark."
)
_KNOWN: Final = (
    (
        r"(?:No data source found for|Failed to find (?:the )?data source): (?:com\.mongodb\.|mongo)",
        (
            "There is no data source of MongoDB here. Read and write the collection in the script with "
            "pymongo, or bring MongoDB's connector: --engine spark with --extra-jars"
        ),
    ),
    (
        r"No data source found for: (?!com\.mongodb\.|mongo)",
        (
            "Sail has no data source of this format. Read and write it in the script with a client of its "
            "own, or bring one for Spark: --engine spark with --extra-jars"
        ),
    ),
    (r'No FileSystem for scheme "?s3|S3AFileSystem not found', _S3_HELP),
    (
        "IMDS is disabled|no credentials found in chain|the credential provider was not enabled",
        (
            "The engine has no credentials for S3. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
            "AWS_PROFILE, or give the machine a role"
        ),
    ),
    (
        "non-2xx status code: 40[13]",
        "S3 refuses what the engine asks for. Are the credentials right for this bucket and endpoint?",
    ),
    ("non-2xx status code: 404", "S3 has no such bucket or object"),
    (
        "Exception deserializing response!|upb_DecodeOptions_MaxDepth",
        (
            "A schema is nested deeper than Spark Connect can send: 31 structs or 47 arrays in each other. "
            "Keep what lies deeper as text (to_json), or run with --engine spark"
        ),
    ),
    (
        "Sent message larger than max",
        (
            "The DataFrame holds more of the script's own data than the engine takes at once. Write it to a "
            "file and read that, or make DataFrames of parts of it"
        ),
    ),
    (
        "(?:Received|Decompressed) message larger than max",
        (
            "The answer of the engine is too large for one message. Collect fewer or shorter values, or "
            "write them to files"
        ),
    ),
    (
        r'No field named (?:\w+\.)?"#\d+"',
        (
            "A column stands beside an aggregate and is neither aggregated nor grouped by. Put it into "
            "groupBy (GROUP BY), or take its first, max or the like"
        ),
    ),
    (
        (
            "Cannot coerce arithmetic expression (?:Utf8|.* [-+*/%] Utf8)|Function '.*' requires .*, but "
            "received String|Cannot infer common argument type for comparison operation (?:Utf8|.* Utf8)"
        ),
        (
            "A text stands where a number or a boolean is asked for, and Sail does not cast it as Spark "
            "does. Cast it: col('price').cast('double'), in SQL CAST(price AS DOUBLE); or type --engine spark"
        ),
    ),
    (
        "^Cast error: Cannot cast string ",
        (
            "A text is not of the type that it is cast to. Where no cast is written, it stands beside a "
            "number. Spark gives null there unless ANSI mode is on: write try_cast, in SQL "
            "TRY_CAST(price AS DOUBLE); or type --engine spark"
        ),
    ),
    (
        "Physical plan does not support logical expression (?:Aggregate|Window)Function",
        (
            "An aggregate or a window function stands where the engine cannot compute it. Make it a column "
            "first (agg, withColumn), then filter by that column"
        ),
    ),
)
"""A pattern in an engine's text, and what is said instead of it, before the engine's first line."""


def in_plain_words(
    text: str,
    columns: Callable[[], Sequence[str]] = tuple,
    was_there: Callable[[str], bool] = lambda _name: False,
) -> str:
    """An engine's text in plain words. `columns` gives the names that there are, if they are known.

    `was_there` says whether an earlier step had a column. Keys of USING have the names of the script.
    """
    return _plain(text, columns, was_there).replace(OWN, "")


def _plain(text: str, columns: Callable[[], Sequence[str]], was_there: Callable[[str], bool]) -> str:
    call = _JAVA_CALL.match(text)
    if call or "\tat " in text or "JVM stacktrace:" in text:
        text = _JAVA_STACK.sub("", text[call.end() if call else 0 :]).strip()
    if rpc := _RPC.search(text):
        text = rpc["details"]
    if missing := _MISSING.search(text):
        name = _dotted(missing["name"])
        return _missing(name, columns(), was_there(name))
    if ambiguous := _AMBIGUOUS.search(text):
        return _ambiguous(_dotted(ambiguous["name"]), columns())
    for pattern, words in _KNOWN:
        if re.search(pattern, text) and not text.startswith(words):
            return f"{words}{_in_brackets(text)}"
    return _NAME.sub(lambda match: _dotted(match[0]), text)


def is_of_a_file(text: str) -> bool:
    """True if an engine's text is about malformed bytes of a file."""
    return _OF_A_FILE.search(text) is not None


def with_places(text: str, paths: Sequence[str]) -> str:
    """A text about a file that the engine does not name, with the paths that were being read."""
    if not paths or any(path in text for path in paths):
        return text
    named = ", ".join(paths[:_MOST_PATHS]) + (" and others" if len(paths) > _MOST_PATHS else "")
    return (
        f"{text.rstrip('.')}. It is in {named}: the engine does not say in which file. create_dynamic_frame "
        "names a file that is cut or damaged"
    )


def _ambiguous(name: str, columns: Sequence[str]) -> str:
    alike = [column for column in columns if column.lower() == name.lower()]
    if len(set(alike)) > 1:
        return (
            f"The column {name} is ambiguous: the frame has {' and '.join(alike)}, which differ in case "
            "only, and DataFrames do not tell them apart. Rename one (rename_field) before toDF."
        )
    return (
        f"The column {name} is ambiguous: more than one of the frames has it. Say which is meant "
        f'(df["{name}"]), rename one before the join, or join on its name, which keeps one.'
    )


def _missing(name: str, columns: Sequence[str], was_there: bool) -> str:
    if not columns:
        return f"There is no column {name}."
    if name in columns and "." not in name:
        return (
            f"The column {name} that was given is one of another frame. This frame has a column of the same "
            f"name, and that is not meant. Write col('{name}') for its own, or join the two frames first."
        )
    hint = f" Write `{name}` in backticks: its name has dots." if name in columns else ""
    dropped = _DROPPED if was_there else ""
    return f"There is no column {name}.{hint} There are: {', '.join(columns)}.{dropped}"


def _dotted(name: str) -> str:
    """`a.b` for the name of a column as Sail prints it."""
    return ".".join(part.replace('\\"', '"').replace("\\\\", "\\") for part in _PART.findall(name)) or "''"


def _in_brackets(text: str) -> str:
    """The first line of what the engine said, if it is one that says something to a reader."""
    line = text.partition("\n")[0].strip()
    return "." if _MACHINERY.search(line) else f" ({line[:_LONGEST]})."
