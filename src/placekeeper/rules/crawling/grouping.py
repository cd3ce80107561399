"""How the files of a crawl become tables and partitions, from the lowest folders up.

Source: docs/reference/crawlers.md#how-files-become-tables.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from msgspec import Struct, field
from msgspec.structs import replace

from placekeeper.model.wording import counted
from placekeeper.rules.catalog.table_files import Columns
from placekeeper.rules.crawling.shapes import (
    DESCRIBED,
    SHARE,
    Form,
    SeenFile,
    agree_on_places,
    alike,
    safe_name,
    together,
)


class Leaf(Struct, frozen=True):
    """A folder of a table that is one partition, or all of the table: its folders from the table's on."""

    folders: tuple[str, ...]
    columns: Columns
    files: tuple[SeenFile, ...]


class GroupedTable(Struct, frozen=True, kw_only=True):
    """A table: its location (a folder, or one file), its columns, and the keys of its partitions.

    With `nests`, its files are also in folders below, which are no partitions.
    """

    name: str
    location: str
    form: Form
    columns: Columns
    keys: tuple[str, ...] = ()
    leaves: tuple[Leaf, ...]
    nests: bool = False


class Grouped(Struct, frozen=True):
    """The tables below a folder, and what is to be said of how they were found."""

    tables: list[GroupedTable] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


class _Folder(Struct):
    """A folder with all that is in it."""

    uri: str
    files: list[SeenFile] = field(default_factory=list)
    folders: dict[str, "_Folder"] = field(default_factory=dict)


class _Unit(Struct, frozen=True):
    """What is one table so far. `levels` are the keys of the folders below, empty for one without a key.

    With `is_whole`, there is nothing else in these folders.
    """

    form: Form
    leaves: tuple[Leaf, ...]
    levels: tuple[str, ...] = ()
    nests: bool = False
    is_whole: bool = True

    @property
    def schemas(self) -> list[Columns]:
        return [leaf.columns for leaf in self.leaves]

    @property
    def columns(self) -> Columns:
        return together(self.schemas)


def grouped(root: str, files: Iterable[SeenFile], *, combines: bool, level: int | None) -> Grouped:
    """The tables of the files below the folder `root`, which is a URI with a slash at the end.

    With `combines`, schemas need not be alike. `level` is TableLevelConfiguration.
    """
    found = Grouped()
    for uri, below in _tables_at(root, files, level):
        top = _tree(uri, below)
        unit = _Grouping(found, combines=combines or level is not None).unit(top)
        if unit is not None:
            found.tables.append(_table(top.uri, unit, found.said))
    return found


def table_of_file(file: SeenFile) -> GroupedTable:
    """The table of one file that has been looked into."""
    assert file.shape is not None  # noqa: S101 - the caller has looked
    shape = file.shape
    return GroupedTable(
        name=safe_name(file.path.rpartition("/")[2]),
        location=file.path,
        form=shape.form,
        columns=shape.columns,
        leaves=(Leaf((), shape.columns, (file,)),),
    )


class _Grouping:
    """Goes through a tree of folders; what cannot be part of a larger table becomes one at once."""

    def __init__(self, found: Grouped, *, combines: bool) -> None:
        self._found = found
        self._combines = combines

    def unit(self, top: _Folder) -> _Unit | None:
        """What a folder is as one table; None if it is none, or several. Folders may be thousands deep."""
        order, waiting = [], [top]
        while waiting:
            folder = waiting.pop()
            order.append(folder)
            waiting.extend(folder.folders.values())
        units: dict[str, _Unit | None] = {}
        for folder in reversed(order):
            children = {name: units.pop(child.uri) for name, child in folder.folders.items()}
            below = self._of_folders(
                folder, {name: unit for name, unit in children.items() if unit is not None}
            )
            units[folder.uri] = self._of_folder(folder, below)
        return units[top.uri]

    def _of_folder(self, folder: _Folder, below: _Unit | None) -> _Unit | None:
        """A folder with its own files, and with what the folders in it are together."""
        shaped = [file for file in folder.files if file.shape is not None]
        if not shaped and folder.files:
            count = counted(len(folder.files), "file")
            self._found.said.append(f"{folder.uri}: {count} left out: no file of the sample was recognised")
        if not shaped:
            return below if not folder.files or below is None else replace(below, is_whole=False)
        own = self._of_files(folder, shaped)
        if own is not None and below is None:
            return own
        if own is None or below is None:
            why = "they differ in form or schema"
        elif not below.is_whole or any(below.levels[:1]) or not self._are_one(own, below):
            why = "there are partitions or other data in the folders beside them"
        else:
            files = [file for leaf in (*own.leaves, *below.leaves) for file in leaf.files]
            columns = together([own.columns, below.columns])
            return _Unit(own.form, (Leaf((), columns, tuple(files)),), nests=True)
        self._each_file(folder, shaped, why)
        return None if below is None else replace(below, is_whole=False)

    def _are_one(self, own: _Unit, below: _Unit) -> bool:
        if own.form != below.form:
            return False
        if own.form.format in DESCRIBED and not agree_on_places([*own.schemas, *below.schemas]):
            return False
        return self._combines or alike([own.columns, below.columns])

    def _of_files(self, folder: _Folder, shaped: Sequence[SeenFile]) -> _Unit | None:
        """The files of one folder as one leaf."""
        shapes = [file.shape for file in shaped if file.shape is not None]
        schemas = [shape.columns for shape in shapes]
        form = shapes[0].form
        if any(shape.form != form for shape in shapes):
            return None
        if form.format in DESCRIBED and not agree_on_places(schemas):
            return None
        if not (self._combines or alike(schemas)):
            return None
        leaf = Leaf((), together(schemas), tuple(folder.files))
        return _Unit(form, (leaf,), is_whole=not folder.folders)

    def _of_folders(self, folder: _Folder, units: dict[str, _Unit]) -> _Unit | None:
        """The folders in a folder as partitions of one table. Those that are too different become tables."""
        clusters: dict[tuple[Form, tuple[str, ...]], list[str]] = defaultdict(list)
        for name, unit in units.items():
            if unit.nests:
                continue
            clusters[unit.form, (_key(name), *unit.levels)].append(name)
        (form, levels), names = max(clusters.items(), key=lambda one: len(one[1]), default=((None, ()), []))
        is_one = form is not None and len(names) / len(folder.folders) > SHARE
        if is_one and not self._combines:
            is_one = alike([units[name].columns for name in names])
        together_here = frozenset(names) if is_one else frozenset()
        for name, unit in units.items():
            if name not in together_here:
                self._found.tables.append(_table(f"{folder.uri}{name}/", unit, self._found.said))
        if not is_one or form is None:
            return None
        leaves = (
            Leaf((name, *leaf.folders), leaf.columns, leaf.files)
            for name in names
            for leaf in units[name].leaves
        )
        is_whole = len(names) == len(folder.folders) and all(units[name].is_whole for name in names)
        return _Unit(form, tuple(leaves), levels, is_whole=is_whole)

    def _each_file(self, folder: _Folder, shaped: Sequence[SeenFile], why: str) -> None:
        self._found.tables.extend(table_of_file(file) for file in shaped)
        word = "file" if len(shaped) == 1 else "files"
        self._found.said.append(f"{folder.uri}: a table for each of {len(shaped):,} {word}: {why}")


