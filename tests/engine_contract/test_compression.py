"""Every codec for CSV and JSON, on disk and in S3: read whole, or refused by name; written to be read."""

import gzip

import pytest
from pyspark.sql import DataFrame

from packers import PACKERS
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.engines.registry import installed
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.formats.shared.compression import text_codec
from placekeeper.runtime.scan import scan

pytestmark = pytest.mark.spark_tests(6)


def objects_of(format_name: str) -> dict[str, bytes]:
    """One object per codec, in members that are cut anywhere, and empty ones; name → bytes."""
    named = {}
    for number, (suffix, pack) in enumerate(PACKERS.values()):
        if format_name == "csv":
            text = f"\ufeffid,s\n{number},x\n{number},y\n".encode()
        else:
            text = f'\ufeff{{"id":"{number}","s":"x"}}\n{{"id":"{number}","s":"y"}}\n'.encode()
        named[f"{number}.{format_name}{suffix}"] = pack(text[:7]) + pack(b"") + pack(text[7:])
        named[f"empty{number}.{format_name}{suffix}"] = b""
        named[f"nothing{number}.{format_name}{suffix}"] = pack(b"")
    return named


ROWS = [{"id": str(number), "s": letter} for number in range(len(PACKERS)) for letter in "xy"]


@pytest.mark.parametrize("format_name", ["csv", "json"])
def test_every_codec_in_members(files, format_name):
    for name, content in objects_of(format_name).items():
        files.put(name, content)
    assert files.rows(format_name, withHeader=True) == ROWS


@pytest.mark.parametrize("format_name", ["csv", "json"])
def test_every_codec_in_s3(engine, s3, format_name):
    bucket, objects = s3.new_bucket(), ObjectStores.of(s3.environ)
    named = objects_of(format_name)
    for name, content in named.items():
        s3.client().put_object(Bucket=bucket, Key=name, Body=content)
    chosen = [objects.stat(f"s3://{bucket}/{name}") for name in named]
    reader = FORMATS.reader(format_name, {"withHeader": True})
    frame = scan(engine, objects, chosen, reader, None)
    assert sorted((row.id, row.s) for row in frame.dataframe.collect()) == [(r["id"], r["s"]) for r in ROWS]


@pytest.mark.spark_cases(3)
@pytest.mark.parametrize("format_name", ["csv", "json"])
@pytest.mark.parametrize("kind", PACKERS)
def test_what_is_cut_names_the_object_the_codec_and_the_byte(files, format_name, kind):
    suffix, pack = PACKERS[kind]
    text = b"id\n1\n" if format_name == "csv" else b'{"id":1}\n'
    files.put(f"a.{format_name}{suffix}", pack(text * 20) + pack(text)[:-1])
    with pytest.raises(
        Exception, match=rf"a\.{format_name}{suffix}, {kind.split()[0]}, compressed byte \d+: "
    ):
        files.rows(format_name, withHeader=True)


@pytest.mark.parametrize("format_name", ["csv", "json"])
@pytest.mark.parametrize("option", ["compressionType", "compression"])
def test_the_codec_by_option(files, format_name, option):
    files.put("a", gzip.compress(b"id\n1\n" if format_name == "csv" else b'{"id":"1"}\n'))
    assert files.rows(format_name, withHeader=True, **{option: "GZ"}) == [{"id": "1"}]


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize("format_name", ["csv", "json"])
@pytest.mark.parametrize(
    ("compression", "suffix"),
    [("gzip", ".gz"), ("bzip2", ".bz2"), ("zstd", ".zst"), ("lz4", ".lz4"), ("snappy", ".snappy")],
)
def test_what_is_written_compressed_is_read_back(engine, files, output, format_name, compression, suffix):
    frame = engine.session.range(0, 50_000, 1, 1).selectExpr("cast(id as string) id", "repeat('ab', 10) s")
    output.publish(output.write(frame.coalesce(1), format_name, compression=compression))
    (name,) = output.visible()
    assert name.endswith(f".{format_name}{suffix}")
    files.put(name, (output.folder / name).read_bytes())
    read = files.scan(format_name, withHeader=True).dataframe
    right = "s = repeat('ab', 10) and cast(id as int) between 0 and 49999"
    found = read.selectExpr("count(*)", "count(distinct id)", f"count_if({right})").first()
    assert tuple(found) == (50_000, 50_000, 50_000)


def test_hadoops_names_of_codecs():
    assert text_codec("org.apache.hadoop.io.compress.BZip2Codec") == "bzip2"
    assert text_codec("UNCOMPRESSED") == "none"


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize("compression", ["gzip", "bzip2", "lz4", "snappy", "deflate"])
def test_spark_reads_what_we_write_and_we_read_what_spark_writes(engine, files, output, compression):
    if not installed().spark:
        pytest.skip("Hadoop's codecs are in Spark")
    count = 100_000  # some blocks of each codec; digests, because they hardly become smaller
    frame = engine.session.range(0, count, 1, 1).selectExpr("cast(id as string) id", "sha1(string(id)) u")

    def assert_same(read: DataFrame) -> None:
        ids = ("count(distinct id)", "min(int(id))", "max(int(id))")
        found = read.selectExpr("count(*)", "count_if(u = sha1(id))", *ids).first()
        assert tuple(found) == (count, count, count, 0, count - 1)

    output.publish(output.write(frame, "csv", compression=compression))
    assert_same(engine.session.read.option("header", True).csv(str(output.folder)))
    frame.write.option("compression", compression).option("header", True).csv(str(output.folder / "spark"))
    for path in (output.folder / "spark").glob("part-*"):
        files.put(path.name, path.read_bytes())
    assert_same(files.scan("csv", withHeader=True).dataframe)
