"""Text objects through every codec: whole, in members, in tiny reads, cut, damaged, under a wrong name."""

import bz2
import gzip
import io

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from packers import CHECKED, PACKERS, SKIPPABLE, raw_snappy
from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.formats.shared.codecs import HEAD_BYTES, compression_of
from placekeeper.runtime.formats.shared.decompression import decompressed


class Trickle(io.RawIOBase):
    """A file that gives a few bytes at a time, whatever is asked for."""

    def __init__(self, data: bytes, most: int) -> None:
        self.source, self.most = io.BytesIO(data), most

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self.source.read(self.most if size < 0 else min(size, self.most))


def plain(data: bytes, name: str, *, most: int = 1 << 20, option: str = "") -> bytes:
    return decompressed(Trickle(data, most), name, option).read()


def outcome(data: bytes, name: str) -> bytes | str:
    """The plain bytes, or what the error says."""
    try:
        return plain(data, name)
    except RecordUnreadable as error:
        return str(error)


def check_members(kind: str, parts: list[bytes], most: int, size: int) -> None:
    assume(not compression_of(b"".join(parts)[:HEAD_BYTES]))  # that would be compressed twice
    suffix, pack = PACKERS[kind]
    file = Trickle(b"".join(map(pack, parts)), most)
    stream = decompressed(file, f"s3://b/a.csv{suffix}")
    read = b"".join(iter(lambda: stream.read(size), b""))
    assert read == b"".join(parts).removeprefix(b"\xef\xbb\xbf")
    stream.close()
    assert not file.closed


MEMBERS = given(
    parts=st.lists(st.binary(max_size=400) | st.integers(0, 3000).map(lambda n: b"ab,\n" * n), max_size=5),
    most=st.integers(1, 50) | st.just(1 << 20),
    size=st.integers(1, 500),
)


@pytest.mark.parametrize("kind", PACKERS)
@settings(max_examples=30)
@MEMBERS
def test_members_of_any_length_read_in_pieces_of_any_length(kind, parts, most, size):
    check_members(kind, parts, most, size)


@pytest.mark.soak
@pytest.mark.parametrize("kind", PACKERS)
@settings(max_examples=3000)
@MEMBERS
def test_thousands_of_members(kind, parts, most, size):
    check_members(kind, parts, most, size)


@pytest.mark.parametrize("kind", PACKERS)
def test_every_truncation_is_refused_or_ends_between_members(kind):
    suffix, pack = PACKERS[kind]
    parts = [b"id,name\n1,ann\n", b"", b"2,bob\n" * 30]
    whole = b"".join(map(pack, parts))
    # Hadoop's blocks and framed chunks have no end of their own: what ends with one is whole.
    borders = {b"", b"".join(parts[:1]), b"".join(parts)} | (
        {b"".join(parts)[: 14 + at] for at in (0, 100)} if "blocks" in kind else set()
    )
    read = [outcome(whole[:length], f"a{suffix}") for length in range(len(whole))]
    refused = [each for each in read if isinstance(each, str)]
    assert {each for each in read if not isinstance(each, str)} <= borders
    assert len(refused) > len(whole) * 0.8
    for message in refused:
        assert f"a{suffix}, {kind.split()[0]}, compressed byte " in message
        assert "what begins here is cut: it goes on beyond the object's end, byte " in message


@pytest.mark.parametrize("kind", PACKERS)
def test_one_flipped_byte_is_refused_where_there_is_a_checksum(kind):
    suffix, pack = PACKERS[kind]
    text = b"id,name\n1,ann\n2,bob\n" * 20
    whole = pack(text) + pack(b"3,cid\n")
    damaged = [whole[:at] + bytes([whole[at] ^ 0x21]) + whole[at + 1 :] for at in range(len(whole))]
    read = [outcome(each, f"a{suffix}") for each in damaged]
    refused = [each for each in read if isinstance(each, str)]
    if kind in CHECKED:
        assert {each for each in read if not isinstance(each, str)} <= {text + b"3,cid\n"}
    assert len(refused) > len(whole) * (0.8 if kind in CHECKED else 0.2)
    for message in refused:
        assert f"a{suffix}, {kind.split()[0]}, compressed byte " in message


@pytest.mark.parametrize("kind", PACKERS)
def test_garbage_behind_a_member_is_refused(kind):
    suffix, pack = PACKERS[kind]
    whole = pack(b"1,ann\n")
    with pytest.raises(RecordUnreadable, match=rf"a{suffix}, {kind.split()[0]}, compressed byte \d+: "):
        plain(whole + b"\x7fgarbage, and some more of it", f"a{suffix}")


def test_the_member_and_the_place_are_named():
    first, second = gzip.compress(b"1,ann\n"), gzip.compress(b"2,bob\n")
    broken = second[:-8] + b"\0\0\0\0" + second[-4:]
    with pytest.raises(RecordUnreadable) as caught:
        plain(first + broken, "s3://b/a.csv.gz")
    assert str(caught.value) == (
        f"s3://b/a.csv.gz, gzip, compressed byte {len(first)}: it is damaged between bytes {len(first)} and "
        f"{len(first + broken)}, after 6 plain bytes (Error -3 while decompressing data: incorrect data "
        "check). Write or upload the object again, whole."
    )


