"""pandas comes when somebody works with it, and then everybody has the same pandas."""

import subprocess
import sys

import pytest

PREPARED = """\
import sys
from placekeeper.host.deferred_pandas import deferred_pandas
with deferred_pandas():
    import pyarrow, pandas
    from pandas.api.types import is_datetime64_dtype
    def annotated(frame: pandas.DataFrame) -> "pandas.DataFrame": ...
def is_loaded():
    return "pandas.core.frame" in sys.modules
assert not is_loaded()
"""


def run(code: str) -> str:
    """Run code in a process of its own, because this one has pandas: what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", PREPARED + code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


USES = {
    "a name": "import pandas as pd; assert pd.DataFrame({'a': [1]}).a.sum() == 1",
    "a name of it": "from pandas import DataFrame; assert DataFrame({'a': [1]}).a.sum() == 1",
    "a module of it": "import pandas.io.json, pandas; assert pandas.io.json.read_json is pandas.read_json; "
    "assert pandas.io.sql; assert sys.modules['pandas.io'] is pandas.io; "
    "assert 'LoadedAlready' not in repr(pandas.io.__spec__)",
    "a module behind a package": "from pandas.api import types; assert types.is_integer_dtype('int64')",
    "a function taken early": "import numpy; assert is_datetime64_dtype(numpy.dtype('M8[ns]'))",
    "an annotation": "assert annotated.__annotations__['frame']({'a': [1]}).a.sum() == 1",
    "arrow's table": "assert list(pyarrow.table({'a': [1]}).to_pandas().a) == [1]",
    "a series for arrow": "assert pyarrow.array(pandas.Series([1.0, None])).null_count == 1",
    "a frame for arrow": "assert pyarrow.table(pandas.DataFrame({'a': [1]})).column_names == ['a']",
    "the stand-in taken early": "early = pandas; import pandas; assert early.DataFrame is pandas.DataFrame",
    "its path": "assert pandas.__path__",
    "its names": "assert 'DataFrame' in dir(pandas)",
    "all its names": "from pandas import *; assert DataFrame({'a': [1]}).a.sum() == 1",
    "a reload": "import importlib; assert importlib.reload(pandas) is pandas\n"
    "assert pandas.DataFrame({'a': [1]}).size == 1",
    "a reload of what is loaded": "import importlib; pandas.DataFrame\n"
    "assert importlib.reload(pandas) is pandas",
    "a name that a script sets": "import json; pandas.js = json; pandas.read_csv = len\n"
    "pandas.DataFrame\nimport pandas; assert pandas.js is json; assert pandas.read_csv is len",
    "a name that a test replaces": "from unittest.mock import patch\n"
    "with patch('pandas.read_csv', return_value=5):\n"
    "    import pandas as late; assert late.read_csv('no file') == 5\n"
    "assert late.read_csv.__module__.startswith('pandas')",
    "a pickled frame": "import pickle\n"
    "assert pickle.loads(pickle.dumps(pandas.DataFrame({'a': [1]}))).size == 1",
    "pandas once more": "del sys.modules['pandas']; import pandas; "
    "assert pyarrow.array(pandas.Series([1.0, None])).null_count == 1",
}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_it_is_loaded_by_whoever_works_with_it(use: str) -> None:
    run(f"{use}\nassert is_loaded()")


ARROW = """\
import pyarrow, pandas
def told(make):
    try:
        return str(make())
    except Exception as error:
        return repr(error)
VALUES = [
    pandas.NA, pandas.NaT, float("nan"),
    pandas.Timestamp("2020-01-01 00:00:00.123456789"), pandas.Timedelta(1),
    pandas.DateOffset(days=1), pandas.Period("2020-01"), pandas.Interval(0, 1),
]
print(told(lambda: pyarrow.array([VALUES[3]], pyarrow.timestamp("ns")).cast("int64").to_pylist()))
print(told(lambda: pyarrow.array([VALUES[4]], pyarrow.duration("ns")).cast("int64").to_pylist()))
for value in VALUES:
    for near in ("a", 1, value):
        print(told(lambda: pyarrow.array([value, near, None])))
        print(told(lambda: pyarrow.array([value, near, None], from_pandas=True)))
        print(told(lambda: pyarrow.array(pandas.Series([value, near, None], dtype=object))))
        print(told(lambda: pyarrow.table(pandas.DataFrame({"a": [[value], [near], None]}))))
for kind in ("Int64", "string", "boolean", "category", "period[M]"):
    print(told(lambda: pyarrow.array(pandas.Series([None, None], dtype=kind))))
"""


def test_arrow_takes_the_same_of_it() -> None:
    plain = subprocess.run([sys.executable, "-c", ARROW], capture_output=True, text=True, check=True)
    assert run(ARROW) == plain.stdout


IGNORED = {
    "an import": "import pandas, pandas.api.types",
    "its version": "from importlib.metadata import version; assert pandas.__version__ == version('pandas')",
    "an array": "assert pyarrow.array([1, None]).null_count == 1",
    "an array of numpy": "import numpy; assert pyarrow.array(numpy.arange(2)).to_pylist() == [0, 1]",
    "the file of it": "assert pandas.__file__; import inspect; inspect.getmodule(sys._getframe())",
    "a look for it": "import importlib.util; assert importlib.util.find_spec('pandas').origin",
}


@pytest.mark.parametrize("use", IGNORED.values(), ids=IGNORED.keys())
def test_it_is_not_loaded_by_whoever_only_has_it(use: str) -> None:
    run(f"{use}\nassert not is_loaded()")


def test_a_function_that_names_it_reaches_a_task() -> None:
    run(
        "from pyspark import cloudpickle\n"
        "def made():\n    return pandas.DataFrame({'a': [1]})\n"
        "sent = cloudpickle.dumps(made)\n"
        "assert not is_loaded()\n"
        "assert isinstance(cloudpickle.loads(sent)(), pandas.DataFrame)"
    )


def test_two_threads_get_the_same_whole_pandas() -> None:
    run(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(8) as pool:\n"
        "    found = list(pool.map(lambda _: pandas.core.frame.DataFrame, range(16)))\n"
        "import pandas\n"
        "assert set(found) == {pandas.DataFrame}"
    )


def test_threads_that_take_it_in_several_ways_get_the_same() -> None:
    run(
        "import threading\n"
        "def imported():\n    import pandas as own; return own.Series([1])\n"
        "def taken():\n    from pandas import Series; return Series([1])\n"
        "def of_arrow():\n    return pyarrow.table({'a': [1]}).to_pandas().a\n"
        "def to_arrow():\n"
        "    assert pyarrow.array([pandas.NaT], from_pandas=True).null_count\n"
        "    return taken()\n"
        "ways = [imported, taken, of_arrow, to_arrow] * 4\n"
        "begin, found = threading.Barrier(len(ways)), []\n"
        "def work(way):\n    begin.wait(); found.append(way())\n"
        "threads = [threading.Thread(target=work, args=(way,)) for way in ways]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
        "import pandas as late; assert late is pandas\n"
        "assert [type(one) for one in found] == [pandas.Series] * len(ways)"
    )


def test_where_it_is_loaded_nothing_changes() -> None:
    run(
        "pandas.DataFrame\nimport pandas\n"
        "with deferred_pandas():\n    import pandas as other\n"
        "assert other is pandas"
    )
