"""AWS's string, against what real AWS returned (tests/vectors)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from placekeeper.model.element import FileElement, IdElement
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.source import FileSource
from placekeeper.rules.bookmarks import aws_string
from placekeeper.rules.selection.window import IncludeList, Window

VECTORS = Path(__file__).parents[3] / "vectors"
ENTRIES = json.loads((VECTORS / "captured_entries.json").read_text())["entries"]
CAPTURED = [
    pytest.param(entry, id=f"{path.stem}-{number}")
    for path in sorted(VECTORS.glob("captured_*.json"))  # tools/aws_capture.py makes more of them
    for number, entry in enumerate(json.loads(path.read_text())["entries"])
]
OBJECTS = json.loads((VECTORS / "include_list.json").read_text())["objects"]
CONTEXT = "AWSGlueDataCatalog_node1730078287682"
SOURCE = FileSource(connection_type="s3", paths=("s3://github-activity-bucket/landing",), format="json")


@pytest.mark.parametrize("captured", OBJECTS, ids=lambda o: o["path"].rpartition("/")[2])
def test_hashes_of_captured_objects(captured: dict[str, object]) -> None:
    path, ms = captured["path"], captured["last_modified_ms"]

    assert aws_string.object_hash(f"{path}{ms}") == captured["hash_path_and_mtime"]
    assert aws_string.object_hash(str(path)) == captured["hash_path"]


def test_leading_zeros_are_dropped() -> None:
    assert any(len(o["hash_path"]) == 31 for o in OBJECTS), "the vectors hold such a hash"


def test_the_include_list_is_the_captured_one_as_a_set() -> None:
    in_band = [(o["path"], o["last_modified_ms"]) for o in OBJECTS]
    captured = json.loads(ENTRIES[1]["JobBookmark"])[CONTEXT]["timestamps"]["INCLUDE_LIST"]

    assert set(aws_string.include_list(in_band).split(",")) == set(captured.split(","))
    assert len(aws_string.include_list(in_band).split(",")) == 48


def test_the_first_captured_string_is_reproduced_to_the_byte() -> None:
    element = FileElement(source=SOURCE, run=1, watermark_ms=1730079165613)

    assert aws_string.encode({CONTEXT: element}) == ENTRIES[0]["JobBookmark"]


@pytest.mark.parametrize("entry", CAPTURED)
def test_a_captured_string_survives_import_and_export_to_the_byte(entry: dict[str, Any]) -> None:
    state = aws_string.decode_state(entry["JobBookmark"])

    assert aws_string.encode(state) == entry["JobBookmark"]
    assert all(element.is_imported for element in state.values())


def test_what_an_import_knows() -> None:
    state = aws_string.decode_state(ENTRIES[1]["JobBookmark"])[CONTEXT]
    window = Window.between(state, start_ms=2_000_000_000_000, band_ms=900_000)
    seen = IncludeList.of(state)

    assert (state.run, state.watermark_ms, state.band_ms) == (2, 1730081526503, 900_000)

    def has(path: str, last_modified_ms: int) -> bool:
        return seen.has(ObjectMeta(path=path, last_modified_ms=last_modified_ms, size=1))

    assert all(has(o["path"], o["last_modified_ms"]) for o in OBJECTS)
    assert not any(has(o["path"], o["last_modified_ms"] + 1) for o in OBJECTS)
    assert all(window.may_be_listed(o["last_modified_ms"]) for o in OBJECTS)


def test_partitions_of_a_string_survive() -> None:
    text = ENTRIES[0]["JobBookmark"].replace(
        '"CURR_LATEST_PARTITION":"0","CURR_LATEST_PARTITIONS":""',
        '"CURR_LATEST_PARTITION":"1676437901000","CURR_LATEST_PARTITIONS":"s3://b/date=1/,s3://b/date=2/"',
    )

    state = aws_string.decode_state(text)

    assert state[CONTEXT].latest_partitions == ("s3://b/date=1/", "s3://b/date=2/")
    assert aws_string.encode(state) == text


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", UsageError, "not a JobBookmark string"),
        ("[]", UsageError, "not a JobBookmark string"),
        ('{"c": {"timestamps": {}}}', UsageError, "not a JobBookmark string"),
        ('{"c": {"jsonClass": "JDBCDataSourceJobBookmarkState"}}', UnsupportedFeature, "c (JDBCData"),
        (
            '{"c": {"jsonClass": "HadoopDataSourceJobBookmarkState"}}',
            UsageError,
            "CURR_RUN_START_TIME for 'c'",
        ),
        (ENTRIES[0]["JobBookmark"].replace("900000", "long"), UsageError, "has a wrong value"),
        (ENTRIES[0]["JobBookmark"].replace("2024-10", "2024-13"), UsageError, "has a wrong value"),
    ],
)
def test_a_string_that_cannot_be_taken_says_why(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        aws_string.decode_state(text)


def test_decode_gives_the_timestamps_of_each_context() -> None:
    decoded = aws_string.decode(ENTRIES[1]["JobBookmark"])

    assert decoded[CONTEXT]["RUN"] == "2"
    assert decoded[CONTEXT]["CURR_RUN_START_TIME"] == "2024-10-28T02:12:06.503Z"


def test_the_empty_state_is_an_empty_object() -> None:
    assert aws_string.encode({}) == aws_string.EMPTY


def test_ids_of_a_relationalize_are_in_an_envelope_of_ours() -> None:
    state = {"flat": IdElement(next_id=41, run=3), CONTEXT: FileElement(source=None, run=3, watermark_ms=0)}
    string = aws_string.encode(state)

    assert json.loads(string)["flat"] == {"jsonClass": "PlacekeeperIdState", "nextId": "41", "run": "3"}
    assert aws_string.next_ids(string) == {"flat": 41}
    assert aws_string.decode(string).keys() == {CONTEXT}
    assert aws_string.decode_state(string) == state
    assert aws_string.entry_of(string).run == 4
    with pytest.raises(UsageError, match="wrong value for 'flat'"):
        aws_string.decode_state('{"flat": {"jsonClass": "PlacekeeperIdState", "nextId": "x", "run": "1"}}')
