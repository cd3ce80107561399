"""What a script does differently from one version of Glue to another: a table, and the look that uses it."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

_CAST: Final = re.compile(r"\b(cast|int|bigint|double|float|date|timestamp)\s*\(", re.IGNORECASE)
_TO_TIME: Final = re.compile(r"\b(to_date|to_timestamp|unix_timestamp|to_number)\s*\(", re.IGNORECASE)
_ELEMENT: Final = re.compile(r"\belement_at\s*\(", re.IGNORECASE)
_DIVISION: Final = re.compile(r"\bselect\b.*[\w)]\s*[/%]\s*[\w(]", re.IGNORECASE | re.DOTALL)
_CREATE: Final = re.compile(
    r"\bcreate\s+table\b(?!.*\b(using|stored\s+(as|by))\b)", re.IGNORECASE | re.DOTALL
)
_EMRFS: Final = re.compile(r"^(spark\.hadoop\.)?fs\.s3\.")


class VersionDifference(Struct, frozen=True):
    """One difference: `below` the version `since` a use does one thing, from it on `then`.

    A use is a name after a dot, a module, a pattern in a string, or a kind of syntax. Where `only_below` is
    true, the use is a fault below `since` and nothing to say from it on.
    """

    name: str
    since: str
    below: str
    then: str
    attributes: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()
    text: re.Pattern[str] | None = None
    syntax: tuple[type[ast.AST], ...] = ()
    only_below: bool = False


VERSION_DIFFERENCES: Final = (
    VersionDifference(
        "cast",
        "6.0",
        "a value that does not fit its type becomes null",
        "the run fails, unless it is try_cast",
        frozenset({"cast", "astype"}),
        text=_CAST,
    ),
    VersionDifference(
        "parsing-times",
        "6.0",
        "a text that is not a date, time or number becomes null",
        "the run fails, unless it is try_to_date, try_to_timestamp or the like",
        frozenset({"to_date", "to_timestamp", "unix_timestamp", "to_number"}),
        text=_TO_TIME,
    ),
    VersionDifference(
        "division",
        "6.0",
        "a division by zero in SQL is null",
        "it fails the run, unless it is try_divide",
        text=_DIVISION,
    ),
    VersionDifference(
        "element-at",
        "6.0",
        "an element beyond the end of an array is null",
        "it fails the run, unless it is try_element_at or get",
        frozenset({"element_at", "getItem"}),
        text=_ELEMENT,
    ),
    VersionDifference(
        "create-table",
        "6.0",
        "CREATE TABLE without USING makes a Hive table of text files",
        "it makes a Parquet table",
        text=_CREATE,
    ),
    VersionDifference(
        "java-column",
        "6.0",
        "pyspark.sql.column has _to_java_column",
        "it is in pyspark.sql.classic.column",
        frozenset({"_to_java_column"}),
        frozenset({"pyspark.sql.column"}),
    ),
    VersionDifference(
        "emrfs",
        "6.0",
        "settings that begin with fs.s3. configure EMRFS",
        "they have no effect, because S3A reads and writes",
        text=_EMRFS,
    ),
    VersionDifference(
        "removed-modules",
        "6.0",
        "Python has this module",
        "Python is 3.13 and no longer has it",
        modules=frozenset(
            [
                *("asynchat", "asyncore", "cgi", "cgitb", "crypt", "distutils", "imghdr", "imp", "nntplib"),
                *("pipes", "smtpd", "sndhdr", "telnetlib", "uu", "xdrlib"),
            ]
        ),
    ),
    VersionDifference(
        "numpy-names",
        "6.0",
        "NumPy has this name",
        "NumPy is 2 and no longer has it",
        frozenset({"NaN", "Inf", "NINF", "PINF", "float_", "unicode_"}),
    ),
    VersionDifference(
        "simplify-ddb-json",
        "5.0",
        "DynamicFrame has no simplify_ddb_json",
        "it is there",
        frozenset({"simplify_ddb_json"}),
        only_below=True,
    ),
    VersionDifference(
        "match-statement",
        "4.0",
        "Python is 3.7 and has no match statement, and no assignment in an expression (:=)",
        "Python is 3.10 or later",
        syntax=(ast.Match, ast.NamedExpr),
        only_below=True,
    ),
)


def version_notes(tree: ast.Module, version: str) -> tuple[tuple[int, str], ...]:
    """The lines of a script that mean different things in different versions, each with a sentence.

    Lines are counted from 1. `version` is the one that the script runs under.
    """
    found = {note: None for node in ast.walk(tree) for note in _notes(node, version)}
    return tuple(sorted(found))


def _notes(node: ast.AST, version: str) -> Iterator[tuple[int, str]]:
    for row in VERSION_DIFFERENCES:
        use = _use(node, row)
        if use is not None and not (row.only_below and _number(version) >= _number(row.since)):
            line = getattr(node, "end_lineno" if isinstance(node, ast.Attribute) else "lineno", 0)
            yield line, f"{use}: below Glue {row.since} {row.below}; from {row.since} on {row.then}"


def _use(node: ast.AST, row: VersionDifference) -> str | None:
    """How the script spells a use of the row in this node; None for no use."""
    if isinstance(node, ast.Attribute) and node.attr in row.attributes:
        return f".{node.attr}"
    if isinstance(node, ast.Import):
        return next((f"import {a.name}" for a in node.names if a.name.split(".")[0] in row.modules), None)
    if isinstance(node, ast.ImportFrom) and node.module:
        if row.name == "java-column":
            is_it = node.module in row.modules and any(a.name in row.attributes for a in node.names)
            return "_to_java_column" if is_it else None
        return f"from {node.module}" if node.module.split(".")[0] in row.modules else None
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and row.text is not None:
        match = row.text.search(node.value)
        return None if match is None else " ".join(match[0].split())[:40].rstrip("( ")
    if row.syntax and isinstance(node, row.syntax):
        return "match" if isinstance(node, ast.Match) else ":="
    return None


def _number(version: str) -> tuple[int, ...]:
    """A version to compare; one that is no number counts as the newest."""
    parts = version.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else (99,)
