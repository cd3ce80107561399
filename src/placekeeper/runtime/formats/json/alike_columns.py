"""The columns of lines that are mostly alike (alike_lines.py), for records of a layout."""

from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec
import numpy as np
import pyarrow as pa

from placekeeper.runtime.formats.json.alike_lines import Found, Path, Skeleton
from placekeeper.runtime.formats.json.layout import Differs, Layout, Leaf, Learner, Node
from placekeeper.runtime.formats.json.token_columns import Unlike, column, texts

_TRIES: Final = 4
"""Skeletons of blocks in a row that are not alike: then nobody looks for one in the same object any more."""


class Forgets(Learner, Protocol):
    """A learner that forgets what it was told last, if that was of lines that do not become columns."""

    def forget(self) -> None:
        """Forget it."""
        ...


@dataclass
class AlikeColumns:
    """Makes columns of lines, most of which have the skeleton of the first one or of those before."""

    layout: Layout
    skeleton: Skeleton | None = None
    tries: int = _TRIES
    decoder: "msgspec.json.Decoder[msgspec.Struct]" = field(init=False)

    def __post_init__(self) -> None:
        self.decoder = msgspec.json.Decoder(self.layout.decoded)

    def __call__(self, lines: bytes, learner: Forgets) -> list[pa.Array] | None:
        """The columns of the layout; None where another way has to make them."""
        if not self.tries:
            return None
        made = None if self.skeleton is None else self._made(self.skeleton, lines, learner)
        if made is None:
            self.tries -= 1
            before, self.skeleton = self.skeleton, self._skeleton(lines[: lines.find(b"\n") + 1])
            if self.skeleton is not None and self.skeleton != before:
                made = self._made(self.skeleton, lines, learner)
        if made is not None:
            self.tries = _TRIES
        return made

    def _skeleton(self, line: bytes) -> Skeleton | None:
        try:
            self.decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        return Skeleton.of(line)

    def _made(self, skeleton: Skeleton, lines: bytes, learner: Forgets) -> list[pa.Array] | None:
        found = skeleton.find(lines)
        if found is None:
            return None
        try:
            columns = _columns(self.layout, (), found, learner)
            return self._with_others(columns, found, learner) if len(found.others) else columns
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Differs, Unlike):
            learner.forget()
            return None

    def _with_others(self, columns: list[pa.Array], found: Found, learner: Learner) -> list[pa.Array]:
        """The columns of all lines in their order."""
        records = self.decoder.decode_lines(found.other_lines)
        if len(records) != len(found.others):
            raise Unlike
        others = self.layout.columns(records, learner)
        order = pa.array(np.argsort(np.concatenate((found.alike, found.others))))
        return [pa.concat_arrays(both).take(order) for both in zip(columns, others, strict=True)]


def _columns(layout: Layout, above: Path, found: Found, learner: Learner) -> list[pa.Array]:
    learner.count_records(len(found.alike))
    return [
        _column(node, (*above, name), found, learner)
        for name, node in zip(layout.names, layout.nodes, strict=True)
    ]


def _column(node: Node, path: Path, found: Found, above: Learner) -> pa.Array:
    """The column of a field; `above` learns of it. Raises Unlike."""
    count = len(found.alike)
    if path in found.skeleton.paths:
        tokens, are_texts = found.tokens(path)
        if not isinstance(node, Leaf):
            column(tokens, pa.null())
            above.field(path[-1]).count(count, count, ())
            return pa.nulls(count, node.type)
        if are_texts != (node.type == pa.string()):
            raise Unlike
        made = texts(tokens, have_escapes=found.have_escapes) if are_texts else column(tokens, node.type)
        node.tell(made, above.field(path[-1]))
        return made
    if path not in found.skeleton.structs:
        return pa.nulls(count, node.type)
    if not isinstance(node, Layout):
        raise Unlike
    learner = above.field(path[-1])
    learner.count(count, 0, ["struct"])
    return pa.StructArray.from_arrays(_columns(node, path, found, learner), fields=list(node.type.fields))
