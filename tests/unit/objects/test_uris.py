"""Canonical URIs."""

from pathlib import Path

import pytest

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.objects.uris import normalise, split_s3


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("/data/x", "file:///data/x"),
        ("/data/x/", "file:///data/x/"),
        ("//data//x", "file:///data/x"),
        ("/data/./a/../x", "file:///data/x"),
        ("/", "file:///"),
        ("file:/data/x", "file:///data/x"),
        ("file:///data/x", "file:///data/x"),
        ("FILE:///data/x", "file:///data/x"),
        ("file://localhost/data/x", "file:///data/x"),
        ("file:////data/x", "file:///data/x"),
        ("/data/a%20b/é & +", "file:///data/a%20b/é & +"),
        ("/data/day=1:2", "file:///data/day=1:2"),
        ("s3://b", "s3://b/"),
        ("s3://b/", "s3://b/"),
        ("s3://b/a/b", "s3://b/a/b"),
        ("s3a://b/a/", "s3://b/a/"),
        ("s3n://b//a/../x", "s3://b/a/../x"),
        ("s3://b///a//b//", "s3://b/a/b/"),
        ("S3://b/A", "s3://b/A"),
    ],
)
def test_canonical(path: str, uri: str) -> None:
    assert normalise(path) == uri
    assert normalise(uri) == uri


def test_relative_paths_start_at_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert normalise("data/x") == f"file://{tmp_path}/data/x"
    assert normalise("data/") == f"file://{tmp_path}/data/"
    assert normalise("a:b/c") == f"file://{tmp_path}/a:b/c"
    assert normalise("./s3:/b/c") == f"file://{tmp_path}/s3:/b/c"
    assert normalise("s3/b") == f"file://{tmp_path}/s3/b"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("", "empty"),
        ("/data/*.csv", "Name the folder"),
        ("/data/a\x00b", r"has the character '\\x00'"),
        ("s3://b/\ud800", r"has the character '\\ud800'"),
        ("s3://b/a?/x", "wildcard"),
        ("s3://b/[ab]", "wildcard"),
        ("s3://b/{a,b}", "wildcard"),
        ("gs://b/x", "scheme 'gs://'"),
        ("hdfs://n/x", "mount it"),
        ("file://host/x", "another host"),
        ("file:x", "relative"),
        ("s3:///x", "does not name a bucket"),
        ("s3:/b/x", "looks like s3://b/x with a mistake in it. Write that, or ./s3:/b/x for"),
        ("S3a:b/x", "looks like S3a://b/x"),
        ("s3//b/x", "looks like s3://b/x"),
        ("hdfs:/n/x", "looks like hdfs://n/x"),
    ],
)
def test_refused_with_a_way_out(path: str, says: str) -> None:
    with pytest.raises(UnsupportedFeature, match=says):
        normalise(path)


def test_split() -> None:
    assert split_s3("s3://b/a//b/") == ("b", "a//b/")
    assert split_s3("s3://b/") == ("b", "")
