"""The names of a script, and what is known of each."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from placekeeper.runtime.look.values import Unknown, Value


class Scope:
    """The names of a module or function, and where they are looked up next."""

    def __init__(self, around: "Scope | None" = None) -> None:
        self.around = around
        self.names: dict[str, Value] = {}

    def find(self, name: str) -> Value:
        """The value of a name."""
        if name in self.names:
            return self.names[name]
        return Unknown(name) if self.around is None else self.around.find(name)

    def bind(self, name: str, value: Value) -> None:
        """Give a name a value."""
        self.names[name] = value

    def forget(self, names: Iterable[str]) -> None:
        """Names whose values nobody knows any more."""
        for name in names:
            self.names[name] = Unknown(f"{name}*")

    @contextmanager
    def tried(self) -> Iterator[dict[str, Value]]:
        """Names that are bound meanwhile are taken back, and then in the dict."""
        before = dict(self.names)
        after: dict[str, Value] = {}
        yield after
        after.update(self.names)
        self.names = before

    def join(self, ends: list[dict[str, Value]]) -> None:
        """One of these has come to pass: a name means what all of them say."""
        if not ends:
            return
        for name in set().union(*ends):
            values = [end.get(name) for end in ends]
            first = values[0]
            agreed = first is not None and all(value == first for value in values)
            self.names[name] = first if agreed and first is not None else Unknown(f"{name}?")
