"""Crawls of new folders only: which they are, and which of the old ones have changed meanwhile."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from placekeeper.model.crawling import CrawledFolder, FoundTable, KnownTable
from placekeeper.model.objects import ObjectMeta
from placekeeper.rules.catalog.schema_changes import columns_of
from placekeeper.rules.crawling.changes import key_names
from placekeeper.rules.crawling.grouping import Grouped, GroupedTable, Leaf, grouped
from placekeeper.rules.crawling.shapes import Form, SeenFile, similar, together
from placekeeper.rules.crawling.table_inputs import found_table, location_folder
from placekeeper.runtime.crawling.listing import Listed

_MOST_NAMED: Final = 20
Say = Callable[[str], None]


def new_among(listed: Listed, known: Sequence[CrawledFolder], say: Say) -> Mapping[str, Sequence[ObjectMeta]]:
    """The folders that the last crawl did not see. Old ones that have changed, or are gone, are named."""
    before = {folder.folder: folder for folder in known if folder.folder.startswith(listed.root)}
    now = {folder.folder: folder for folder in listed.seen}
    changed = [name for name, folder in now.items() if name in before and before[name] != folder]
    gone = [name for name in before if name not in now]
    _name(say, changed, "has changed since the last crawl, and is not crawled again: only new folders are")
    _name(say, gone, "is gone; the catalog stays as it is: only new folders are crawled")
    return {name: metas for name, metas in listed.folders.items() if name not in before}


def additions(
    root: str, files: Sequence[SeenFile], tables: Sequence[KnownTable], crawler: str, say: Say
) -> list[FoundTable]:
    """What files of new folders add: partitions of known tables where they fit, and new tables."""
    by_table: dict[str, dict[tuple[str, ...], list[SeenFile]]] = defaultdict(lambda: defaultdict(list))
    others: list[SeenFile] = []
    located = sorted(((location_folder(table.spec), table) for table in tables), key=lambda one: -len(one[0]))
    homes = dict(located)
    for file in files:
        home = next((place for place, _ in located if file.path.startswith(place)), None)
        if home is None:
            others.append(file)
        else:
            by_table[home][tuple(file.path[len(home) :].split("/")[:-1])].append(file)
    found = [
        made
        for home, folders in by_table.items()
        if (made := _of_table(home, homes[home], folders, crawler, say)) is not None
    ]
    new: Grouped = grouped(root, others, combines=False, level=None)
    for sentence in new.said:
        say(sentence)
    return [*found, *(found_table(table, crawler, adds_only=True) for table in new.tables)]


def _of_table(
    home: str,
    table: KnownTable,
    folders: Mapping[tuple[str, ...], Sequence[SeenFile]],
    crawler: str,
    say: Say,
) -> FoundTable | None:
    """The new partitions of a table. A folder whose files do not fit is named, and not added."""
    keys, leaves = key_names(table.spec), []
    form: Form | None = None
    for names, files in folders.items():
        folder = home + "".join(f"{name}/" for name in names)
        shapes = [file.shape for file in files if file.shape is not None]
        columns = together([shape.columns for shape in shapes])
        own = next((shape.form for shape in shapes), None)
        if len(names) != len(keys):
            say(f"{folder}: not added to {table.database}.{table.name}: its partition keys are {keys}")
        elif own is None or any(shape.form != own for shape in shapes) or not _fits(table, own):
            say(f"{folder}: not added to {table.database}.{table.name}: its files have another form")
        elif not similar(columns, columns_of(table.spec)):
            say(f"{folder}: not added to {table.database}.{table.name}: its schema is another one")
        else:
            form = own
            leaves.append(Leaf(names, columns, tuple(files)))
    if form is None:
        return None
    made = GroupedTable(
        name=table.name,
        location=home,
        form=form,
        columns=columns_of(table.spec),
        keys=tuple(keys),
        leaves=tuple(leaves),
    )
    return found_table(made, crawler, existing=(table.database, table.name), adds_only=True)


def _fits(table: KnownTable, form: Form) -> bool:
    said = table.spec.get("Parameters") or {}
    return (
        said.get("classification") == form.classification
        and said.get("compressionType", "none") == form.compression
        and said.get("delimiter", "") == form.detail("delimiter")
    )


def _name(say: Say, folders: Sequence[str], what: str) -> None:
    for folder in folders[:_MOST_NAMED]:
        say(f"{folder}: {what}")
    if len(folders) > _MOST_NAMED:
        say(f"the same of {len(folders) - _MOST_NAMED:,} more folders")
