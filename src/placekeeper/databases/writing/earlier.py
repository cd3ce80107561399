"""What earlier writes of a run, which wait to be published, mean for a later one to the same database.

Source: docs/reference/database-writes.md#writes-of-one-run.
"""

from msgspec import Struct

from placekeeper.model.errors import UsageError
from placekeeper.model.publication import RowsWritten
from placekeeper.model.wording import listed
from placekeeper.ports.databases import WriteAsked


class Earlier(Struct, frozen=True, kw_only=True):
    """Writes that come before another one to the same table.

    `made` is the last one that makes the table. `added` put rows there that stay, and one of them `replaces`
    all that were there. With `is_unknown`, statements of scripts come before, which may change any table.
    """

    made: RowsWritten | None
    added: tuple[RowsWritten, ...]
    replaces: bool
    is_unknown: bool

    @classmethod
    def of(cls, asked: WriteAsked) -> "Earlier":
        """What comes before a write."""
        same = [effect for effect in asked.waiting if effect.table.is_named_as(asked.table)]
        replacing = [number for number, effect in enumerate(same) if effect.mode == "overwrite"]
        return cls(
            made=next((effect for effect in reversed(same) if effect.made), None),
            added=tuple(same[replacing[-1] :] if replacing else same),
            replaces=bool(replacing),
            is_unknown=any(effect.preactions or effect.postactions for effect in asked.waiting),
        )


def as_made(earlier: RowsWritten, asked: WriteAsked) -> tuple[tuple[str, str], ...]:
    """The columns of a frame, with the types of the table that an earlier write of the run makes.

    Raises UsageError for a column that it has not, and for other keys of an upsert.
    """
    table, by_lower = asked.table.full, {name.lower(): (name, sql) for name, sql in earlier.made}
    names = [name for name, _ in earlier.made]
    if missing := [name for name in asked.schema.names if name.lower() not in by_lower]:
        raise UsageError(
            f"an earlier write of this run makes the table {table} with the columns {listed(names)}, so "
            f"that it has no column {listed(missing)}. Give the first frame all columns, or make the table"
        )
    keys = {key.lower() for key in asked.keys}
    if keys and keys != {key.lower() for key in earlier.keys}:
        has = f"({', '.join(earlier.keys)})" if earlier.keys else "none"
        raise UsageError(
            f"upsertKeys ({', '.join(asked.keys)}): an earlier write of this run makes the table {table}: "
            f"its key is {has}. Give the first write these upsertKeys too, or make the table yourself"
        )
    lacking = {key.lower() for key in earlier.keys} - {name.lower() for name in asked.schema.names}
    if lacking:
        raise UsageError(
            f"an earlier write of this run makes the table {table} with the key {listed(earlier.keys)}, and "
            "the frame has no such column"
        )
    return tuple(by_lower[name.lower()] for name in asked.schema.names)
