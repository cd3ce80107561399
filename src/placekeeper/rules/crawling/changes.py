"""What a crawl changes of a table or a partition that the catalog has already.

Source: docs/reference/crawlers.md#what-a-crawl-changes.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from placekeeper.model.wording import listed
from placekeeper.rules.catalog.schema_changes import columns_of, partition_spec, with_columns
from placekeeper.rules.catalog.table_files import Columns
from placekeeper.rules.crawling.options import CrawlOptions
from placekeeper.rules.crawling.shapes import DESCRIBED, agree_on_places

UPDATED_BY: Final = "UPDATED_BY_CRAWLER"
"""The parameter of a table that names the crawler that made it or changed it last."""

DEPRECATED: Final = "DEPRECATED_BY_CRAWLER"
"""The parameter of a table or partition whose files are gone: when a crawl noticed, in epoch milliseconds."""

PIECE: Final = 1000
"""How many partitions of a table are made, changed or deleted at a time."""

FIGURES: Final = ("recordCount", "averageRecordSize", "objectCount", "sizeKey")
"""Parameters that count; they change with every file."""

_FORM: Final = ("classification", "compressionType", "delimiter")
"""What no column can make up for: files of another form need another table."""

_PLACES: Final = (
    "its columns stay as they are: such files are read by the places of columns. The table has {known}; the "
    "files have {found}. Take MergeNewColumns out of Configuration, or change the table (UpdateTable)"
)
_MOST_NAMED: Final = 5
_MOST_SHOWN: Final = 60
"""How many characters of a value are said."""
_BEFORE_HASH: Final = 222
"""How much of a name stays before its hash: names have 255 characters at most."""


class ChangedSpec(msgspec.Struct, frozen=True):
    """The definition after a crawl, and what is to be said. It is the same object where nothing changes."""

    spec: dict[str, Any]
    said: tuple[str, ...] = ()


def location_of(spec: Mapping[str, Any]) -> str:
    """The location of a table or a partition, without the slash at its end."""
    return str((spec.get("StorageDescriptor") or {}).get("Location") or "").rstrip("/")


def hashed_name(name: str, location: str) -> str:
    """The name of a table whose first name another table has. It stays the same in every crawl."""
    return f"{name[:_BEFORE_HASH]}_{hashlib.md5(location.encode(), usedforsecurity=False).hexdigest()}"


def changed_table(
    known: dict[str, Any], found: Mapping[str, Any], options: CrawlOptions, *, now_ms: int
) -> ChangedSpec:
    """The definition of a table after a crawl found it as `found`, which has no name."""
    found = _with_known_keys(known, found)
    if not options.updates:
        return ChangedSpec(known, _differences(known, found, "the schema of the table stays as it is: LOG"))
    if options.merges:
        return _merged(known, found, options, now_ms)
    made = {**found, "Name": known["Name"]}
    if without_figures(made) == without_figures(known):
        return ChangedSpec(known if made == known else made)
    return ChangedSpec(made, _differences(known, found, "updated"))


def _with_known_keys(known: Mapping[str, Any], found: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was found, under the partition keys that the table has, where they differ in names of ours only.

    So names and types stay that somebody has given to `partition_0`.
    """
    if not have_same_keys(known, found):
        return found
    return {**found, "PartitionKeys": known.get("PartitionKeys") or []}


