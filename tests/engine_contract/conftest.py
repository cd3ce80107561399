"""One engine per environment: Sail in .venv, Spark in .venv-spark. The same cases, the same answers."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from placekeeper.model.objects import ObjectMeta
from placekeeper.model.publication import StagedFile
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.engines.base import Additions, Engine
from placekeeper.runtime.engines.choice import resolve_engine
from placekeeper.runtime.engines.registry import installed
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.scan import cuts, scan, tasks
from placekeeper.runtime.sink import write
from placekeeper.runtime.sink.names import SinkNames
from scripts_in_process import Scripts, scripts_in

_CLIENT_WARNINGS = (
    "ignore:.*unclosed <socket.*:ResourceWarning",  # py4j keeps its sockets to the end of the process
    "ignore:.*unclosed file.*:ResourceWarning:pyspark",
)


os.environ["PLACEKEEPER_JVM_CACHE"] = "off"  # a JVM that records goes on after its test

_DAEMON = {"spark.python.daemon.module": "warm_daemon"}


@pytest.hookimpl(tryfirst=True)  # before marks select, and before the order is random
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = f"{Path(__file__).parent}{os.sep}"
    ours = [item for item in items if str(item.path).startswith(here)]
    for item in ours:
        for warning in _CLIENT_WARNINGS:
            item.add_marker(pytest.mark.filterwarnings(warning))
    if not installed().sail:
        _leave_to_soak(ours)


def _leave_to_soak(items: list[pytest.Item]) -> None:
    """Mark for `make soak` the cases beyond the number in `spark_cases`, then tests beyond `spark_tests`."""
    _few_of_each("spark_cases", items, lambda item: item.nodeid.partition("[")[0])
    _few_of_each("spark_tests", items, lambda item: str(item.path))


def _few_of_each(mark: str, items: list[pytest.Item], group: Callable[[pytest.Item], str]) -> None:
    """Leave of each group as many as the mark says; those that stay are evenly spread."""
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker(mark) and not item.get_closest_marker("soak"):
            groups.setdefault(group(item), []).append(item)
    for found in groups.values():
        (count,) = next(found[0].iter_markers(mark)).args
        taken = {index * len(found) // count for index in range(count)}
        for index, item in enumerate(found):
            if index not in taken:
                item.add_marker("soak")


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    has = installed()
    if not (has.sail or has.spark):
        pytest.skip("neither Sail nor Spark is installed")
    master, additions = (None, None) if has.sail else ("local[2]", Additions(settings=_DAEMON))
    engine = resolve_engine("auto", "", __file__, master=master, additions=additions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)  # has the daemon
        engine.start()
    yield engine
    engine.stop()


class Files:
    """A folder of input, written as text or bytes and read by the scan."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.objects = ObjectStores()

    def put(self, name: str, content: str | bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def chosen(self) -> list[ObjectMeta]:
        paths = sorted(str(path) for path in self.folder.rglob("*") if path.is_file())
        found = [self.objects.stat(self.objects.normalise(path)) for path in paths]
        return [meta for meta in found if meta is not None]

    def scan(self, format_name: str, chosen: Sequence[ObjectMeta] | None = None, **options: object) -> Frame:
        return scan(
            self.engine,
            self.objects,
            self.chosen() if chosen is None else chosen,
            FORMATS.reader(format_name, options),
            None,
        )

    def rows(self, format_name: str, **options: object) -> list[dict[str, object]]:
        """The records as plain values, in an order of their own."""
        return plain(self.scan(format_name, **options))


def plain(frame: Frame) -> list[dict[str, object]]:
    rows = [row.asDict(recursive=True) for row in frame.dataframe.collect()]
    return sorted(rows, key=repr)


@pytest.fixture
def files(engine: Engine, tmp_path: Path) -> Files:
    folder = tmp_path / "in"
    folder.mkdir()
    return Files(engine, folder)


@pytest.fixture(params=["small", pytest.param("large", marks=pytest.mark.soak)])
def cut_bytes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Files of so many bytes are read in pieces, and some are. In `make test` it is less than in a run."""
    piece, counts = 1 << 20 if request.param == "small" else cuts.TASK_BYTES, []

    def counted(sizes: cuts.Places, cut: Sequence[int]) -> cuts.Pieces:
        made = cuts.cuts(sizes, cut, piece=piece)
        counts.append(len(made.places))
        return made

    monkeypatch.setattr(cuts, "TASK_BYTES", piece)
    monkeypatch.setattr(cuts, "CUT_BYTES", 2 * piece)
    monkeypatch.setattr(tasks, "cuts", counted)
    yield cuts.CUT_BYTES
    assert max(counts) > 2


class Output:
    """A target folder, written by the sink and then published."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.staging = OutputStaging()
        self.target = f"file://{folder}/"

    def write(
        self,
        dataframe: object,
        format_name: str,
        *,
        keys: Sequence[str] = (),
        checkpoint: Callable[[str], None] = lambda _name: None,
        immediate: bool = False,
        **options: object,
    ) -> tuple[StagedFile, ...]:
        return write(
            dataframe,  # type: ignore[arg-type]
            self.staging,
            target=self.target,
            output=FORMATS.output(format_name, options),
            format=format_name,
            partition_keys=keys,
            run_id="jr_" + "0123456789abcdef" * 4,
            names=SinkNames("jr_" + "0123456789abcdef" * 4, "00"),
            immediate=immediate,
            checkpoint=checkpoint,
        )

    def publish(self, manifest: Sequence[StagedFile]) -> None:
        for file in manifest:
            self.staging.publish(file)

    def visible(self) -> list[str]:
        """The names of what a reader would pick up, below the target. Folders may go while it looks."""
        found = (Path(folder, name) for folder, _, names in os.walk(self.folder) for name in names)
        paths = (path.relative_to(self.folder) for path in found)
        return sorted(str(path) for path in paths if not any(part[0] in "._" for part in path.parts))


@pytest.fixture
def output(tmp_path: Path) -> Output:
    return Output(tmp_path / "out")


@pytest.fixture
def run(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripts]:
    """Begins runs of one job: each is a context with the session, the GlueContext and the job of a script."""
    with scripts_in(tmp_path / "state", engine, monkeypatch) as running:
        yield running
