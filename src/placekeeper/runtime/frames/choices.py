"""Choices become fields of one type: resolveChoice, and toDF with options.

The walk goes through structs, arrays, maps and the alternatives of choices. What is inside a field is
resolved before the field itself. Source: docs/reference/awsglue.md#resolvechoice.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.frames.alternatives import (
    alternative,
    alternatives,
    as_columns,
    as_struct,
    with_alternatives,
)
from placekeeper.runtime.frames.casts import null_of
from placekeeper.runtime.frames.choice_specs import Action, Cast, Columns, MakeColumns, Project, Rules, Specs
from placekeeper.runtime.frames.columns import Item, frame_of, items_of, struct_item
from placekeeper.runtime.frames.frame import Frame, through
from placekeeper.runtime.frames.maps import Change, map_with
from placekeeper.runtime.frames.named_casts import cast_wanted, lost_notes
from placekeeper.runtime.frames.rereading import Want, reread
from placekeeper.runtime.types.fields import (
    alternative_of,
    element_field,
    glue_name,
    is_choice,
    list_of,
    map_of,
)
from placekeeper.runtime.types.kinds import Part, Place, place_text
from placekeeper.runtime.types.type_names import Loose, Wanted


def resolve(frame: Frame, rules: Rules) -> tuple[Frame, list[str]]:
    """The frame after every action of the rules, and sentences on actions without effect and lost values.

    It raises for no value: what has no place in its new type is null.
    """
    walk = _Walk(rules)
    resolved = through(lambda frame: _resolved(frame, walk), frame)
    return resolved, [*dict.fromkeys(walk.notes), *_unmet(frame.schema, rules)]


def _resolved(frame: Frame, walk: "_Walk") -> Frame:
    read, there = reread(frame, [walk.want(place, item) for place, item in enumerate(items_of(frame))])
    made = walk.fields(there, ())
    return frame if made is there else frame_of(read, made)


def _unmet(schema: pa.Schema, rules: Rules) -> Iterator[str]:
    """Sentences on paths that lead nowhere; a frame of nothing has no fields, and nothing to say."""
    if not isinstance(rules, Specs) or not schema.names:
        return
    there = list(_places(schema, ()))
    for place in rules.actions:
        if place not in there:
            meant = next((f", but '{place_text(other)}'" for other in there if _alike(place, other)), "")
            yield f"there is no field '{place_text(place)}'{meant}"


def _alike(place: Place, other: Place) -> bool:
    """True if two places differ in case, or in what goes into arrays and maps, alone."""
    one, two = ([step.lower() for step in path if isinstance(step, str)] for path in (place, other))
    return one == two


def _places(fields: Iterable[pa.Field], above: Place) -> Iterator[Place]:
    for inner in fields:
        yield (*above, inner.name)
        yield from _places_inside(inner, (*above, inner.name))


def _places_inside(of: pa.Field, place: Place) -> Iterator[Place]:
    data_type = of.type
    if is_choice(of):
        for child in data_type.fields:
            yield from _places_inside(child, place)
    elif pat.is_struct(data_type):
        yield from _places(data_type.fields, place)
    elif pat.is_list(data_type) or pat.is_map(data_type):
        inner = data_type.value_field if pat.is_list(data_type) else data_type.item_field
        below = (*place, Part.ELEMENT if pat.is_list(data_type) else Part.VALUE)
        yield below
        yield from _places_inside(inner, below)


@dataclass(frozen=True)
class _Walk:
    """A walk through the fields of a frame; what is to be said gathers in `notes`."""

    rules: Rules
    notes: list[str] = field(default_factory=list)

    def want(self, place: int, item: Item) -> Want:
        """What the column at a place of a frame is read for."""
        action = self.rules.action((item.name,), item.field)
        return Want.of(place, item.field, action.type if isinstance(action, Cast) else None)

    def fields(self, items: list[Item], above: Place) -> list[Item]:
        """The fields of a struct; the very list if nothing changes. Further columns come last, as on AWS."""
        taken = {item.name for item in items}
        made: list[Item] = []
        further: list[Item] = []
        for item in items:
            first, *others = self._named(item, self._field(item, (*above, item.name)), taken)
            made.append(first)
            further += others
        is_same = not further and all(new is old for new, old in zip(made, items, strict=True))
        return items if is_same else made + further

    def _named(self, item: Item, made: Sequence[Item], taken: set[str]) -> Iterator[Item]:
        """What became of an item, new columns under names that no other field has."""
        for new in made:
            name = new.name
            while name != item.name and name in taken:
                name += "_"
            taken.add(name)
            if name != new.name:
                self.notes.append(f"there is a field '{new.name}' already: the new column is '{name}'")
            yield new if name == new.name else new.renamed(name)

    def _field(self, item: Item, place: Place) -> list[Item]:
        """What becomes of a field: itself, another one, or a column for each type."""
        below = self._below(item, place) if self.rules.goes_below(place) else item
        action = self.rules.action(place, item.field)
        if action is None:
            if isinstance(self.rules, Columns) and is_choice(item.field):
                self.notes.append(f"the table has no type for '{place_text(place)}', which stays a choice")
            return [below]
        if isinstance(action, Cast):
            return [self._cast(below, action.type, place)]
        if not is_choice(item.field):
            self._note_single(item, place, action)
            return [below]
        if isinstance(action, Project):
            return [self._projected(below, action.type, place)]
        if isinstance(action, MakeColumns):
            if isinstance(place[-1], str):
                return as_columns(below)
            self.notes.append(f"'{place_text(place)}' is no field that columns can stand for: it is a struct")
        return [as_struct(below)]

    def _note_single(self, item: Item, place: Place, action: Action) -> None:
        kind = glue_name(item.field.type)
        if not (isinstance(action, Project) and _word(action.type) == kind):
            self.notes.append(f"'{place_text(place)}' is no choice: it is {kind} and stays so")

    def _cast(self, item: Item, wanted: Wanted, place: Place) -> Item:
        if isinstance(wanted, Loose) and wanted is not Loose.NUMBER and is_choice(item.field):
            return self._projected(item, wanted, place)
        self.notes.extend(lost_notes(item.field, wanted, place_text(place)))
        return cast_wanted(item, wanted)

    def _projected(self, item: Item, wanted: Wanted, place: Place) -> Item:
        name = _word(wanted)
        found = alternative_of(name, item.field)
        if found is not None:
            return cast_wanted(alternative(item, found.name), wanted)
        there = " and ".join(child.name for child in item.field.type.fields)
        self.notes.append(f"'{place_text(place)}' has {there}, no {name}: it is null in every record")
        data_type = pa.null() if isinstance(wanted, Loose) else wanted
        return item.computed(null_of(data_type), pa.field(item.name, data_type))

    def _below(self, item: Item, place: Place) -> Item:
        """A field with all that is inside it resolved; the very item if nothing changes."""
        data_type = item.field.type
        if is_choice(item.field):
            there = alternatives(item)
            made = [self._below(child, place) for child in there]
            is_same = all(new is old for new, old in zip(made, there, strict=True))
            return item if is_same else with_alternatives(item, made)
        if pat.is_struct(data_type):
            children = item.children()
            made = self.fields(children, place)
            return item if made is children else struct_item(item.name, made, unless_null=item)
        if pat.is_list(data_type):
            below, element = (*place, Part.ELEMENT), element_field(data_type)
            column, inner = self._inside(element, below, lambda change: F.transform(item.column, change))
            return item if inner is element else _computed(item, column, list_of(inner))
        if pat.is_map(data_type):
            below, value = (*place, Part.VALUE), data_type.item_field
            column, inner = self._inside(value, below, lambda change: map_with(item.column, change))
            return item if inner is value else _computed(item, column, map_of(data_type.key_type, inner))
        return item

    def _inside(
        self, of: pa.Field, place: Place, each: Callable[[Change], Column]
    ) -> tuple[Column, pa.Field]:
        """An array or map after its elements or values, and the field of these; `of` if nothing changes."""
        fields = [of]

        def change(column: Column) -> Column:
            item = Item(column, of)
            (made,) = self._field(item, place)
            fields.append(of if made is item else made.field)
            return made.column

        return each(change), fields[-1]


def _word(wanted: Wanted) -> str:
    return wanted.value if isinstance(wanted, Loose) else glue_name(wanted)


def _computed(item: Item, column: Column, data_type: pa.DataType) -> Item:
    return item.computed(column, pa.field(item.name, data_type))