def _tables_at(
    root: str, files: Iterable[SeenFile], level: int | None
) -> Iterator[tuple[str, list[SeenFile]]]:
    """The folders at the level of tables, with the files below each; just the root without a level."""
    if level is None:
        yield root, list(files)
        return
    scheme, _, _ = root.partition("://")
    above = root.count("/") - len("//") - (scheme == "file")  # the bucket, or the first folder, is level 1
    by_folder: dict[str, list[SeenFile]] = defaultdict(list)
    for file in files:
        folders = file.path[len(root) :].split("/")[:-1][: max(0, level - above)]
        by_folder[root + "".join(f"{name}/" for name in folders)].append(file)
    yield from by_folder.items()


def _tree(root: str, files: Iterable[SeenFile]) -> _Folder:
    top = _Folder(root)
    for file in files:
        folder = top
        for name in file.path[len(root) :].split("/")[:-1]:
            if name not in folder.folders:
                folder.folders[name] = _Folder(f"{folder.uri}{name}/")
            folder = folder.folders[name]
        folder.files.append(file)
    return top


def _key(name: str) -> str:
    """The key of a folder `key=value`, in lower case; empty for another."""
    key, equals, _ = name.partition("=")
    return key.lower() if equals and key else ""


def value_of_folder(name: str) -> str:
    """The value of a folder's partition: what stands behind its key, as Hive spells it, or its name."""
    if not _key(name):
        return name
    spelled = name.partition("=")[2]
    try:
        return unquote(spelled, errors="strict")
    except UnicodeDecodeError:  # its bytes are no text: two of them must stay two
        return spelled


def values_of(leaf: Leaf) -> tuple[str, ...]:
    """The values of a partition."""
    return tuple(value_of_folder(name) for name in leaf.folders)


def _of_other_values(uri: str, leaves: Sequence[Leaf], said: list[str]) -> tuple[Leaf, ...]:
    """The partitions without those whose values an earlier one has: `A=1` beside `a=1`."""
    first: dict[tuple[str, ...], Leaf] = {}
    others = [leaf for leaf in leaves if first.setdefault(values_of(leaf), leaf) is not leaf]
    said.extend(
        f"{uri}{'/'.join(leaf.folders)}/: left out: its values of partition keys are those of "
        f"{uri}{'/'.join(first[values_of(leaf)].folders)}/"
        for leaf in others
    )
    return tuple(first.values())


def _table(uri: str, unit: _Unit, said: list[str]) -> GroupedTable:
    columns = unit.columns
    names = {name.lower() for name, _ in columns}
    keys: list[str] = []
    for place, level in enumerate(unit.levels):
        key = safe_name(level) if level else f"partition_{place}"
        if key in names or key in keys:
            said.append(
                f"{uri}: the partition key {key} is called partition_{place}: there is a column {key}"
            )
            key = f"partition_{place}"
        keys.append(key)
    return GroupedTable(
        name=safe_name(uri.rstrip("/").rpartition("/")[2]),
        location=uri,
        form=unit.form,
        columns=columns,
        keys=tuple(keys),
        leaves=_of_other_values(uri, unit.leaves, said) if keys else unit.leaves,
        nests=unit.nests,
    )
