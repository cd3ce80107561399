"""What `awsglue` says of mistakes that people make with frames and transforms, and how a frame looks."""

import importlib

import pytest

from placekeeper.model.errors import UsageError
from placekeeper.runtime.run import current
from record_functions import AppliesFunctions
from scripts_in_process import awsglue_of


class QuietSession(AppliesFunctions):
    """A session that nobody listens to."""

    def __init__(self, engine):
        self.spark = engine.session
        self.applied_by(engine)

    def note(self, sentence):
        """Drop it."""


@pytest.fixture
def session(engine, monkeypatch):
    session = QuietSession(engine)
    with awsglue_of(session, monkeypatch):
        yield session


@pytest.fixture
def frame(session):
    glue = importlib.import_module("awsglue.context").GlueContext(None)
    rows = glue.createDataFrame([(1, "ann")], "id int, name string")
    return importlib.import_module("awsglue").DynamicFrame.fromDF(rows, glue, "people")


@pytest.fixture
def transforms(session):
    return importlib.import_module("awsglue.transforms")


@pytest.mark.parametrize(
    ("transform", "arguments", "said"),
    [
        ("SelectFromCollection", {"frame": 1, "key": 2}, "no argument frame; did you mean dfc"),
        ("MapToCollection", {"frame": 1, "callable": 2}, "no argument frame; did you mean dfc"),
        ("MapToCollection", {"dfc": 1, "f": 2}, "no argument f; did you mean callable"),
        ("ApplyMapping", {"dfc": 1, "mappings": 2}, "no argument dfc; did you mean frame"),
        ("ApplyMapping", {"frame": 1, "mapping": 2}, "no argument mapping; did you mean mappings"),
        ("Filter", {"frame": 1, "function": 2}, "no argument function; did you mean f"),
        ("Join", {"frame1": 1, "frame2": 2, "paths1": 3}, "no argument paths1; did you mean keys1"),
        ("RenameField", {"frame": 1, "oldName": 2}, "no argument oldName; did you mean old_name"),
        ("DropNullFields", {"frame": 1, "x": 2}, "no argument x; it has frame, transformation_ctx, info"),
    ],
)
def test_a_wrong_argument_of_a_transform_names_the_right_one(transforms, transform, arguments, said):
    made = getattr(transforms, transform)
    for call in (made.apply, made()):
        with pytest.raises(TypeError, match=f"{transform}.apply has {said}"):
            call(**arguments)


def test_a_wrong_argument_of_a_method_names_the_right_one(frame):
    with pytest.raises(TypeError, match="apply_mapping has no argument mapping; did you mean mappings"):
        frame.apply_mapping(mapping=[])
    with pytest.raises(TypeError, match="join has no argument keys1; did you mean paths1"):
        frame.join(keys1=["id"], paths2=["id"], frame2=frame)
    with pytest.raises(TypeError, match="from_options has no argument path; it has frame, connection_type"):
        frame.glue_ctx.write_dynamic_frame.from_options(frame, "s3", path="out")


def test_a_method_of_a_dataframe_is_sent_there(frame):
    for name in ("groupBy", "select", "withColumn", "where", "collect", "createOrReplaceTempView", "limit"):
        with pytest.raises(
            AttributeError, match=rf"has no {name}, a DataFrame has: write \.toDF\(\)\.{name}"
        ):
            getattr(frame, name)
    with pytest.raises(AttributeError, match=r"has no aply_mapping; did you mean apply_mapping\?"):
        frame.aply_mapping([])
    with pytest.raises(AttributeError, match="no gs_now before the script imports it: write import gs_now"):
        frame.gs_now()
    assert not hasattr(frame, "_repr_html_")


def test_an_attribute_error_of_a_function_is_not_taken_for_a_missing_member(frame):
    def broken(part):
        raise AttributeError("of the script's own")

    with pytest.raises(Exception, match="of the script's own"):
        frame.mapPartitions(broken).toDF()


def test_a_frame_shows_its_name_and_fields_and_evaluates_nothing(frame):
    called = []
    assert repr(frame) == "DynamicFrame('people', id: int, name: string)"
    later = frame.map(lambda record: called.append(1) or record)
    assert repr(later) == "DynamicFrame('people', not evaluated yet: printSchema() evaluates it)"
    assert called == []
    wide = frame.glue_ctx.createDataFrame([(0,) * 25], ", ".join(f"c{n} int" for n in range(25)))
    shown = repr(type(frame).fromDF(wide, frame.glue_ctx, "wide"))
    assert shown.endswith("c19: int and 5 more fields)")
    assert repr(frame.select_fields([])) == "DynamicFrame('people', no fields)"


def test_a_frame_of_a_session_that_has_ended_says_so(frame):
    current.deactivate()
    uses = (
        *(frame.count, frame.toDF, frame.show, lambda: frame.coalesce(1), lambda: frame.filter(bool)),
        *(lambda: frame.relationalize("r", "s"), lambda: frame.map(dict), frame.unnest),
    )
    for use in uses:
        with pytest.raises(UsageError, match="the session of awsglue has ended, and the rows of its frames"):
            use()
    assert repr(frame).startswith("DynamicFrame('people'")