def have_same_keys(known: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether a table that was found has a table's partition keys, but for names of ours: `partition_0`."""
    before, after = key_names(known), key_names(found)
    return len(before) == len(after) and all(
        new in (old, f"partition_{place}") for place, (old, new) in enumerate(zip(before, after, strict=True))
    )


def without_figures(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A definition without what counts files and records."""
    storage = dict(spec.get("StorageDescriptor") or {})
    storage["Parameters"] = _without(storage.get("Parameters"))
    return {**spec, "StorageDescriptor": storage, "Parameters": _without(spec.get("Parameters"))}


def key_names(spec: Mapping[str, Any]) -> list[str]:
    """The names of a table's partition keys, in lower case."""
    return [str(key["Name"]).lower() for key in spec.get("PartitionKeys") or ()]


def changed_partition(known: dict[str, Any], found: dict[str, Any], options: CrawlOptions) -> dict[str, Any]:
    """The definition of a partition after a crawl found it; the same object where nothing changes."""
    if not options.updates:
        return known
    if options.merges and not options.inherits:
        if _disagree(known, found):
            return known
        columns = _added(columns_of(known), columns_of(found))
        found = with_columns(found, columns)
    return known if found == known else found


def partition_of_table(
    table: Mapping[str, Any], found: dict[str, Any], options: CrawlOptions
) -> dict[str, Any]:
    """The definition of a partition that was found; with InheritFromTable it is that of its table."""
    if not options.inherits:
        return found
    made = partition_spec(table, str((found.get("StorageDescriptor") or {}).get("Location")))
    figures = {name: value for name, value in (found.get("Parameters") or {}).items() if name in FIGURES}
    return {**made, "Parameters": {**made["Parameters"], **figures}}


def deprecated(spec: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    """A definition that says that its files are gone."""
    said = spec.get("Parameters") or {}
    return {**spec, "Parameters": {DEPRECATED: str(now_ms), **said}}


def changes_of_partitions(created: int, updated: int) -> list[str]:
    """What to say of partitions that were made and changed."""
    words = {"created": created, "updated": updated}
    return [f"partitions {word}: {count:,}" for word, count in words.items() if count]


def differing_partitions(table: Columns, partitions: Iterable[tuple[str, Columns]]) -> tuple[str, ...]:
    """What to say of partitions (location and columns) whose columns differ from those of their table."""
    differing = [place for place, columns in partitions if columns and set(columns) != set(table)]
    if not differing:
        return ()
    named = listed(differing[:_MOST_NAMED], "and")
    more = len(differing) - _MOST_NAMED
    rest = f", and {more:,} more" if more > 0 else ""
    return (f"the schema of partitions differs from that of the table: {named}{rest}",)


def _merged(
    known: dict[str, Any], found: Mapping[str, Any], options: CrawlOptions, now_ms: int
) -> ChangedSpec:
    """MergeNewColumns: new columns are added; none is removed, and none gets another type."""
    before, after = known.get("Parameters") or {}, found.get("Parameters") or {}
    changed = [name for name in _FORM if name in before and before[name] != after.get(name)]
    if changed:
        told = listed([f"{name} {before[name]!r} to {after.get(name)!r}" for name in changed], "and")
        # Only the first crawl that notices says when.
        marked = known if DEPRECATED in before else deprecated(known, now_ms)
        return ChangedSpec(marked, (f"deprecated, because its files have changed from {told}",))
    are_by_place = options.inherits or not key_names(known)  # else each partition has its own columns
    if are_by_place and _disagree(known, found):
        return ChangedSpec(known, (_PLACES.format(known=_names(known), found=_names(found)),))
    columns = _added(columns_of(known), columns_of(found))
    storage, new_storage = known.get("StorageDescriptor") or {}, found["StorageDescriptor"]
    serde, new_serde = storage.get("SerdeInfo") or {}, new_storage.get("SerdeInfo") or {}
    made = {
        **known,
        "Parameters": {name: value for name, value in {**before, **after}.items() if name != DEPRECATED},
        "StorageDescriptor": {
            **storage,
            "Parameters": {**(storage.get("Parameters") or {}), **(new_storage.get("Parameters") or {})},
            "SerdeInfo": {
                **serde,
                "Parameters": {**(serde.get("Parameters") or {}), **(new_serde.get("Parameters") or {})},
            },
        },
    }
    if columns != columns_of(known):
        made = with_columns(made, columns)
    if made == known:
        return ChangedSpec(known)
    new = [name for name, _ in columns[len(columns_of(known)) :]]
    return ChangedSpec(made, (f"new columns: {listed(new, 'and')}",) if new else ())


def _disagree(known: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether one list of columns cannot tell both, because files are read by the places of columns."""
    by_place = (known.get("Parameters") or {}).get("classification") in DESCRIBED
    return by_place and not agree_on_places([columns_of(known), columns_of(found)])


def _names(spec: Mapping[str, Any]) -> str:
    return ", ".join(name for name, _ in columns_of(spec))


def _added(known: Columns, found: Columns) -> Columns:
    names = {name for name, _ in known}
    return (*known, *((name, type) for name, type in found if name not in names))


def _without(parameters: Mapping[str, str] | None) -> dict[str, str]:
    return {name: value for name, value in (parameters or {}).items() if name not in FIGURES}


def _differences(known: Mapping[str, Any], found: Mapping[str, Any], done: str) -> tuple[str, ...]:
    """What differs between a definition and what was found, in one sentence; nothing if nothing does."""
    before, after = dict(columns_of(known)), dict(columns_of(found))
    kinds = {
        "new columns": [name for name in after if name not in before],
        "missing columns": [name for name in before if name not in after],
        "other types": [
            f"{name} ({before[name]} to {type})"
            for name, type in after.items()
            if name in before and before[name] != type
        ],
    }
    parts = [f"{kind}: {listed(names, 'and')}" for kind, names in kinds.items() if names]
    if key_names(known) != key_names(found):
        parts.append(f"partition keys: {key_names(known)} to {key_names(found)}")
    if not parts and without_figures(known) == without_figures({**found, "Name": known.get("Name")}):
        return ()
    return (f"{done}; {'; '.join(parts or _other_differences(known, found))}",)


def _other_differences(known: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What else differs than columns and keys: parameters and the form of the files."""
    before, after = dict(_leaves(without_figures(known))), dict(_leaves(without_figures(found)))
    names = sorted(name for name in {**before, **after} if before.get(name) != after.get(name))
    told = dict.fromkeys(
        f"{name.rpartition('.')[2]} from {_shown(before.get(name))} to {_shown(after.get(name))}"
        for name in names
        if name != "Name"
    )
    more = len(told) - _MOST_NAMED
    return [*list(told)[:_MOST_NAMED], *([f"and {more:,} more"] if more > 0 else [])] or ["its form differs"]


def _leaves(spec: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Single values of a definition, by the names of the members that lead to them."""
    for name, value in spec.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        elif value not in (None, [], ""):
            yield prefix + name, value


def _shown(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
