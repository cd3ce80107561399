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


def run(code: str) -> None:
    """Run code in a process of its own: this one has pandas."""
    done = subprocess.run(
        [sys.executable, "-c", PREPARED + code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


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
}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_it_is_loaded_by_whoever_works_with_it(use: str) -> None:
    run(f"{use}\nassert is_loaded()")


IGNORED = {
    "an import": "import pandas, pandas.api.types",
    "its version": "from importlib.metadata import version; assert pandas.__version__ == version('pandas')",
    "an array": "assert pyarrow.array([1, None]).null_count == 1",
    "an array of numpy": "import numpy; assert pyarrow.array(numpy.arange(2)).to_pylist() == [0, 1]",
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


def test_where_it_is_loaded_nothing_changes() -> None:
    run(
        "pandas.DataFrame\nimport pandas\n"
        "with deferred_pandas():\n    import pandas as other\n"
        "assert other is pandas"
    )
