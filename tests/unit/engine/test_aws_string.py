"""AWS's string, against what real AWS returned (tests/vectors)."""

import json
from pathlib import Path

import pytest

from placekeeper.engine import aws_string
from placekeeper.model.bookmark import Source, StateElement

VECTORS = Path(__file__).parents[2] / "vectors"
ENTRIES = json.loads((VECTORS / "captured_entries.json").read_text())["entries"]
OBJECTS = json.loads((VECTORS / "include_list.json").read_text())["objects"]
CONTEXT = "AWSGlueDataCatalog_node1730078287682"
SOURCE = Source(connection_type="s3", paths=("s3://github-activity-bucket/landing",), format="json")


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
    element = StateElement(source=SOURCE, run=1, run_start_ms=1730079165613)

    assert aws_string.encode({CONTEXT: element}) == ENTRIES[0]["JobBookmark"]


def test_decode_gives_the_timestamps_of_each_context() -> None:
    decoded = aws_string.decode(ENTRIES[1]["JobBookmark"])

    assert decoded[CONTEXT]["RUN"] == "2"
    assert decoded[CONTEXT]["CURR_RUN_START_TIME"] == "2024-10-28T02:12:06.503Z"


def test_the_empty_state_is_an_empty_object() -> None:
    assert aws_string.encode({}) == aws_string.EMPTY
