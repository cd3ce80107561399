"""Functions, patterns, statements and settings of SQL that Sail lacks or does differently.

Found by the same 1,245 expressions on Sail 0.7.2 and Spark 4.1, side by side.
"""

import re
from typing import Final

from placekeeper.runtime.engines.recognition import Difference, Guard, Look, Setting, TextArgument

_LACKING_FUNCTIONS: Final = frozenset(
    {"zip_with", "transform_values", "transform_keys", "map_zip_with", "shuffle", "try_to_date", "from_csv"}
)
_LACKING_METHODS: Final = frozenset({"crosstab", "freqItems", "observe", "withWatermark"})
_DIFFERENT_FUNCTIONS: Final = frozenset(
    {
        *("weekday", "date_part", "datepart", "datediff", "date_diff", "regexp_count", "nvl2", "bround"),
        *("json_array_length", "xxhash64", "hash", "rint", "array_contains"),
    }
)
_ONLY_SEEN_BEFORE: Final = frozenset({"to_json", "element_at"})
"""Functions that Placekeeper's own code calls too, where they are alike."""


def _called(names: frozenset[str]) -> re.Pattern[str]:
    """Calls of functions in a text of SQL."""
    return re.compile(rf"\b(?:{'|'.join(sorted(names))})\s*\(", re.IGNORECASE)


_IN_SQL: Final = _called((_DIFFERENT_FUNCTIONS | _ONLY_SEEN_BEFORE) - {"hash", "weekday"})
_PARSERS: Final = frozenset(
    {"to_timestamp", "try_to_timestamp", "to_timestamp_ntz", "to_date", "unix_timestamp", "to_unix_timestamp"}
)
_HALF_DAY: Final = re.compile(r"^(?=[^'a]*(?:'[^']*'[^'a]*)*$)(?=.*(?:h|K))[yMdhKmsSXZzVEuDTL':/\-.,\[\] ]+$")
_HALF_DAY_SQL: Final = re.compile(
    rf"\b(?i:{'|'.join(sorted(_PARSERS))})\s*\([^()]*'[^'a]*(?:h|K)[^'a]*'\s*\)"
)
_OF_REGEX: Final = frozenset(
    {
        *("regexp_replace", "regexp_extract", "regexp_extract_all", "regexp_substr", "regexp_instr"),
        *("regexp_like", "regexp", "rlike", "split"),
    }
)
_BEYOND_RUST: Final = re.compile(r"\(\?<?[=!]|\(\?>|\\[1-9]|[*+?}]\+")
_REPLACEMENT: Final = re.compile(r"\$\d+[A-Za-z_]")
_JSON_STAR: Final = re.compile(r"^\$.*\[\*\]")
_STATEMENTS: Final = re.compile(
    r"\b(?:SELECT|FROM|WHERE)\b.*(?:\b(?:DISTRIBUTE\s+BY|CLUSTER\s+BY|GROUP\s+BY\s+ALL|LIKE\s+ANY)\b|\bPIVOT\s*\()"
    r"|\*\s*EXCEPT\s*\(\s*\w"
    r"|^\s*ADD\s+JAR\b",
    re.IGNORECASE | re.DOTALL,
)
_OF_CATALOG: Final = re.compile(
    rf"{_STATEMENTS.pattern}"
    r"|^\s*(?:(?:DESC|DESCRIBE)\s+(?:(?:TABLE|EXTENDED|FORMATTED)\s+)*[`\w.]+\s*;?\s*$"
    r"|SHOW\s+(?:DATABASES|SCHEMAS|COLUMNS)\b|MSCK\s+REPAIR\b|ANALYZE\s+TABLE\b"
    r"|ALTER\s+TABLE\b.*\bADD\b.*\bPARTITION\b)",
    re.IGNORECASE | re.DOTALL,
)
"""The same with statements about the catalog: only in a run does the Data Catalog answer them."""

