"""The survey of a source: every chosen object is read to its end, to find those that cannot be read."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import pyarrow as pa

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.model.objects import ObjectMeta
from placekeeper.ports.objects import Objects
from placekeeper.runtime.formats.format import Reader, reader_of
from placekeeper.runtime.types.merging import merge_schemas

_THREADS: Final = 16
_Found = TypeVar("_Found")


def survey(objects: Objects, reader: Reader, chosen: Sequence[ObjectMeta]) -> Sequence[RecordUnreadable]:
    """Read each object to its end; the error of each that cannot be read, in the order of `chosen`.

    Raises ObjectChanged and OSError when a store does not hand out what was listed: that is no bad file.
    """

    def schema_of(meta: ObjectMeta) -> pa.Schema:
        with objects.open(meta) as file:
            return reader.schema(file, meta.path)

    with ThreadPoolExecutor(max_workers=_THREADS) as threads:
        schemas = list(threads.map(lambda meta: _tried(lambda: schema_of(meta)), chosen))
        found = [schema for schema in schemas if isinstance(schema, pa.Schema)]
        try:
            whole = merge_schemas(found)
        except UnsupportedFeature:  # the source as a whole cannot be read; each object by itself may be
            whole = None

        def read(meta: ObjectMeta, own: pa.Schema) -> None:
            with objects.open(meta) as file:
                for _ in reader_of(reader, meta).read(file, meta.path, own if whole is None else whole):
                    pass

        def look(meta: ObjectMeta, own: pa.Schema | RecordUnreadable) -> RecordUnreadable | None:
            if isinstance(own, RecordUnreadable) or not own.names:
                return own if isinstance(own, RecordUnreadable) else None
            return _tried(lambda: read(meta, own))

        return [bad for bad in threads.map(look, chosen, schemas) if bad is not None]


def _tried(read: Callable[[], _Found]) -> _Found | RecordUnreadable:
    try:
        return read()
    except RecordUnreadable as error:
        return error
