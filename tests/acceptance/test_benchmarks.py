"""The figures can be taken: a benchmark that no longer runs is a claim that nobody can check."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def printed(*arguments: str, **environ: str) -> str:
    """What a benchmark prints; it has to end well."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        env=os.environ | environ,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.soak
def test_the_figures_of_scale_are_taken() -> None:
    """With few objects; whether the targets are met is for `make bench` to say."""
    said = printed("benchmarks.scale", SCALE_OBJECTS="20_000")
    for figure in (
        "bytes per object",
        "diff of 20,000 known",
        "merging 8 segments",
        "GetJobBookmark",
        "commit of",
    ):
        assert figure in said


def test_the_figures_of_a_large_catalog_are_taken() -> None:
    """With few partitions and tables; moto answers the same."""
    said = printed("benchmarks.catalog", CATALOG_PARTITIONS="4_800", CATALOG_TABLES="120")
    for figure in ("GetPartitions, 100 by an Expression", "BatchCreatePartition of 100", "peak grows by"):
        assert said.count(figure) == 2, said


def test_small_files_are_read_and_measured() -> None:
    said = printed("benchmarks.small_files", "--files", "20")
    for figure in ("20 files of csv on sail", "ms CPU a file", "MB at its peak"):
        assert figure in said