_LEGACY_TIMES: Final = Setting("timeParserPolicy", frozenset({"legacy"}))
_ZONE: Final = Setting(
    "spark.sql.session.timeZone",
    if_unknown=True,
    harmless=frozenset({"utc", "etc/utc", "gmt", "z", "+00:00"}),
)
_NULL_FIELDS: Final = Setting("jsonGenerator.ignoreNullFields", frozenset({"false"}))

SQL_DIFFERENCES: Final = (
    Difference(
        "lacking-functions",
        "the function {}()",
        "Sail does not have this function, or fails where Spark gives null",
        "df.select(F.zip_with('a', 'b', lambda a, b: a + b))",
        look=Look(
            attributes=_LACKING_METHODS,
            functions=_LACKING_FUNCTIONS,
            text=_called(_LACKING_FUNCTIONS - {"shuffle"}),
        ),
        guard=Guard(
            methods=_LACKING_METHODS - {"freqItems", "crosstab"},
            functions=_LACKING_FUNCTIONS,
            sql=_called(_LACKING_FUNCTIONS),
        ),
    ),
    Difference(
        "different-functions",
        "the function {}()",
        "Sail gives other values or another type than Spark",
        "df.select(F.datediff('a', 'b'))",
        look=Look(
            functions=_DIFFERENT_FUNCTIONS | _ONLY_SEEN_BEFORE,
            text=_IN_SQL,
        ),
        guard=Guard(functions=_DIFFERENT_FUNCTIONS, sql=_IN_SQL),
    ),
    Difference(
        "hours-of-half-days",
        "a pattern with hh or K and without a",
        "Sail gives null for such a time, and Spark takes the hour as it is",
        "df.select(F.to_timestamp('a', 'yyyy-MM-dd hh:mm:ss'))",
        "Write HH for hours from 0 to 23, or add a for AM and PM",
        Look(arguments=(TextArgument(_PARSERS, _HALF_DAY),), text=_HALF_DAY_SQL),
        Guard(arguments=(TextArgument(_PARSERS, _HALF_DAY),), sql=_HALF_DAY_SQL),
    ),
    Difference(
        "regular-expressions",
        "a regular expression or replacement in {}()",
        "Sail has neither look-around nor back-references, and reads $1_ in a replacement as the name 1_",
        "df.select(F.regexp_replace('a', '(?<=x)y', 'z'))",
        look=Look(
            arguments=(
                TextArgument(_OF_REGEX, _BEYOND_RUST),
                TextArgument(frozenset({"regexp_replace"}), _REPLACEMENT),
            )
        ),
        guard=Guard(
            arguments=(
                TextArgument(_OF_REGEX, _BEYOND_RUST),
                TextArgument(frozenset({"regexp_replace"}), _REPLACEMENT),
            )
        ),
    ),
    Difference(
        "json-paths",
        "get_json_object with [*]",
        "Sail gives null for a path with [*]",
        "df.select(F.get_json_object('a', '$.b[*]'))",
        look=Look(arguments=(TextArgument(frozenset({"get_json_object"}), _JSON_STAR),)),
        guard=Guard(arguments=(TextArgument(frozenset({"get_json_object"}), _JSON_STAR),)),
    ),
    Difference(
        "statements",
        "a statement of SQL",
        "Sail does not have this statement or clause, or answers with other columns",
        "spark.sql('SELECT a FROM t DISTRIBUTE BY a')",
        look=Look(text=_STATEMENTS),
        guard=Guard(sql=_OF_CATALOG),
    ),
    Difference(
        "ignored-settings",
        "{}",
        "Sail ignores this setting, or heeds it in part",
        "spark.conf.set('spark.sql.session.timeZone', 'America/New_York')",
        look=Look(settings=(_LEGACY_TIMES, _ZONE, _NULL_FIELDS)),
        guard=Guard(configuration=(_LEGACY_TIMES, _ZONE, _NULL_FIELDS)),
    ),
    Difference(
        "sessions",
        "newSession()",
        "Sail does not have it",
        "spark.newSession()",
        "Use the session that there is",
        look=Look(attributes=frozenset({"newSession"})),
        guard=Guard(session_properties=frozenset({"newSession"})),
    ),
)
