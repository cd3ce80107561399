"""What a MERGE does to rows, in plain Python: for each row of the table its matches, and the first clause."""

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

Row = tuple[Any, ...]
Test = Callable[[Row | None, Row | None], bool | None]
Make = Callable[[Row | None, Row | None], Row]
"""Rows of the table are (id, v, name), those of the source (id, v, name, flag)."""


class Choice(NamedTuple):
    """A piece of SQL, and the same in Python."""

    sql: str
    does: Any


class Clause(NamedTuple):
    """`deed` gives the new row, None for none."""

    rows: str
    condition: Choice | None
    deed: Choice


class Violation(Exception):
    """A row of the table has several matches."""


def _equal(one: Any, other: Any) -> bool | None:
    return None if one is None or other is None else one == other


def _less(one: Any, other: Any) -> bool | None:
    return None if one is None or other is None else one < other


def _plus(one: Any, other: Any) -> Any:
    return None if one is None or other is None else one + other


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


ONS = (
    Choice("t.id = s.id", lambda t, s: _equal(t[0], s[0])),
    Choice("t.id <=> s.id", lambda t, s: t[0] == s[0]),
    Choice("s.id = t.id AND s.flag", lambda t, s: _both(_equal(t[0], s[0]), s[3])),
    Choice("t.id = s.id AND t.name < s.name", lambda t, s: _both(_equal(t[0], s[0]), _less(t[2], s[2]))),
    Choice("t.id + 1 = s.id", lambda t, s: _equal(_plus(t[0], 1), s[0])),
)
CONDITIONS = {
    "MATCHED": (
        Choice("s.v > t.v", lambda t, s: _less(t[1], s[1])),
        Choice("flag", lambda _t, s: s[3]),
        Choice("t.v IS NULL", lambda t, _s: t[1] is None),
    ),
    "NOT MATCHED": (
        Choice("v > 3", lambda _t, s: _less(3, s[1])),
        Choice("s.flag", lambda _t, s: s[3]),
    ),
    "NOT MATCHED BY SOURCE": (
        Choice("v < 5", lambda t, _s: _less(t[1], 5)),
        Choice("t.name = 'b'", lambda t, _s: _equal(t[2], "b")),
    ),
}
DELETE = Choice("DELETE", lambda _t, _s: None)
DEEDS = {
    "MATCHED": (
        DELETE,
        Choice("UPDATE SET *", lambda _t, s: s[:3]),
        Choice("UPDATE SET v = s.v + t.v", lambda t, s: (t[0], _plus(s[1], t[1]), t[2])),
        Choice("UPDATE SET t.name = s.name, v = 7", lambda t, s: (t[0], 7, s[2])),
    ),
    "NOT MATCHED": (
        Choice("INSERT *", lambda _t, s: s[:3]),
        Choice(
            "INSERT (name, id) VALUES (concat(s.name, '+'), id)",
            lambda _t, s: (s[0], None, _plus(s[2], "+")),
        ),
    ),
    "NOT MATCHED BY SOURCE": (
        DELETE,
        Choice("UPDATE SET v = v - 1, name = 'gone'", lambda t, _s: (t[0], _plus(t[1], -1), "gone")),
    ),
}


class Case(NamedTuple):
    """A table in some files, a source, and a statement over them."""

    files: list[list[Row]]
    source: list[Row]
    on: Choice
    clauses: list[Clause]

    @classmethod
    def random(cls, seed: int) -> "Case":
        """One of many."""
        dice = random.Random(seed)

        def value(*options: Any) -> Any:
            return None if dice.random() < 0.15 else dice.choice(options)

        most = dice.choice((3, 12))  # few ids make rows with several matches

        def row() -> Row:
            return value(*range(most)), value(*range(8)), value("a", "b", "c")

        files = [[row() for _ in range(dice.randrange(1, 6))] for _ in range(dice.randrange(4))]
        source = [(*row(), value(True, False)) for _ in range(dice.randrange(9))]
        if dice.random() < 0.6:  # else most have a row with several matches
            source = [*{one[0]: one for one in source}.values()]
        clauses = []
        for rows, deeds in DEEDS.items():
            for place in range(count := dice.randrange(3)):
                may_lack = place == count - 1 and dice.random() < 0.6
                condition = None if may_lack else dice.choice(CONDITIONS[rows])
                clauses.append(Clause(rows, condition, dice.choice(deeds)))
        dice.shuffle(clauses)
        clauses.sort(key=lambda one: one.condition is None)
        return cls(files, source, dice.choice(ONS), clauses or [Clause("MATCHED", None, DELETE)])

    @property
    def sql(self) -> str:
        """The statement, over `shop.t` and the view `v`."""
        clauses = (
            f"WHEN {one.rows}{f' AND {one.condition.sql}' if one.condition else ''} THEN {one.deed.sql}"
            for one in self.clauses
        )
        return f"MERGE INTO shop.t t USING v s ON {self.on.sql} {' '.join(clauses)}"

    def expected(self, *, counts_all: bool) -> list[Row]:
        """The rows afterwards; with `counts_all` matches count that change nothing. Raises Violation."""
        made: list[Row] = []
        met: set[int] = set()
        for row in [row for file in self.files for row in file]:
            matches = [n for n, one in enumerate(self.source) if self.on.does(row, one)]
            met |= set(matches)
            deeds = [self._deed("MATCHED", row, self.source[n]) for n in matches]
            if not matches:
                deeds = [self._deed("NOT MATCHED BY SOURCE", row, None)]
            self._check(deeds if counts_all else [one for one in deeds if one is not None])
            deed = next((one for one in deeds if one is not None), None)
            new = row if deed is None else deed[0]
            made += [] if new is None else [new]
        for n, one in enumerate(self.source):
            if n not in met and (deed := self._deed("NOT MATCHED", None, one)) is not None:
                made.append(deed[0])
        return made

    def _check(self, deeds: Sequence[Any]) -> None:
        matched = [one for one in self.clauses if one.rows == "MATCHED"]
        only_deletes = len(matched) == 1 and matched[0].deed is DELETE and matched[0].condition is None
        if matched and not only_deletes and len(deeds) > 1:
            raise Violation

    def _deed(self, rows: str, row: Row | None, one: Row | None) -> tuple[Row | None] | None:
        """The new row, in a tuple; None where no clause applies."""
        for clause in self.clauses:
            if clause.rows == rows and (clause.condition is None or clause.condition.does(row, one) is True):
                return (clause.deed.does(row, one),)
        return None
