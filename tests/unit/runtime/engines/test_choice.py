"""Auto is Sail unless the script says otherwise; an absent engine is an error that says what to install."""

import pytest

from placekeeper.model.errors import MissingExtra, UsageError
from placekeeper.runtime.engines.choice import engine_name
from placekeeper.runtime.engines.registry import Installed

BOTH, SAIL, SPARK = Installed(True, True), Installed(True, False), Installed(False, True)
RDD = "import sys\n\ndf.rdd.glom()\n"


@pytest.mark.parametrize(
    ("requested", "source", "master", "available", "name"),
    [
        ("auto", "", None, BOTH, "sail"),
        ("auto", RDD, None, BOTH, "spark"),
        ("auto", "", None, SPARK, "spark"),
        ("auto", "", "spark://host:7077", BOTH, "spark"),
        ("sail", RDD, None, BOTH, "sail"),
        ("spark", "", None, BOTH, "spark"),
    ],
)
def test_choice(requested, source, master, available, name):
    assert engine_name(requested, source, "job.py", master=master, available=available) == name


def test_an_absent_spark_names_line_reason_and_command():
    with pytest.raises(MissingExtra) as caught:
        engine_name("auto", RDD, "job.py", available=SAIL)
    assert str(caught.value) == (
        "job.py, line 3: .glom (Sail has DataFrames only, few methods of RDDs, no broadcasts, accumulators "
        "or JVM) "
        "needs the extra 'spark'"
    )
    assert caught.value.extra == "spark"


def test_what_cannot_be():
    with pytest.raises(MissingExtra, match="the extra 'sail'"):
        engine_name("auto", "", "job.py", available=Installed(False, False))
    with pytest.raises(MissingExtra, match=r"--engine spark needs"):
        engine_name("spark", "", "job.py", available=SAIL)
    with pytest.raises(UsageError, match="--master"):
        engine_name("sail", "", "job.py", master="yarn", available=BOTH)