def test_zeros_behind_gzip_are_padding_and_nothing_else_is():
    whole = gzip.compress(b"1,ann\n")
    assert plain(whole + bytes(1000), "a.gz", most=7) == b"1,ann\n"
    with pytest.raises(RecordUnreadable, match=r"a\.gz, gzip, compressed byte 26"):
        plain(whole + bytes(1000) + whole, "a.gz", most=7)
    with pytest.raises(RecordUnreadable, match="bzip2"):
        plain(bz2.compress(b"1,ann\n") + bytes(1000), "a.bz2")


@pytest.mark.parametrize("kind", ["zstd", "lz4"])
def test_skippable_frames_are_skipped(kind):
    suffix, pack = PACKERS[kind]
    frames = SKIPPABLE + pack(b"1,") + SKIPPABLE + pack(b"ann\n") + SKIPPABLE
    assert plain(frames, f"a{suffix}", most=3) == b"1,ann\n"
    with pytest.raises(RecordUnreadable, match="what begins here is cut"):
        plain(frames[:-2], f"a{suffix}")


@pytest.mark.parametrize("suffix", [*(suffix for suffix, _ in PACKERS.values()), ".csv", ".zstd", ".sz"])
def test_an_object_without_a_byte_is_empty(suffix):
    assert plain(b"", f"a{suffix}") == b""


@pytest.mark.parametrize("kind", PACKERS)
def test_a_byte_order_mark_goes_after_decompression(kind):
    suffix, pack = PACKERS[kind]
    assert plain(pack(b"\xef\xbb\xbfid\n"), f"a{suffix}", most=1) == b"id\n"
    assert plain(pack(b"\xef\xbb"), f"a{suffix}") == b"\xef\xbb"


@pytest.mark.parametrize("suffix", sorted({suffix for suffix, _ in PACKERS.values()}))
def test_plain_text_under_a_compressed_name_is_refused(suffix):
    name = f"file:///in/plain.csv{suffix}"
    with pytest.raises(RecordUnreadable) as caught:
        plain(b"id,name\n2,bob\n", name)
    codec = {".gz": "gzip", ".bz2": "bzip2", ".zst": "zstd"}.get(suffix, suffix[1:])
    assert str(caught.value).startswith(
        f"{name}, {codec}, compressed byte 0: it should be {codec}, by its name or compressionType, and "
        "begins with b'id,name\\n2,bob\\n'. "
    )


def test_raw_snappy_is_refused_by_name():
    with pytest.raises(RecordUnreadable, match=r"Raw snappy, without either, cannot be read"):
        plain(raw_snappy(b"id,name\n" * 100), "a.csv.snappy")


@pytest.mark.parametrize("kind", sorted(CHECKED - {"deflate"}))
def test_compressed_bytes_under_a_plain_name_are_refused(kind):
    _, pack = PACKERS[kind]
    codec = kind.split()[0]
    with pytest.raises(RecordUnreadable, match=rf'compressed by {codec}, .*"compressionType": "{codec}"'):
        plain(pack(b"1,ann\n"), "a.csv", most=1)
    with pytest.raises(RecordUnreadable, match=rf"should be deflate.* It is {codec}\. If that is one of"):
        plain(pack(b"1,ann\n"), "a.csv.deflate")


def test_what_is_compressed_twice_is_refused():
    with pytest.raises(RecordUnreadable, match=r"a\.csv\.gz, gzip, plain byte 0: .* again, by zstd"):
        plain(PACKERS["gzip"][1](PACKERS["zstd"][1](b"1,ann\n")), "a.csv.gz")


def test_text_that_begins_as_bzip2_does_is_text():
    assert plain(b"BZh9 is a name\n", "a.csv") == b"BZh9 is a name\n"


@pytest.mark.parametrize(
    ("spelling", "kind"),
    [
        ("gz", "gzip"),
        ("GZIP", "gzip"),
        ("org.apache.hadoop.io.compress.GzipCodec", "gzip"),
        ("bz2", "bzip2"),
        ("org.apache.hadoop.io.compress.BZip2Codec", "bzip2"),
        ("zst", "zstd"),
        ("org.apache.hadoop.io.compress.ZStandardCodec", "zstd"),
        ("snappy", "snappy blocks"),
        ("org.apache.hadoop.io.compress.SnappyCodec", "snappy framed"),
        ("Lz4", "lz4 blocks"),
        ("org.apache.hadoop.io.compress.DefaultCodec", "deflate"),
    ],
)
def test_the_option_counts_more_than_the_name(spelling, kind):
    _, pack = PACKERS[kind]
    assert plain(pack(b"1,ann\n"), "a.csv", option=spelling) == b"1,ann\n"


@pytest.mark.parametrize(("name", "option"), [("a.csv.zip", ""), ("a.csv.xz", "none"), ("a.csv", "lzo")])
def test_other_codecs_are_refused(name, option):
    with pytest.raises(UnsupportedFeature, match="Use one of gzip, bzip2, zstd, lz4, snappy and deflate"):
        plain(b"", name, option=option)


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "zstd", "lz4"])
def test_memory_does_not_grow_with_what_comes_out(kind):
    suffix, pack = PACKERS[kind]
    stream = decompressed(io.BytesIO(pack(bytes(20_000_000))), f"a{suffix}")
    assert len(stream.read1(1 << 30)) <= 1 << 20
    assert sum(map(len, iter(lambda: stream.read(1 << 20), b""))) > 18_000_000


def test_what_the_file_raises_goes_through():
    class Away(io.RawIOBase):
        def readable(self):
            return True

        def read(self, size=-1):
            raise ConnectionError("the store does not answer")

    with pytest.raises(ConnectionError, match="does not answer"):
        decompressed(Away(), "a.gz")
