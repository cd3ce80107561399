"""What a job's parameters add to an engine, in an engine of its own: settings, files, modules, variables."""

import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import stuck
from placekeeper.runtime.engines.registry import installed

SCRIPT = """
import os, sys
from pathlib import Path
from placekeeper.runtime.engines.base import Additions
from placekeeper.runtime.engines.choice import resolve_engine

lib = Path(sys.argv[1])
sys.path.insert(0, str(lib))  # as the job process does
notes = []
engine = resolve_engine(
    "auto", "", "script.py", master=sys.argv[2] if len(sys.argv) > 2 else None, note=notes.append,
    additions=Additions(
        settings={"spark.sql.shuffle.partitions": "3", "spark.executor.memory": "1g"},
        python_path=(str(lib),),
        py_files=(lib / "packed.zip",),
        files=(lib / "lookup.txt",),
        jars=lambda: (lib / "thing.jar",),
        variables={"CUSTOMER_WORD": "hello"},
    ),
)
engine.start()
session = engine.session

def rows(batches):
    import pyarrow as pa
    import plain, packed
    from pyspark import SparkFiles
    for batch in batches:
        looked_up = open(SparkFiles.get('lookup.txt')).read()
        said = f"{plain.WORD} {packed.WORD} {os.environ['CUSTOMER_WORD']} {looked_up}"
        yield pa.RecordBatch.from_pydict({"said": [said] * batch.num_rows})

print(session.range(0, 2, 1, 1).mapInArrow(rows, "said string").collect()[0].said)
print(session.conf.get("spark.sql.shuffle.partitions"), os.environ.get("CUSTOMER_WORD"))
if engine.name == "spark":
    loader = session._jvm.java.lang.Thread.currentThread().getContextClassLoader()
    print(loader.getResource("in-the-jar.txt") is not None, notes)
else:
    print(notes)
engine.stop()
"""


@pytest.mark.slow
def test_an_engine_has_what_the_parameters_add(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("WORD = 'plain'\n")
    (tmp_path / "lookup.txt").write_text("looked up")
    for name, member, text in (
        ("packed.zip", "packed.py", "WORD = 'packed'\n"),
        ("thing.jar", "in-the-jar.txt", "x"),
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(member, text)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    on_sail = installed().sail
    if on_sail:  # an archive is on the path of the one process; Spark ships it
        with zipfile.ZipFile(tmp_path / "packed.zip") as archive:
            archive.extractall(tmp_path)

    done = subprocess.run(
        [sys.executable, script, tmp_path],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    said, settings, rest = done.stdout.strip().splitlines()
    assert said == "plain packed hello looked up"
    if on_sail:
        assert settings == "3 hello"  # tasks run in this process
        assert rest == (
            "['--conf spark.executor.memory has no effect on Sail', "
            "'--extra-jars has no effect on Sail: there is no JVM']"
        )
    else:
        assert settings == "3 None"
        assert rest == "True []"


STUCK = """
import os, signal
from placekeeper.runtime.engines import gateway
from placekeeper.runtime.engines.base import Additions
from placekeeper.runtime.engines.choice import resolve_engine

gateway._SPARK_STOPS_SECONDS_MAX = 1
engine = resolve_engine("spark", "", "script.py", master="local[1]", additions=Additions())
engine.start()
jvm = engine._gateway.process
os.kill(jvm.pid, signal.SIGSTOP)
engine.stop()
print(jvm.poll())
"""


@pytest.mark.skipif(not installed().spark, reason="Sail has no JVM")
@pytest.mark.soak
def test_a_jvm_that_hangs_is_killed_when_the_run_is_over() -> None:
    ended = stuck.ended([sys.executable, "-c", STUCK], seconds=120)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == f"{-signal.SIGKILL}\n"
    assert "so its JVM was killed. What the run has published stays" in ended.stderr
