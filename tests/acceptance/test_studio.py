"""Scripts with the skeleton that Glue Studio generates run as they are."""

import io
import json
from pathlib import Path

import pyarrow.parquet as pq

from workspace import Workspace

SKELETON = (Path(__file__).parents[1] / "fixtures" / "studio_skeleton.txt").read_text()
"""A job of several nodes. Only the data, its paths and the prints are not as Glue Studio writes them."""


def test_the_skeleton_of_glue_studio_runs_as_it_is(local: Workspace) -> None:
    local.put_rows("1.csv", 1, 2, 3, 7)
    ended = local.run(local.script(SKELETON))
    assert ended.code == 0, ended.error
    summary = json.loads(ended.output)["summary"]
    assert summary["engine"] == "sail"
    assert "[('A', 2, 4), ('B', 4, 6)]\n[7]\n" in ended.error
    assert local.ids() == [1, 2, 3]
    written = [data for name, data in local.place.read_all("out").items() if name.endswith(".parquet")]
    for data in written:
        assert pq.ParquetFile(io.BytesIO(data)).schema_arrow.names == ["id", "part", "twice", "loaded"]
    rule = 'ColumnValues "id" between 0 and 4'
    reason = "Value: 7 does not meet the constraint requirement!"
    assert summary["notes"] == [
        "data quality: no CloudWatch metrics are published; what fails is in this summary",
        f"data quality EvaluateDataQuality_node5: 1 of 1 rule failed: {rule} ({reason})",
    ]
    local.put_rows("2.csv", 0)
    again = local.run(local.script(SKELETON))
    assert again.code == 0, again.error
    nothing = local.run(local.script(SKELETON))
    assert nothing.code == 0, nothing.error


def test_a_rule_that_is_not_there_is_refused_before_the_run(local: Workspace) -> None:
    source = "from awsgluedq.transforms import EvaluateDataQuality\nprint('ran')\n"
    source += 'rules = """\n  Rules = [ RowCount > 0,\n    ReferentialIntegrity "a" "b.c" > 0.9 ]\n"""\n'
    ended = local.inside("run", str(local.script(source, "judge.py")))
    assert ended.code != 0
    assert "ran" not in ended.output
    assert "judge.py, line 5: the data quality rule ReferentialIntegrity is not there yet" in ended.error


def test_an_unknown_transform_says_what_to_do(local: Workspace) -> None:
    ended = local.inside("run", str(local.script("import gs_lookup\n")))
    assert ended.code != 0
    assert "the module gs_lookup is not there" in ended.error
    assert "--extra-py-files" in ended.error
    (local.folder / "gs_lookup.py").write_text("print('mine')\n")
    mine = local.inside("run", str(local.script("import gs_lookup\n")), "--extra-py-files", "gs_lookup.py")
    assert mine.output == "mine\n"
