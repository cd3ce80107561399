"""apply_mapping (docs/reference/awsglue.md#apply_mapping)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.model.wording import nearest
from placekeeper.runtime.frames.columns import Item, Tree, find, frame_of, items_of
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.named_casts import cast_wanted, lost_notes
from placekeeper.runtime.frames.paths import Path, no_field, parse_path
from placekeeper.runtime.frames.rereading import Want, reread
from placekeeper.runtime.types.fields import is_choice
from placekeeper.runtime.types.type_names import Wanted, wanted_type

_SHOWN: Final = 10
"""Names that a sentence lists."""


@dataclass(frozen=True)
class Mapping:
    """One source field, the place it goes to, and the type it gets; None keeps the type it has."""

    source: Path
    target: Path
    type: Wanted | None


def parse_mappings(mappings: object) -> list[Mapping]:
    """Mappings as scripts write them: (source, source type, target, target type), (source, target, target
    type), (source, target), or one such tuple bare.

    The source type is not used: a field has the type it has. Raises TypeError unless each is a tuple,
    ValueError for another length or a name that is not a type.
    """
    if isinstance(mappings, tuple) and mappings and all(isinstance(part, str) for part in mappings):
        mappings = [mappings]
    if isinstance(mappings, str) or not isinstance(mappings, Iterable):
        raise TypeError(f"mappings are a list of tuples, not {mappings!r}")
    return [_mapping(mapping) for mapping in mappings]


def _mapping(mapping: object) -> Mapping:
    if not isinstance(mapping, tuple | list):
        raise TypeError(f"a mapping is a tuple, not {mapping!r}")
    match tuple(mapping):
        case (source, target):
            return Mapping(parse_path(source), parse_path(target), None)
        case (source, target, target_type) | (source, _, target, target_type):
            return Mapping(parse_path(source), parse_path(target), wanted_type(target_type))
    raise ValueError(f"a mapping has 2, 3 or 4 parts, not {len(mapping)}: {mapping!r}")


def apply_mapping(
    frame: Frame, mappings: Sequence[Mapping], *, case_sensitive: bool = False
) -> tuple[Frame, list[str]]:
    """The frame that the mappings make, and sentences on what they leave out or leave null.

    A source that is not there is left out. Raises ValueError if two mappings have the same target, UsageError
    for a name that may be two fields.
    """
    mapped, notes = _mapped(frame, mappings, case_sensitive)
    if frame.exact is None:
        return mapped, notes
    return replace(mapped, exact=lambda: _mapped(frame.exact_form(), mappings, case_sensitive)[0]), notes


def _mapped(frame: Frame, mappings: Sequence[Mapping], case_sensitive: bool) -> tuple[Frame, list[str]]:
    wants = _wants(items_of(frame), mappings, case_sensitive)
    (read, there), built, notes = reread(frame, wants), Tree(), list[str]()
    for mapping in mappings:
        item = find(there, mapping.source, case_sensitive=case_sensitive)
        if item is not None:
            built.put(mapping.target, cast_wanted(item, mapping.type))
            notes += lost_notes(item.field, mapping.type, ".".join(mapping.source))
        elif frame.schema.names:  # a frame of nothing has no fields, and nothing to say
            notes.append(no_source(frame.schema, mapping.source))
    return frame_of(read, built.items()), notes


def _wants(there: Sequence[Item], mappings: Sequence[Mapping], case_sensitive: bool) -> list[Want]:
    """What the mappings take of the columns of a frame."""
    wants = []
    for mapping in mappings:
        top = find(there, mapping.source[:1], case_sensitive=case_sensitive)
        if top is not None:
            place = next(place for place, item in enumerate(there) if item is top)
            wants.append(Want.of(place, top.field, mapping.type if len(mapping.source) == 1 else None))
    return wants


def maps_nothing(frame: Frame, mapped: Frame, mappings: Sequence[Mapping]) -> str:
    """A sentence that no mapping has a source, so that every record is empty; "" where it is not so."""
    if not mappings or not frame.schema.names or mapped.schema.names:
        return ""
    sources = ", ".join(f"'{'.'.join(mapping.source)}'" for mapping in mappings[:_SHOWN])
    more = f" and {len(mappings) - _SHOWN:,} more" if len(mappings) > _SHOWN else ""
    known = ", ".join(f"'{name}'" for name in frame.schema.names[:_SHOWN])
    return (
        f"none of the sources {sources}{more} is a field, so the frame that is made is empty. "
        f"The fields are {known}{', …' if len(frame.schema.names) > _SHOWN else ''}"
    )


class Listener(Protocol):
    """Is told what to say at the end of the run."""

    def note(self, sentence: str) -> None:
        """Something to know."""
        ...

    def warn(self, sentence: str) -> None:
        """What is probably a mistake."""
        ...


def tell(
    listener: Listener, frame: Frame, mapped: Frame, mappings: Sequence[Mapping], notes: Iterable[str]
) -> None:
    """Say the notes of `apply_mapping`; of sources that are probably misspelt, and of none at all, warn."""
    nothing = maps_nothing(frame, mapped, mappings)
    slips = () if nothing else _slips(frame.schema, mappings)
    for sentence in notes:
        (listener.warn if sentence in slips else listener.note)(f"apply_mapping: {sentence}")
    if nothing:
        listener.warn(f"apply_mapping: {nothing}")


def _slips(schema: pa.Schema, mappings: Sequence[Mapping]) -> frozenset[str]:
    """What `no_source` says of the mappings whose source has nearly the name of a field."""
    names = [*_names(schema)]
    return frozenset(
        no_source(schema, mapping.source)
        for mapping in mappings
        if nearest(".".join(mapping.source), names) is not None and not _array_above(schema, mapping.source)
    )


def no_source(schema: pa.Schema, path: Path) -> str:
    """A sentence that a mapping has no source; below an array there never is one."""
    array = _array_above(schema, path)
    if array:
        return (
            f"'{'.'.join(path)}' is inside the array '{array}', and a mapping takes no field below an array: "
            f"map '{array}' whole, or take it apart with Relationalize"
        )
    is_column = len(path) == 1 or ".".join(path) in schema.names
    return no_field(path, schema.names if is_column else _names(schema))


def _names(fields: Iterable[pa.Field]) -> Iterator[str]:
    """The fields and those inside of structs, each by its path."""
    for field in fields:
        yield field.name
        if pat.is_struct(field.type) and not is_choice(field):
            yield from (f"{field.name}.{name}" for name in _names(field.type.fields))


def _array_above(fields: Iterable[pa.Field], path: Path) -> str:
    """The path of the array that a field is inside of; "" if there is none."""
    name, *rest = path
    field = next((field for field in fields if field.name == name), None)
    if field is None or not rest or is_choice(field):
        return ""
    if pat.is_list(field.type):
        return name
    above = _array_above(field.type.fields, tuple(rest)) if pat.is_struct(field.type) else ""
    return f"{name}.{above}" if above else ""
