"""A person who asks for it is told which reader reads each source, and why."""

from workspace import Workspace


def test_the_way_of_each_source_is_said_to_those_who_ask(local: Workspace) -> None:
    local.put_rows("1.csv", 1, 2)
    command, *arguments = local.run_arguments(local.script())
    asked = local.inside(command, "--verbose", *arguments)
    local.put_rows("2.csv", 3)
    unasked = local.inside(command, *arguments)

    why = ": read by the scan: the engine's own reader is used for Parquet alone"
    assert (asked.code, unasked.code) == (0, 0)
    assert why in asked.error
    assert why not in unasked.error
    assert asked.summary["summary"]["sources"][0]["way"].startswith(why[2:])
