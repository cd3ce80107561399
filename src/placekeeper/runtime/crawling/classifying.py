"""What one file is: custom classifiers first, then the built-in ones in AWS's order.

Source: docs/reference/crawlers.md#classifiers.
"""

import io
from collections.abc import Sequence
from typing import BinaryIO, Final, cast

import msgspec
import pyarrow.orc as arrow_orc
import pyarrow.parquet as arrow_parquet
from msgspec import Struct

from placekeeper.model.crawling import Classifier
from placekeeper.model.errors import PlacekeeperError, RecordUnreadable
from placekeeper.model.objects import ObjectMeta
from placekeeper.ports.objects import Objects
from placekeeper.rules.crawling.shapes import Form, Shape
from placekeeper.runtime.crawling.heads import HEAD_BYTES, LONG_HEAD_BYTES, Head, head_of
from placekeeper.runtime.crawling.hive_columns import hive_columns
from placekeeper.runtime.crawling.texts import built_in_shapes, custom_shape, lone_row
from placekeeper.runtime.crawling.watched import Watched
from placekeeper.runtime.formats.avro.container import AvroFile
from placekeeper.runtime.formats.registry import FORMATS

_MAGIC: Final = {b"Obj\x01": "avro", b"ORC": "orc", b"PAR1": "parquet"}
_BUFFER_BYTES: Final = 64 * 1024
_UNKNOWN: Final = "no classifier recognises it"


class Looked(Struct, frozen=True):
    """What a file is, or why nothing is known of it.

    `lone` are the fields of a file of one line, which may be the header of a CSV file without rows.
    """

    shape: Shape | None = None
    why_not: str = ""
    lone: tuple[str, ...] = ()


def look_into(objects: Objects, meta: ObjectMeta, classifiers: Sequence[Classifier]) -> Looked:
    """Classify one file. A file that is broken, has changed or is not recognised is one with a reason.

    Raises OSError if its store fails or refuses: nothing is known of the file then.
    """
    watched: Watched | None = None
    try:
        with objects.open(meta) as file:
            watched = Watched(file)
            looked = _looked(cast("BinaryIO", io.BufferedReader(watched, _BUFFER_BYTES)), meta, classifiers)
    except (PlacekeeperError, OSError) as error:
        looked = Looked(why_not=str(error))
        if watched is None and isinstance(error, OSError):
            raise _failed(meta, error) from error
    if watched is not None and watched.failure is not None:
        raise _failed(meta, watched.failure) from watched.failure
    return looked


def _failed(meta: ObjectMeta, error: OSError) -> OSError:
    said = str(error)
    what = said if said.startswith(meta.path) else f"{meta.path} could not be read: {said}"
    return OSError(
        f"{what.rstrip('.')}. Nothing was changed. Start the crawler again when the store "
        "answers; leave out by Exclusions what nobody may read"
    )


def _looked(file: BinaryIO, meta: ObjectMeta, classifiers: Sequence[Classifier]) -> Looked:
    start = file.read(4)
    file.seek(0)
    format = next((name for magic, name in _MAGIC.items() if start.startswith(magic)), None)
    if format is not None:
        return Looked(_binary(format, file, meta))
    troubles: list[str] = []
    lone: tuple[str, ...] = ()
    for most in (HEAD_BYTES, LONG_HEAD_BYTES):
        file.seek(0)
        head = head_of(file, meta.path, meta.size, most)
        if not head.data.strip():
            return Looked(why_not="it is empty")
        troubles = []
        shape = _text(head, file, meta.path, classifiers, troubles)
        if shape is not None:
            return Looked(shape)
        lone = lone_row(head)
        if head.is_all:
            break
    return Looked(why_not="; ".join([_UNKNOWN, *troubles]), lone=lone)


def _text(
    head: Head, file: BinaryIO, path: str, classifiers: Sequence[Classifier], troubles: list[str]
) -> Shape | None:
    for classifier in classifiers:
        found = custom_shape(classifier.kind, classifier.spec, head, file, path)
        if found is not None:
            return found
    shapes = built_in_shapes(head, file, path, troubles)
    return next((shape for shape in shapes if shape is not None), None)


def _binary(format: str, file: BinaryIO, meta: ObjectMeta) -> Shape:
    """The shape of a file that says its schema. Raises RecordUnreadable for one that is broken."""
    options = {"version": "1.8"} if format == "avro" else {}
    columns = hive_columns(FORMATS.reader(format, options).schema(file, meta.path))
    if not columns:
        raise RecordUnreadable(meta.path, "its schema", "it has no columns")
    file.seek(0)
    records, literal = 0.0, ""
    if format == "parquet":
        records = arrow_parquet.ParquetFile(file).metadata.num_rows
    elif format == "orc":
        records = arrow_orc.ORCFile(file).nrows
    else:
        avro = AvroFile(file, meta.path)
        literal = msgspec.json.encode(avro.schema).decode()
        block = next(avro.blocks(), None)
        if block is not None:
            records = block.count * max(1.0, meta.size / max(1, file.tell()))
    return Shape(
        form=Form(format=format, classification=format), columns=columns, records=records, literal=literal
    )
