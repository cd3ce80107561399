"""from_catalog on a table of 100,000 registered partitions, of which a predicate keeps ten.

A whole run: `placekeeper run` with its server and a state of SQLite on the disk. What is measured is the call
in the script, after the engine has started: it asks the catalog, lists, chooses, and finds the columns. The
target is 2 s. Each run has a bookmark, by both policies.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.catalog import day, fill_partitions
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state

PARTITIONS = int(os.environ.get("TABLE_PARTITIONS", "100_000"))
TARGET_S = 2.0
KEPT = 10
FILES, ROWS = 3, 100
HERE = Path(__file__).parent
REGION, HOURS = "r007", range(KEPT)
DAY = day(3)
PREDICATES = (
    f"region = '{REGION}' and day = '{DAY}' and hour < {KEPT}",
    f"day = '{DAY}' and region = '{REGION}' and hour between 0 and {KEPT - 1}",
    f"concat(region, date_format(day, 'yyyyMMdd')) = '{REGION}{DAY.replace('-', '')}' and hour < {KEPT}",
    f"region like '%{REGION[1:]}' and year(day) * 10000 + month(day) * 100 + day(day) = 20000104",
)


def make_files(source: Path) -> None:
    for hour in HOURS:
        folder = source / f"region={REGION}/day={DAY}/hour={hour}"
        folder.mkdir(parents=True)
        for number in range(FILES):
            lines = "".join(f"{json.dumps({'id': row, 'hour_of': hour})}\n" for row in range(ROWS))
            (folder / f"{number}.json").write_text(lines)


def run(folder: Path, policy: str) -> dict[str, Any]:
    """Seconds to start, seconds to read, and rows, by predicate."""
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("placekeeper")), "run", str(HERE / "table_read_glue.py")),
            *("--JOB_NAME", f"read-{policy}", "--job-bookmark-option", "job-bookmark-enable"),
            *("--bookmark-policy", policy, "--predicates", json.dumps(PREDICATES)),
        ],
        env={**os.environ, "PLACEKEEPER_STATE": str(folder / "state")},
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stdout.splitlines() if "MEASURED" in line]
    if done.returncode or not said:
        raise RuntimeError(
            f"the run ended with {done.returncode}:\n{done.stderr[-2000:]}{done.stdout[-500:]}"
        )
    found: dict[str, Any] = json.loads(said[-1].partition("MEASURED ")[2])
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_files(folder / "events")
        opened = open_state(Settings.of({}, state=f"{folder}/state"), {})
        opened.control.catalog.create_database({"Name": "lake"})
        fill_partitions(
            opened.control, PARTITIONS, f"{folder}/events", library="org.openx.data.jsonserde.JsonSerDe"
        )
        opened.close()
        print(f"from_catalog on {PARTITIONS:,} partitions, a predicate keeps {KEPT} (target {TARGET_S} s)")
        for policy in ("exact", "window"):
            for predicate, (start, read, rows) in run(folder, policy).items():
                assert rows == KEPT * FILES * ROWS, (predicate, rows)
                missed = "" if start <= TARGET_S else "  MISSED"
                print(
                    f"  {policy:7} starts in {start:5.2f} s, then reads in {read:5.2f} s{missed}  {predicate}"
                )


if __name__ == "__main__":
    main()
