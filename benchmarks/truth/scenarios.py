"""What can happen to files between runs. Each scenario is told once and run against every system."""

import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.truth.systems import Ended, Run, System

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
SHORTLY = 20.0


@dataclass
class World:
    """One folder, one system that reads it, and what should have been delivered in the end.

    A row is due once for each time it is written into the folder; a run always has the chance to see it.
    """

    source: Path
    system: System
    due: Counter[str] = field(default_factory=Counter)
    files: dict[str, list[str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    left: int = 0

    def put(self, name: str, *rows: str, modified: float | None = None) -> None:
        """A file, whole; by default modified now. What was there under its name is replaced."""
        path = self.source / name
        if path.exists():
            next_second()  # for those that know times in whole seconds
        path.write_text("".join(f"{row}\n" for row in ("id", *rows)))
        if modified is not None:
            os.utime(path, (modified, modified))
        self.due.update(rows)
        self.files.setdefault(name, []).extend(rows)

    def grow(self, name: str, *rows: str) -> None:
        """More rows at the end of a file."""
        next_second()
        with (self.source / name).open("a") as file:
            file.writelines(f"{row}\n" for row in rows)
        self.due.update(rows)
        self.files[name].extend(rows)

    def run(self) -> None:
        self.end(self.system.start())

    def end(self, run: Run) -> None:
        ended = run.end()
        self.left = ended.left
        if ended.error:
            self.errors.append(ended.error)

    def fail(self) -> None:
        """A run that is told to fail."""
        ended: Ended = self.system.start(fail=True).end()
        assert ended.error, f"{self.system.name}: a run that was told to fail did not"


def next_second() -> None:
    time.sleep(1.01 - time.time() % 1)


def late(world: World) -> None:
    world.put("a.csv", "a1", "a2")
    world.run()
    world.put("b.csv", "b1", "b2", modified=time.time() - 5 * MINUTE)
    world.run()


def copied(world: World) -> None:
    world.put("a.csv", "a1", "a2")
    world.run()
    world.put("b.csv", "b1", "b2", modified=time.time() - 8 * DAY)
    world.run()


def uploaded_long(world: World) -> None:
    """S3 stamps an object with the time at which its upload began."""
    world.put("a.csv", "a1", "a2")
    world.run()
    world.put("b.csv", "b1", "b2", modified=world.system.began_s() - 20 * MINUTE)
    world.run()


def same_second(world: World) -> None:
    world.put("a.csv", "a1", "a2", modified=int(time.time()))
    world.run()
    world.put("b.csv", "b1", "b2", modified=int(world.system.began_s()))
    world.run()


def clock_behind(world: World) -> None:
    world.put("a.csv", "a1", "a2")
    world.run()
    world.put("b.csv", "b1", "b2", modified=time.time() - HOUR)
    world.run()


def clock_ahead(world: World) -> None:
    """The runs end before the hour has passed."""
    world.put("a.csv", "a1", "a2")
    world.put("b.csv", "b1", "b2", modified=time.time() + HOUR)
    world.run()
    world.put("c.csv", "c1", "c2")
    world.run()


def clock_ahead_and_passed(world: World) -> None:
    """The same, shorter, so that its end can be waited for."""
    world.put("a.csv", "a1", "a2")
    world.run()
    ahead = time.time() + SHORTLY
    world.put("b.csv", "b1", "b2", modified=ahead)
    world.run()
    world.put("c.csv", "c1", "c2")
    world.run()
    time.sleep(max(0.0, ahead + 1 - time.time()))
    world.run()


def overwritten(world: World) -> None:
    now = time.time()
    world.put("a.csv", "a1", "a2", modified=now - 10 * MINUTE)
    world.put("b.csv", "b1", "b2")
    world.run()
    world.put("a.csv", "a3", "a4", modified=now - 5 * MINUTE)
    world.run()


def overwritten_time_kept(world: World) -> None:
    then = int(time.time()) - 5 * MINUTE
    world.put("a.csv", "a1", "a2", modified=then)
    world.run()
    world.put("a.csv", "a3", "a4", "a5", modified=then)
    world.run()


def overwritten_time_and_size_kept(world: World) -> None:
    then = int(time.time()) - 5 * MINUTE
    world.put("a.csv", "a1", "a2", modified=then)
    world.run()
    world.put("a.csv", "a3", "a4", modified=then)
    world.run()


def there_and_back(world: World) -> None:
    for rows in (("a1", "a2"), ("a3", "a4"), ("a1", "a2")):
        world.put("a.csv", *rows)
        world.run()


def recreated(world: World) -> None:
    world.put("a.csv", "a1", "a2")
    world.run()
    (world.source / "a.csv").unlink()
    world.run()
    next_second()
    world.put("a.csv", "a3", "a4")
    world.run()


def grows_between(world: World) -> None:
    """A run sees the half that is there."""
    world.put("a.csv", "a1", "a2")
    world.run()
    world.grow("a.csv", "a3", "a4")
    world.run()


def grows_during(world: World) -> None:
    """The file has one size when it is listed and another when it is read."""
    world.put("a.csv", "a1", "a2", "a3", "a4")
    world.put("b.csv", "b1", "b2")
    run = world.system.start(hold=True)
    world.grow("b.csv", "b3", "b4")
    world.end(run)
    world.run()


def overlap(world: World) -> None:
    """The first has listed when the second begins, and goes on when the second has ended."""
    world.put("a.csv", "a1", "a2")
    first = world.system.start(hold=True)
    world.run()
    world.end(first)
    world.run()


def failed(world: World) -> None:
    world.put("a.csv", "a1", "a2", "a3")
    world.put("b.csv", "b1", "last")
    world.fail()
    world.run()


def renamed(world: World) -> None:
    """A store of objects knows no renaming: a copy under another name. Its rows are due once."""
    world.put("a.csv", "a1", "a2", modified=time.time() - HOUR)
    world.run()
    (world.source / "a.csv").rename(world.source / "b.csv")
    world.run()


SCENARIOS: dict[str, Callable[[World], None]] = {
    "late by 5 minutes": late,
    "copied with a time 8 days old": copied,
    "uploaded for 20 minutes": uploaded_long,
    "same second as the last run's start": same_second,
    "writer's clock an hour behind": clock_behind,
    "writer's clock an hour ahead": clock_ahead,
    "… 20 s ahead, and waited for": clock_ahead_and_passed,
    "overwritten inside the band": overwritten,
    "overwritten, time kept": overwritten_time_kept,
    "overwritten, time and size kept": overwritten_time_and_size_kept,
    "A → B → A": there_and_back,
    "deleted and recreated": recreated,
    "grows between two runs": grows_between,
    "grows between listing and reading": grows_during,
    "two runs overlap": overlap,
    "run fails after reading, is retried": failed,
    "renamed": renamed,
}
