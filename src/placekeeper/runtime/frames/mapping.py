"""apply_mapping (docs/reference/awsglue.md#apply_mapping)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from placekeeper.runtime.frames.casts import cast_field
from placekeeper.runtime.frames.columns import Item, Tree, find, frame_of, items_of
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.paths import Path, parse_path
from placekeeper.runtime.types.type_names import named_type


@dataclass(frozen=True)
class Mapping:
    """One source field, the place it goes to, and the type it gets; None keeps the type it has."""

    source: Path
    target: Path
    type: pa.DataType | None


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
            return Mapping(parse_path(source), parse_path(target), named_type(target_type))
    raise ValueError(f"a mapping has 2, 3 or 4 parts, not {len(mapping)}: {mapping!r}")


def apply_mapping(
    frame: Frame, mappings: Sequence[Mapping], *, case_sensitive: bool = False
) -> tuple[Frame, list[Path]]:
    """The frame that the mappings make, and the source paths that it does not have (left out of it).

    Raises ValueError if two mappings have the same target, UsageError for a name that may be two fields,
    UnsupportedFeature for a pair of types that has no cast.
    """
    mapped, missing = _mapped(frame, mappings, case_sensitive)
    if frame.exact is None:
        return mapped, missing
    return replace(mapped, exact=lambda: _mapped(frame.exact_form(), mappings, case_sensitive)[0]), missing


def _mapped(frame: Frame, mappings: Sequence[Mapping], case_sensitive: bool) -> tuple[Frame, list[Path]]:
    there, built, missing = items_of(frame), Tree(), []
    for mapping in mappings:
        item = find(there, mapping.source, case_sensitive=case_sensitive)
        if item is None:
            missing.append(mapping.source)
        else:
            built.put(mapping.target, _cast(item, mapping.type))
    return frame_of(frame, built.items()), missing


def _cast(item: Item, target: pa.DataType | None) -> Item:
    if target is None:
        return item
    return item.computed(cast_field(item.column, item.field, target), pa.field(item.name, target))
