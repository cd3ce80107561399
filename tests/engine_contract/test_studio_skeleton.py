"""What Glue Studio generates, a whole script: the same output and prints on every engine."""

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

SKELETON = Path(__file__).parents[1] / "fixtures" / "studio_skeleton.txt"


def test_the_skeleton_of_glue_studio(tmp_path):
    source, target = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "1.csv").write_text("id,part\n1,a\n2,b\n3,b\n7,a\n")
    script = tmp_path / "job.py"
    script.write_text(SKELETON.read_text())
    command = [str(Path(sys.executable).with_name("placekeeper")), "run", str(script)]
    ended = subprocess.run(
        [*command, "--source", str(source), "--target", f"{target}/"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "[('A', 1, 2), ('B', 5, 6)]\n[7]\n"
    table = pq.read_table(target)
    assert table.schema.names == ["id", "part", "twice", "loaded"]
    rows = table.drop(["loaded"]).sort_by("id").to_pylist()
    assert rows == [
        {"id": 1, "part": "A", "twice": 2},
        {"id": 2, "part": "B", "twice": 4},
        {"id": 3, "part": "B", "twice": 6},
    ]
