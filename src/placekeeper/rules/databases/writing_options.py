"""How a script wants rows to be written to a table of a database: mode, keys, sizes. Names are in lower case.

Source: docs/reference/database-writes.md.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, cast, get_args

from placekeeper.model.errors import UsageError
from placekeeper.model.publication import WriteMode
from placekeeper.model.wording import listed

_MODES: Final = get_args(WriteMode)
BULK: Final = 1000
"""How many rows one INSERT has by itself."""

_MOST_AT_ONCE: Final = 100_000


def mode_and_keys(options: Mapping[str, Any]) -> tuple[WriteMode, tuple[str, ...]]:
    """The mode of a write, and the keys of an upsert. Raises UsageError."""
    keys = _keys(options.get("upsertkeys"))
    said = str(options.get("mode") or "").strip().lower()
    if str(options.get("overwrite", "")).strip().lower() == "true" and said in ("", "overwrite"):
        said = "overwrite"
    mode = said or ("upsert" if keys else "append")
    if mode not in _MODES:
        raise UsageError(f"the mode of a write to a database is {listed(_MODES)}, not '{mode}'")
    if mode == "upsert" and not keys:
        raise UsageError(
            'mode \'upsert\' needs the columns that tell rows apart: write "upsertKeys": ["id"] beside it, '
            "with the names of your key columns"
        )
    if keys and mode != "upsert":
        raise UsageError(
            f"mode '{mode}' changes no rows by their keys, so it takes no upsertKeys. Leave them out, or "
            'write "mode": "upsert"'
        )
    return cast(WriteMode, mode), keys


def _keys(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            raise UsageError(f"upsertKeys is no list of JSON: {value!r}") from None
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value or (), list | tuple) or not all(isinstance(one, str) for one in value or ()):
        raise UsageError(f"upsertKeys is a list of names of columns, such as ['id'], not {value!r}")
    return tuple(dict.fromkeys(one.strip() for one in value or () if one.strip()))


def rows_at_once(options: Mapping[str, Any]) -> int:
    """How many rows one INSERT has. Raises UsageError."""
    for name in ("bulkSize", "batchsize"):
        value = options.get(name.lower())
        if value is not None:
            try:
                return max(1, min(_MOST_AT_ONCE, int(str(value))))
            except ValueError:
                raise UsageError(f"{name} is a number of rows, not {value!r}") from None
    return BULK


def left_out(options: Mapping[str, Any]) -> list[str]:
    """A sentence for each option of writes without effect."""
    notes = []
    if options.get("redshifttmpdir"):
        notes.append("option redshiftTmpDir has no effect: rows go to the database without files in between")
    if options.get("isolationlevel"):
        notes.append("option isolationLevel has no effect: the rows of a write come in one transaction")
    if options.get("numpartitions"):
        notes.append("option numPartitions has no effect: the engine says how many tasks write at once")
    if options.get("cascadetruncate"):
        notes.append("option cascadeTruncate has no effect: rows of other tables stay")
    return notes
