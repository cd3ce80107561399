"""The session's orchestration: what it asks of the server, the stores and the ledger, and in which order."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace

import pyarrow as pa
import pytest

from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.element import FileElement
from placekeeper.model.errors import (
    PublicationPending,
    PublishFailed,
    StagedPathRead,
    UnsupportedFeature,
    UsageError,
    VersionMismatchException,
)
from placekeeper.model.exchange import Committed, Opened, Reverted
from placekeeper.model.objects import LEDGER_SCHEMA, LISTING_SCHEMA, ObjectMeta, object_rows
from placekeeper.model.publication import StagedFile
from placekeeper.model.segments import SegmentRef
from placekeeper.model.source import FileSource
from placekeeper.ports.effects import Effects
from placekeeper.rules.jobs.run_options import RunOptions, Visibility
from placekeeper.runtime import scan as scan_package
from placekeeper.runtime import sink as sink_package
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.report import report_lines
from placekeeper.runtime.run.session import JobSession

IN, OUT = "file:///in/", "file:///out/"
ENABLE = {"job_bookmark_option": "job-bookmark-enable"}
PAUSE = {"job_bookmark_option": "job-bookmark-pause"}
DISABLE = {"job_bookmark_option": "job-bookmark-disable"}
OLD, NEW, FUTURE = (
    ObjectMeta(path=f"{IN}{name}.csv", last_modified_ms=ms, size=1, e_tag=name)
    for name, ms in (("1", 1_000), ("2", 900_000), ("3", 9_000_000))
)
KEPT = SegmentRef(key="old", rows=1, size=1, digest="d")
STATE = {
    "rows": FileElement(
        source=FileSource(connection_type="s3", paths=(IN,), format="csv"),
        run=1,
        watermark_ms=500_000,
        segments=(KEPT,),
    )
}


@dataclass
class FakeClient:
    """A server that remembers what it was told; `failing` is what a call raises."""

    state: dict = field(default_factory=lambda: STATE)
    calls: list = field(default_factory=list)
    failing: dict = field(default_factory=dict)
    ordinals: list = field(default_factory=list)
    opens: int = 0

    def _called(self, name, *told):
        self.calls.append((name, *told))
        if name in self.failing:
            raise self.failing[name]

    def open(self, name, option, range_):
        self._called("open", name, option, *([range_] if range_ else []))
        self.opens += 1
        version = self.opens * 2 if option is BookmarkOption.ENABLE else None
        state = {} if option is BookmarkOption.DISABLE else self.state
        return Opened(name=name, run=2, attempt=0, version=version, state=state)

    def add_staging(self, target):
        self._called("staging", target)

    def commit(self, name, version, elements, manifest, mended=(), ordinal=0):
        self._called("commit", name, version, elements, [file.path for file in manifest])
        self.ordinals.append(ordinal)
        return Committed(version=version + 1)

    def begin_publication(self, manifest, ordinal=0):
        self._called("publication", [file.path for file in manifest])
        self.ordinals.append(ordinal)

    def published(self, ordinal=0):
        self._called("published")
        self.ordinals.append(ordinal)

    def publish_failed(self, error, ordinal=0):
        self._called("publish-failed", error)
        self.ordinals.append(ordinal)
        return Reverted(version=9)

    def names(self):
        return [name for name, *_ in self.calls]


class FakeObjects:
    """Three objects, one of them from after the run's start; the store's clock is ahead by `skew_ms`."""

    skew_ms = 0

    def normalise(self, path):
        return f"file://{path}"

    pattern = normalise

    def ready_for(self, *uris):
        return self

    def absent(self, paths):
        return []

    def folders_in(self, folder):
        return []

    def clock_skew_ms(self, paths, clock):
        return self.skew_ms

    def listing(self, paths, *, recurse, **_how):
        columns = zip(
            *([getattr(o, name) for name in LISTING_SCHEMA.names] for o in (OLD, NEW, FUTURE)), strict=True
        )
        arrays = [pa.array(list(column), f.type) for column, f in zip(columns, LISTING_SCHEMA, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=LISTING_SCHEMA)


@dataclass
class FakeStaging:
    """Remembers what became visible, and what was taken back; `failing` is what publishing raises."""

    visible: list = field(default_factory=list)
    gone: list = field(default_factory=list)
    failing: Exception | None = None

    def ready_for(self, *uris):
        return self

    def publish(self, file):
        if self.failing:
            raise self.failing
        self.visible.append(file.path)

    def take_back(self, file):
        self.gone.append(file.path)

    def sweep(self, target, *, run_id):
        self.gone.append(target)
        return 0


@dataclass
class FakeLedger:
    """One segment with the old object; `written` is what runs add."""

    written: dict = field(default_factory=dict)

    def rows(self, segments):
        if segments:
            row = {"bookmark_version": 1, "run_id": "jr_0"} | {
                name: getattr(OLD, name) for name in LISTING_SCHEMA.names
            }
            yield pa.RecordBatch.from_pylist([row], LEDGER_SCHEMA)

    def sealed_with(self, key):
        return self

    def write(self, key, rows, *, versions):
        self.written[key] = [meta.path for batch in rows for meta in object_rows(batch)]
        return SegmentRef(key=key, rows=1, size=1, digest="n")


@dataclass
class Fakes:
    """A session and all that it works with. `read` and `write` are as scripts call them."""

    client: FakeClient
    staging: FakeStaging
    ledger: FakeLedger
    points: list
    session: JobSession
    scanned: list

    def read(self, context="rows", path="/in/"):
        return self.session.read(
            connection_type="s3",
            connection_options={"paths": [path]},
            format="csv",
            format_options={},
            transformation_ctx=context,
        )

    def write(self, path="/out/"):
        self.session.write(
            None,
            connection_type="s3",
            connection_options={"path": path},
            format="csv",
            format_options={},
            transformation_ctx="sink",
        )

    @property
    def notes(self):
        return self.session.summary().notes


@contextmanager
def _scan_and_sink(monkeypatch, scanned):
    def scan(engine, objects, chosen, *rest):
        scanned.append([meta.path.removeprefix(IN) for meta in chosen])
        return Frame(None, pa.schema([("a", pa.string())]))

    def write(dataframe, staging, *, target, names, immediate, checkpoint, **rest):
        path = f"{target}{names.prefix}.csv"
        if immediate:
            staging.visible.append(path)
        return (StagedFile(path=path, size=1, rows=1, staged=None if immediate else f"{path}.staged"),)

    with monkeypatch.context() as patch:
        patch.setattr(scan_package, "scan", scan)
        patch.setattr(sink_package, "write", write)
        yield


@pytest.fixture
def make(monkeypatch):
    scanned = []

    def make(visibility=Visibility.COMMIT):
        client, staging, ledger, points = FakeClient(), FakeStaging(), FakeLedger(), []
        context = RunContext(
            run_id="jr_1",
            options=RunOptions(output_visibility=visibility),
            client=client,
            objects=FakeObjects(),
            staging=staging,
            effects=Effects({StagedFile: staging}),
            ledger=ledger,
            clock=SimpleNamespace(now_ms=lambda: 1_000_000),
            engine=SimpleNamespace(name="fake", session=None, parallelism=1, in_order=None, failures=0),
            checkpoint=points.append,
        )
        return Fakes(client, staging, ledger, points, JobSession(context), scanned)

    with _scan_and_sink(monkeypatch, scanned):
        yield make


@pytest.fixture
def run(make):
    return make()


def test_a_run_that_commits(run):
    run.session.init("job", ENABLE)
    run.read()
    run.write()
    assert run.staging.visible == []
    run.session.commit()
    run.session.finish()
    assert run.scanned == [["2.csv"]]
    open_, staging, commit, published = run.client.calls
    assert open_ == ("open", "job", BookmarkOption.ENABLE)
    assert staging == ("staging", OUT)
    assert published == ("published",)
    _, name, version, elements, manifest = commit
    assert (name, version, manifest) == ("job", 2, [f"{OUT}00.csv"])
    (written,) = run.ledger.written.items()
    assert written[1] == [NEW.path]
    assert [ref.key for ref in elements["rows"].segments] == ["old", written[0]]
    assert run.staging.visible == [f"{OUT}00.csv"]
    summary = run.session.summary()
    assert summary.bookmark_versions == (2, 3)
    assert summary.published
    assert summary.sources[0].counts == {"deferred": 1, "done": 1, "new": 1}
    assert summary.notes == ()


def test_what_is_durable_before_what(run):
    run.session.init("job", ENABLE)
    run.read()
    run.write()
    run.session.commit()
    assert run.points == [
        "sink.announced",
        "commit.called",
        "commit.segments-durable",
        "commit.durable",
        "publish.before-first",
        "publish.after-first",
        "publish.half",
        "publish.all-visible",
        "publish.settled",
        "commit.returns",
    ]


def test_a_second_commit_changes_nothing(run):
    run.session.init("job", ENABLE)
    run.read()
    run.write()
    run.session.commit()
    calls, written = list(run.client.calls), dict(run.ledger.written)
    with pytest.raises(UnsupportedFeature, match=r"'other' is read after job\.commit\(\)"):
        run.read("other")
    run.read("")  # without a context nothing is promised
    run.session.commit()
    assert (run.client.calls, run.ledger.written) == (calls, written)
    assert run.session.summary().bookmark_versions == (2, 3)


def test_a_commit_without_init_publishes(run):
    run.read()
    run.write()
    run.session.commit()
    assert run.staging.visible == [f"{OUT}00.csv"]
    assert run.client.calls[1:] == [("publication", [f"{OUT}00.csv"]), ("published",)]
    run.session.finish()
    assert run.client.names() == ["staging", "publication", "published"]
    assert run.notes == ("job.init() was never called: no source is tracked",)
    assert run.session.summary().earlier_commits == ()


def test_an_init_after_such_a_commit_begins_the_next_pair(run):
    run.session.commit()
    run.session.init("job", ENABLE)
    run.read()
    run.session.commit()
    assert run.session.summary().bookmark_versions == (2, 3)
    assert run.session.summary().earlier_commits == ()


def test_without_init_all_is_read_and_published_at_the_end(run):
    assert not run.session.initialised
    run.read()
    run.write()
    assert run.staging.visible == []
    run.session.finish()
    assert run.scanned == [["1.csv", "2.csv", "3.csv"]]
    assert run.client.calls[1:] == [("publication", [f"{OUT}00.csv"]), ("published",)]
    assert run.staging.visible == [f"{OUT}00.csv"]
    assert run.notes == ("job.init() was never called: no source is tracked",)
    assert run.session.summary().bookmark_option is None


def test_a_run_that_failed_before_init_is_not_told_to_call_it(run):
    run.session.fail()
    assert run.notes == ()


def test_without_commit_the_bookmark_stays_and_the_output_appears(run):
    run.session.init("job", ENABLE)
    run.read()
    run.write()
    run.session.finish()
    assert run.client.names() == ["open", "staging", "publication", "published"]
    assert run.ledger.written == {}
    assert run.notes == (
        "job.commit() was never called: the bookmark did not move, and the next run reads the same again",
    )
    assert run.session.summary().bookmark_versions == (2, None)


def test_init_twice_is_a_reload(run):
    run.session.init("job", ENABLE)
    run.session.init("job", ENABLE)
    run.read()
    run.session.commit()
    assert run.client.names() == ["open", "open", "commit"]
    assert run.client.calls[-1][2] == 4
    assert run.notes == ()


def test_init_twice_after_a_read_says_what_is_not_remembered(run):
    run.session.init("job", ENABLE)
    run.read()
    run.session.init("job", ENABLE)
    run.session.commit()
    assert run.client.calls[-1] == ("commit", "job", 4, {}, [])
    assert run.notes == (
        (
            "job.init() was called again: the sources read before it are not remembered, and the next run "
            "reads them again"
        ),
    )


def test_init_after_commit_begins_a_pair_with_a_publication_of_its_own(run):
    run.session.init("job", ENABLE)
    run.read()
    run.write()
    run.session.commit()
    run.session.init("job", ENABLE)
    run.read()
    run.write("/more/")
    assert run.staging.visible == [f"{OUT}00.csv"]
    run.session.commit()
    run.session.finish()
    pair = ["commit", "published"]
    assert run.client.names() == ["open", "staging", *pair, "open", "staging", *pair]
    assert run.client.ordinals == [0, 0, 1, 1]
    assert [call[2] for call in run.client.calls if call[0] == "commit"] == [2, 4]
    assert run.staging.visible == [f"{OUT}00.csv", "file:///more/01.csv"]
    summary = run.session.summary()
    assert summary.earlier_commits == (("job", 3),)
    assert (summary.bookmark_versions, summary.published, summary.notes) == ((4, 5), True, ())


def test_a_later_pair_that_fails_leaves_the_earlier_ones(run):
    run.session.init("job", ENABLE)
    run.write()
    run.session.commit()
    run.session.init("job", ENABLE)
    run.write("/more/")
    run.session.fail()
    assert run.staging.visible == [f"{OUT}00.csv"]
    assert run.client.names() == ["open", "staging", "commit", "published", "open", "staging"]
    assert not run.session.summary().published
    assert "none of output since the last job.commit() was published" in "".join(
        report_lines(run.session.summary())
    )


def test_a_pair_that_is_taken_back_names_its_own_publication(run):
    run.session.init("job", ENABLE)
    run.session.commit()
    run.session.init("job", ENABLE)
    run.write()
    run.staging.failing = PublishFailed("access lost")
    with pytest.raises(PublishFailed):
        run.session.commit()
    assert run.client.ordinals == [0, 1, 1]
    with pytest.raises(UsageError, match=r"job\.commit\(\) failed"):
        run.session.init("job", ENABLE)


def test_a_pair_without_a_commit_is_published_at_the_end(run):
    run.session.init("job", PAUSE)
    run.write()
    run.session.commit()
    run.session.init("job", PAUSE)
    run.write("/more/")
    run.session.finish()
    assert run.client.ordinals == [0, 0, 1, 1]
    assert run.staging.visible == [f"{OUT}00.csv", "file:///more/01.csv"]


@pytest.mark.parametrize(
    ("argument", "missing"), [("job_bookmark_from", "-to"), ("job_bookmark_to", "-from")]
)
def test_pause_needs_both_bounds_of_a_range(run, argument, missing):
    with pytest.raises(UsageError, match=f"Missing option or value for --job-bookmark{missing}"):
        run.session.init("job", {**PAUSE, argument: "jr_0"})
    assert run.client.calls == []


def test_a_range_counts_with_pause_only(run):
    bounds = {"job_bookmark_from": "jr_1", "job_bookmark_to": "jr_2"}
    run.session.init("job", {**PAUSE, **bounds})
    assert run.client.calls == [("open", "job", BookmarkOption.PAUSE, ("jr_1", "jr_2"))]
    run.session.init("job", {**ENABLE, **bounds})
    assert run.client.calls[1:] == [("open", "job", BookmarkOption.ENABLE)]
    assert any("count only with job-bookmark-pause" in note for note in run.session.summary().notes)


def test_a_write_after_commit_is_visible_at_once_and_noted(run):
    run.session.init("job", ENABLE)
    run.write()
    run.session.commit()
    run.write("/late/")
    assert run.staging.visible == [f"{OUT}00.csv", "file:///late/01.csv"]
    run.session.finish()
    assert run.client.names() == ["open", "staging", "commit", "published", "staging"]
    assert run.notes == (
        "file:///late/: written after job.commit(), so visible at once and delivered at least once",
    )


def test_an_untracked_source_is_read_whole_and_noted(run):
    run.session.init("job", ENABLE)
    run.read(context="")
    run.session.commit()
    assert run.scanned == [["1.csv", "2.csv", "3.csv"]]
    assert run.client.calls[-1] == ("commit", "job", 2, {}, [])
    assert run.notes == (f"sources without a transformation_ctx are read whole by every run: {IN}",)
    assert not run.session.summary().sources[0].tracked


def test_a_context_used_twice_is_noted_and_both_are_remembered(run):
    run.session.init("job", ENABLE)
    run.read()
    run.read()
    run.session.commit()
    assert list(run.ledger.written.values()) == [[NEW.path]]
    assert "transformation_ctx 'rows' is used more than once" in run.notes[0]


def test_pause_reads_on_and_makes_no_version(run):
    run.session.init("job", PAUSE)
    run.read()
    run.write()
    run.session.commit()
    assert run.scanned == [["2.csv"]]
    assert run.client.names() == ["open", "staging", "publication", "published"]
    assert run.ledger.written == {}
    assert run.staging.visible == [f"{OUT}00.csv"]
    assert run.session.summary().bookmark_versions == (None, None)


@pytest.mark.parametrize("arguments", [DISABLE, {}])
def test_disable_reads_all_and_makes_no_version(run, arguments):
    run.session.init("job", arguments)
    run.read()
    run.write()
    run.session.commit()
    assert run.scanned == [["1.csv", "2.csv", "3.csv"]]
    assert run.client.names() == ["open", "staging", "publication", "published"]
    assert run.ledger.written == {}
    assert run.notes == (
        "bookmarks are off for this run (--job-bookmark-option job-bookmark-enable turns them on)",
    )


def test_output_that_is_visible_at_once(make):
    run = make(Visibility.IMMEDIATE)
    run.session.init("job", ENABLE)
    run.write()
    assert run.staging.visible == [f"{OUT}00.csv"]
    run.read("back", "/out/")
    run.session.commit()
    assert run.client.names() == ["open", "staging", "commit"]
    assert run.client.calls[-1][-1] == []
    assert run.staging.visible == [f"{OUT}00.csv"]
    assert run.notes == (
        "output was visible at once (--output-visibility immediate), so rows are delivered at least once",
    )


@pytest.mark.parametrize("path", ["/out/", "/out/00.csv", "/"])
def test_a_staged_path_cannot_be_read(run, path):
    run.session.init("job", ENABLE)
    run.write()
    with pytest.raises(StagedPathRead, match="--output-visibility immediate"):
        run.read(path=path)
    assert run.scanned == []
    run.session.commit()
    run.read("", path=path)


def test_a_run_that_fails_drops_what_it_has_staged(run):
    run.session.init("job", ENABLE)
    run.write()
    run.session.fail()
    assert run.staging.gone == [OUT]  # swept; final names are the server's alone: it may have published them
    assert run.client.names() == ["open", "staging"]


def test_output_that_can_never_be_visible_is_taken_back(run):
    run.session.init("job", ENABLE)
    run.write()
    run.staging.failing = PublishFailed("upload gone")
    with pytest.raises(PublishFailed, match=r"upload gone.*taken back; .* \(version 9\)"):
        run.session.commit()
    assert run.client.calls[-1] == ("publish-failed", "upload gone")
    assert "published" not in run.client.names()
    assert not run.session.summary().published


def test_output_that_cannot_be_visible_yet_stays(run):
    run.session.init("job", ENABLE)
    run.write()
    run.staging.failing = OSError("no route")
    with pytest.raises(PublicationPending, match="no route"):
        run.session.commit()
    run.session.fail()
    assert run.staging.gone == []
    assert run.client.names() == ["open", "staging", "commit"]
    assert run.session.summary().bookmark_versions == (2, 3)
    assert not run.session.summary().published


def test_a_commit_that_lost_the_race_publishes_nothing(run):
    run.session.init("job", ENABLE)
    run.read()
    run.write()
    run.client.failing["commit"] = VersionMismatchException(2, 3)
    with pytest.raises(VersionMismatchException):
        run.session.commit()
    with pytest.raises(UsageError, match=r"job\.commit\(\) failed"):  # the script caught it and went on
        run.session.finish()
    run.session.fail()
    assert run.client.names() == ["open", "staging", "commit"]
    assert run.staging.visible == []
    assert run.staging.gone == [OUT]  # swept; final names are the server's alone: it may have published them


@pytest.mark.parametrize("error", [PublishFailed("gone"), OSError("no route")])
def test_a_run_whose_commit_failed_to_publish_does_not_end_well(run, error):
    run.session.init("job", ENABLE)
    run.write()
    run.staging.failing = error
    with pytest.raises((PublishFailed, PublicationPending)):
        run.session.commit()
    with pytest.raises(UsageError, match=r"job\.commit\(\) failed"):
        run.session.finish()
    assert run.client.names()[:3] == ["open", "staging", "commit"]


def test_a_commit_that_failed_can_be_called_again(run):
    run.session.init("job", ENABLE)
    run.read()
    run.write()
    run.client.failing["commit"] = PublicationPending("jr_0", OSError("no route"))
    with pytest.raises(PublicationPending):
        run.session.commit()
    run.client.failing.clear()
    run.session.commit()
    run.session.finish()
    assert run.client.names() == ["open", "staging", "commit", "commit", "published"]
    assert run.staging.visible == [f"{OUT}00.csv"]


def test_a_write_that_names_no_place(run):
    with pytest.raises(UsageError, match="path"):
        run.write(path="")
    assert run.client.calls == []


@pytest.mark.parametrize(
    ("skew_ms", "read", "note"), [(36_000_000, ["2.csv", "3.csv"], "36000 s ahead"), (0, ["2.csv"], "")]
)
def test_a_run_begins_by_the_clock_of_its_store(run, monkeypatch, skew_ms, read, note):
    monkeypatch.setattr(FakeObjects, "skew_ms", skew_ms)
    run.session.init("job", ENABLE)
    run.read()
    run.session.commit()
    assert run.scanned == [read]
    assert run.client.calls[1][3]["rows"].watermark_ms == 1_000_000 + skew_ms
    assert any(note in sentence for sentence in run.notes) or not note


def test_a_store_without_a_time_is_noted(run, monkeypatch):
    monkeypatch.setattr(FakeObjects, "skew_ms", None)
    run.session.init("job", ENABLE)
    run.read()
    assert run.scanned == [["2.csv"]]
    assert any("does not say what time it is" in sentence for sentence in run.notes)
