"""The stubs of awsglue have the shim's signatures, and a type checker finds a wrong keyword with them."""

import ast
import json
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
SHIM = PROJECT / "src" / "placekeeper" / "runtime" / "shim"

SCRIPT = """\
import sys

from awsglue import DynamicFrame
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions

args = getResolvedOptions(sys.argv, ["JOB_NAME"])
glue = GlueContext()
job = Job(glue)
job.init(args["JOB_NAME"], args)
rows = glue.create_dynamic_frame.from_options("s3", {"paths": ["in"]}, "csv", transformation_ctx="rows")
rows = ApplyMapping.apply(frame=rows, mappings=[("a", "string", "a", "long")])
rows.toDF().select("a").show()
both: DynamicFrame = rows.union(rows)
glue.write_dynamic_frame.from_options(frame=both, connection_type="s3", format="parquet")
job.commit()
"""


@pytest.fixture(scope="module")
def stubs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stubs")
    tool = runpy.run_path(str(PROJECT / "tools" / "stubs.py"))
    tool["write"](folder)
    return folder


def functions(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each function and method with its signature, without the values of defaults."""
    for node in ast.walk(tree):
        for one in getattr(node, "body", ()) if isinstance(node, ast.Module | ast.ClassDef) else ():
            if isinstance(one, ast.FunctionDef):
                names = [
                    (argument.arg, ast.unparse(argument.annotation or ast.Constant("")))
                    for argument in _all(one)
                ]
                yield f"{getattr(node, 'name', '')}.{one.name}", f"{names}{len(one.args.defaults)}"


def _all(node: ast.FunctionDef) -> list[ast.arg]:
    arguments = node.args
    extra = [one for one in (arguments.vararg, arguments.kwarg) if one]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *extra]


def signatures(folder: Path, suffix: str) -> Mapping[str, str]:
    return {
        f"{path.relative_to(folder).with_suffix('')}:{name}": said
        for path in folder.rglob(f"*{suffix}")
        for name, said in functions(ast.parse(path.read_text()))
        if name not in (".__getattr__", ".apply")
    }


def test_signatures_are_those_of_the_shim(stubs: Path) -> None:
    ours, theirs = signatures(SHIM / "awsglue", ".py"), signatures(stubs / "awsglue-stubs", ".pyi")
    extra = theirs.keys() - ours.keys()
    # What parts of a class declare for types alone is private, and the whole has it.
    assert [name for name in sorted(extra) if not name.endswith(".apply") and "._" not in name] == []
    assert {name: said for name, said in theirs.items() if name not in extra} == ours


def checked(stubs: Path, folder: Path, source: str) -> str:
    """What mypy says, strictly, with the stubs where an installer puts them."""
    (folder / "script.py").write_text(source)
    (folder / "awsglue").unlink(missing_ok=True)
    (folder / "awsglue").symlink_to(stubs / "awsglue-stubs")
    ended = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "script.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout + ended.stderr


@pytest.mark.sail
def test_a_good_script_has_no_errors_and_a_wrong_keyword_is_found(stubs: Path, tmp_path: Path) -> None:
    assert checked(stubs, tmp_path, SCRIPT) == ""
    wrong = SCRIPT.replace("mappings=", "mapings=").replace("frame=both", "frames=both")
    wrong += "rows.withColumn('a', 1)\n"
    said = checked(stubs, tmp_path, wrong)
    assert 'script.py:14: error: Unexpected keyword argument "mapings" for "apply"' in said
    assert 'script.py:17: error: Unexpected keyword argument "frames" for "from_options"' in said
    assert '"DynamicFrame" has no attribute "withColumn"' in said


def test_a_module_on_its_own_has_stubs_where_type_checkers_look(stubs: Path) -> None:
    assert (stubs / "gs_now-stubs" / "__init__.pyi").is_file()
    assert [path.name for path in stubs.iterdir() if not path.is_dir()] == []


@pytest.mark.sail
@pytest.mark.soak  # pyright fetches itself from npm, and takes its time
@pytest.mark.skipif(shutil.which("node") is None, reason="pyright runs on Node.js")
def test_pyright_knows_awsglue_too(stubs: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyright")
    (tmp_path / "good.py").write_text(SCRIPT)
    wrong = SCRIPT.replace("mappings=", "mapings=").replace("frame=both", "frames=both")
    (tmp_path / "wrong.py").write_text(wrong)
    settings = {"extraPaths": [str(stubs)], "typeCheckingMode": "strict"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    found = [
        (Path(one["file"]).name, one["rule"], one["message"])
        for one in json.loads(ended.stdout)["generalDiagnostics"]
        if one["severity"] == "error"
    ]
    assert {name for name, *_ in found} == {"wrong.py"}
    calls = {message for _, rule, message in found if rule == "reportCallIssue"}
    assert {'No parameter named "mapings"', 'No parameter named "frames"'} <= calls
