"""What a run never comes to is left out of the look, and nothing that it may come to is."""

import pytest

from placekeeper.runtime.engines.script_scan import findings

RDD = "df.rdd.glom()"


@pytest.mark.parametrize(
    "source",
    [
        f"def never():\n    {RDD}",
        f"def never():\n    {RDD}\n    never()",
        f"def one():\n    two()\ndef two():\n    {RDD}\n    one()",
        f"class Never:\n    def work(self):\n        {RDD}",
        f"if False:\n    {RDD}",
        f"if 0:\n    {RDD}\nelse:\n    df.count()",
        f"if True:\n    df.count()\nelse:\n    {RDD}",
        f"if not True:\n    {RDD}",
        f"while False:\n    {RDD}",
        f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    {RDD}",
        f"import typing\nif typing.TYPE_CHECKING:\n    {RDD}",
        "if TYPE_CHECKING:\n    from pyspark.rdd import RDD",
        "def f():\n    '''Uses input_file_name() no more.'''\nf()",
        "'''input_file_name() is gone.'''",
        f"def outer():\n    def inner():\n        {RDD}\nouter()",
    ],
)
def test_what_never_runs_is_no_reason(source: str) -> None:
    assert findings(source) == ()


@pytest.mark.parametrize(
    "source",
    [
        f"def work():\n    {RDD}\nwork()",
        f"def work():\n    {RDD}\nrun(work)",
        f"def work():\n    {RDD}\ndef main():\n    work()\nif __name__ == '__main__':\n    main()",
        f"class Work:\n    def run(self):\n        {RDD}\nWork().run()",
        f"class Work:\n    def __init__(self):\n        {RDD}",
        f"class Work(Thread):\n    def run(self):\n        {RDD}\nWork().start()",
        f"@register\ndef work():\n    {RDD}",
        f"def work():\n    {RDD}\ngetattr(module, 'work')()",
        f"def work():\n    {RDD}\nglobals()[args['step']]()",
        f"def work():\n    {RDD}\ngetattr(module, args['step'])()",
        f"steps = ['work']\ndef work():\n    {RDD}",
        f"def outer():\n    def inner():\n        {RDD}\n    return inner\nouter()()",
        f"def work(count={RDD}):\n    pass",
        f"later = lambda: {RDD}",
        f"if args['x']:\n    {RDD}",
        f"if not debug:\n    {RDD}",
        f"try:\n    pass\nfinally:\n    {RDD}",
        f"async def work():\n    {RDD}\nasyncio.run(work())",
        f"while True:\n    {RDD}",
    ],
)
def test_what_may_run_is_a_reason(source: str) -> None:
    assert [found.what for found in findings(source)] == [".glom"]
