"""What tasks decode while they find schemas is read from spills, alike on every engine."""

import gc
import json
from pathlib import Path
from typing import Any

from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.scan import scan
from placekeeper.runtime.scan.malformed import ReadStage
from placekeeper.runtime.scan.spills import LEAST_BYTES

ROWS = 3000


def lines(first: Any) -> str:
    """A file that is large enough for a spill; its record 7 has another field."""
    records = [{"id": number, "of": {"first": first, "n": [number, None]}} for number in range(ROWS)]
    records[7]["more"] = 1.5
    text = "".join(json.dumps(record) + "\n" for record in records)
    assert len(text) > LEAST_BYTES
    return text


def spills_of(engine: Engine) -> set[Path]:
    folder = engine.hand_out([b""]).folder
    assert folder is not None
    return {path for path in folder.glob("decoded/*/*") if "." not in path.name}


def test_an_object_is_decoded_once(files):
    """It is as it was listed: nothing that happens to it afterwards counts."""
    files.put("a.json", lines(2**40))
    files.put("b.json", lines("text"))
    files.put("c.json", lines(1).removesuffix("\n") + '{"id": 0, "of": {"n": []}}')
    before = spills_of(files.engine)
    frame = files.scan("json")
    assert len(spills_of(files.engine) - before) == 3
    for name in "ac":
        (files.folder / f"{name}.json").unlink()
    files.put("b.json", "{}")
    found = frame.dataframe.selectExpr(
        "id", "of.first.long", "of.first.string", "get(of.n, 0)", "more"
    ).collect()
    expected = [
        (number, long, text, number, 1.5 if number == 7 else None)
        for number in range(ROWS)
        for long, text in ((2**40, None), (None, "text"), (1, None))
    ]
    assert sorted(map(tuple, found), key=repr) == sorted([*expected, (0, None, None, None, None)], key=repr)
    assert frame.dataframe.count() == len(found)


def test_objects_without_a_spill_are_read_again(files):
    """They are small, or one field has two types in it."""
    files.put("a.json", '{"id": 5, "of": {"first": true}}')
    files.put("b.json", lines(1) + '{"id": "x"}\n')
    before = spills_of(files.engine)
    frame = files.scan("json")
    assert spills_of(files.engine) == before
    found = frame.dataframe.selectExpr("id.int", "id.string").collect()
    assert sorted(map(tuple, found), key=repr) == sorted(
        [*((number, None) for number in range(ROWS)), (None, "x"), (5, None)], key=repr
    )


def test_malformed_records_count_once(files):
    files.put("a.json", lines(1) + "{oops\n" + lines(2))
    before = spills_of(files.engine)
    frame = scan(
        files.engine,
        files.objects,
        files.chosen(),
        FORMATS.reader("json", {}),
        None,
        malformed=ReadStage("source"),
    )
    assert len(spills_of(files.engine) - before) == 1
    assert frame.dataframe.count() == 2 * ROWS
    assert frame.errors.own is not None
    assert frame.errors.own.count == 1


def test_missing_fields_and_nulls_stay_apart(files):
    """A spill does not tell them apart, so that what asks for them reads the object."""
    files.put("a.json", lines(None) + '{"id": 1, "of": {"n": null}}\n')
    frame = files.scan("json")
    exact = frame if frame.exact is None else frame.exact()
    texts = [row[-1] for row in exact.dataframe.collect()]
    assert sum(text is not None for text in texts) == 1


def test_on_sail_spills_go_with_the_last_frame(files):
    if files.engine.name != "sail":
        return  # there they go when the run ends
    files.put("a.json", lines(1))
    gc.collect()
    before = spills_of(files.engine)
    frame = files.scan("json")
    rows = frame.dataframe.select("id")
    del frame
    gc.collect()
    (spill,) = spills_of(files.engine) - before
    assert rows.count() == ROWS
    del rows
    gc.collect()
    assert not spill.exists()
