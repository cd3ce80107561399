"""`make truth`: every scenario against every system, from real runs, as a table of rows lost and doubled.

`python -m benchmarks.truth WORD…` runs the scenarios that have one of the words in their name.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.truth.dlt_source import Dlt
from benchmarks.truth.scenarios import SCENARIOS, World
from benchmarks.truth.spark import Spark, Workers
from benchmarks.truth.systems import Placekeeper, System
from benchmarks.truth.window import AwsWindow

Makes = Callable[[Path, Path], System]


def verdict(world: World) -> str:
    """Rows lost and doubled; they wait where the last run said that it leaves just as many files."""
    found = world.system.rows()
    missing, surplus = world.due - found, found - world.due
    without = sum(any(row in missing for row in rows) for rows in world.files.values())
    waits = bool(missing) and without == world.left
    said = [
        f"waits {missing.total()}" if waits else f"lost {missing.total()}" if missing else "",
        f"doubled {surplus.total()}" if surplus else "",
    ]
    return ", ".join(filter(None, said)) or "exact"


def told(error: str) -> str:
    """An error in one line: Python's last, or the only one."""
    lines = [line.strip() for line in error.strip().splitlines() if line.strip()]
    chosen = lines[-1] if lines[0].startswith(("Traceback", "20")) or "Traceback" in error else lines[0]
    return chosen if len(chosen) < 200 else f"{chosen[:200]}…"


def show(table: dict[str, dict[str, str]], names: list[str]) -> None:
    width = max(map(len, table))
    columns = [max(len(name), *(len(row[name]) for row in table.values())) for name in names]
    print("  ".join(["rows".ljust(width), *(n.ljust(c) for n, c in zip(names, columns, strict=True))]))
    for scenario, row in table.items():
        cells = (row[name].ljust(c) for name, c in zip(names, columns, strict=True))
        print("  ".join([scenario.ljust(width), *cells]).rstrip())
    not_exact = ", ".join(f"{name} {sum(row[name] != 'exact' for row in table.values())}" for name in names)
    print(f"not exact, of {len(table)}: {not_exact}")


def main(words: list[str]) -> None:
    chosen = {
        name: scenario
        for name, scenario in SCENARIOS.items()
        if not words or any(word in name for word in words)
    }
    table: dict[str, dict[str, str]] = {}
    versions: dict[str, str] = {}
    notes: list[str] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="truth-") as folder:
        workers = Workers(Path(folder, "spark.log"))
        systems: list[Makes] = [Placekeeper, AwsWindow, lambda s, f: Spark(s, f, workers), Dlt]
        try:
            for number, (name, scenario) in enumerate(chosen.items()):
                table[name] = {}
                for letter, make in zip("abcd", systems, strict=True):
                    source = Path(folder, f"{number}{letter}", "in")
                    source.mkdir(parents=True)
                    world = World(source, make(source, source.parent))
                    scenario(world)
                    system = world.system
                    table[name][system.name] = verdict(world)
                    notes += [f"{name}, {system.name}: {told(error)}" for error in world.errors]
                    versions[system.name] = system.version
                print(f"  {name}: {table[name]}", file=sys.stderr)
        finally:
            workers.stop()
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    show(table, list(versions))
    print("runs that failed untold:", *(notes or ["none"]), sep="\n  ")
    print(f"{time.monotonic() - began:.0f} s in all")


if __name__ == "__main__":
    main(sys.argv[1:])
