"""What is deleted of the output of others: all files of a publication, or none."""

from collections.abc import Sequence

import pytest

from placekeeper.model.errors import TargetBusy
from placekeeper.model.exchange import Replaceable
from placekeeper.model.objects import ObjectMeta
from placekeeper.runtime.run.replacing import to_overwrite


def objects(*names: str) -> list[ObjectMeta]:
    return [ObjectMeta(path=name, last_modified_ms=1, size=1) for name in names]


class Asked:
    """A server with answers, and a store with listings, in the order in which they are given."""

    def __init__(self, answers: Sequence[Replaceable], *listings: Sequence[ObjectMeta]) -> None:
        self.answers = list(answers)
        self.listings = list(listings)
        self.asked: list[object] = []

    def replacing(
        self, prefixes: Sequence[str], *, overwrites: bool = False, since_ms: int | None = None
    ) -> Replaceable:
        self.asked.append((tuple(prefixes), overwrites, since_ms))
        return self.answers.pop(0)

    def run(self) -> Sequence[ObjectMeta]:
        return to_overwrite(self, ["out/"], lambda: self.listings.pop(0))  # type: ignore[arg-type]


def test_nobody_else_publishes() -> None:
    asked = Asked([Replaceable(now_ms=7), Replaceable(now_ms=8)], objects("a", "b"))
    assert asked.run() == objects("a", "b")
    assert asked.asked == [(("out/",), True, None), (("out/",), False, 7)]


@pytest.mark.parametrize("listed", [("a", "b", "c"), ("c",), ("a", "b")])
def test_all_or_nothing_of_what_was_published_meanwhile_was_listed(listed: tuple[str, ...]) -> None:
    told = Replaceable(now_ms=8, settled={"jr_1/0": ("a", "b")})
    assert Asked([Replaceable(), told], objects(*listed)).run() == objects(*listed)


def test_what_was_listed_by_halves_is_listed_again() -> None:
    told = Replaceable(now_ms=8, settled={"jr_1/0": ("a", "b")})
    asked = Asked([Replaceable(now_ms=7), told, told], objects("a", "c"), objects("a", "b", "c"))
    assert asked.run() == objects("a", "b", "c")
    assert asked.asked[1:] == [(("out/",), False, 7), (("out/",), False, 8)]


def test_what_was_published_before_may_be_there_by_halves() -> None:
    told = Replaceable(settled={"jr_1/0": ("a", "b")})
    assert Asked([told, told], objects("a")).run() == objects("a")


def test_what_is_published_at_the_moment_is_not_deleted() -> None:
    told = Replaceable(unsettled={"jr_1/0": ("a", "b"), "jr_2/1": ("c",)})
    assert Asked([Replaceable(), told], objects("d")).run() == objects("d")
    with pytest.raises(TargetBusy, match="b belongs to the output of run jr_1, which is published at this"):
        Asked([Replaceable(), told], objects("b")).run()
