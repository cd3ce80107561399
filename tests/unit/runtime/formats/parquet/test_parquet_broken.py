"""A Parquet file that is not whole names itself and the place; no error of a library reaches a user."""

import errno
import io
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe
import pytest

from parquet_footer import NAME, ROWS, SCHEMA, with_footer
from placekeeper.model.errors import ObjectChanged, RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.formats.parquet.reader import ParquetReader

TABLE = pa.table({"id": list(range(3000)), "text": [f"text {number}" for number in range(3000)]})


def written(table: pa.Table = TABLE, **options: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, row_group_size=1000, **options)
    return buffer.getvalue()


def rows(file: bytes) -> list[dict[str, object]]:
    reader = ParquetReader()
    schema = reader.schema(io.BytesIO(file), "a.parquet")
    batches = list(reader.read(io.BytesIO(file), "a.parquet", schema))
    return pa.Table.from_batches(batches, schema).to_pylist()


WHOLE = written()
NO_PARQUET = {
    "empty": b"",
    "one byte": b"P",
    "a text": b"id,text\n1,x\n" * 10,
    "the magic alone": b"PAR1PAR1",
    "cut at the end": WHOLE[:-100],
    "cut in the middle": WHOLE[: len(WHOLE) // 2],
    "a footer of nonsense": WHOLE[:-108] + b"\xff" * 100 + WHOLE[-8:],
    "a footer longer than the file": WHOLE[:-8] + b"\xff\xff\xff\x7fPAR1",
}


@pytest.mark.parametrize("name", NO_PARQUET)
def test_what_is_no_parquet_is_named(name):
    with pytest.raises(RecordUnreadable, match=r"^a\.parquet, Parquet footer: "):
        rows(NO_PARQUET[name])


def test_a_file_whose_beginning_is_gone_is_named():
    with pytest.raises(RecordUnreadable, match=r"^a\.parquet, Parquet data, row group 0, column id: "):
        rows(WHOLE[200:])


def test_a_broken_column_is_named_with_its_row_group():
    chunk = pq.read_metadata(io.BytesIO(WHOLE)).row_group(1).column(1)
    at = chunk.dictionary_page_offset
    file = WHOLE[:at] + b"\xff" * 30 + WHOLE[at + 30 :]
    with pytest.raises(RecordUnreadable, match=r"^a\.parquet, Parquet data, row group 1, column text: "):
        rows(file)


@pytest.mark.parametrize("plain_footer", [False, True])
def test_an_encrypted_file_is_named(plain_footer):
    class Client(pe.KmsClient):
        def wrap_key(self, key: bytes, master: str) -> bytes:
            return key

        def unwrap_key(self, key: bytes, master: str) -> bytes:
            return key

    config = pe.EncryptionConfiguration(
        footer_key="k", column_keys={"k": ["id", "text"]}, plaintext_footer=plain_footer
    )
    factory = pe.CryptoFactory(lambda _: Client())
    properties = factory.file_encryption_properties(pe.KmsConnectionConfig(), config)
    with pytest.raises(RecordUnreadable, match=r"^a\.parquet, Parquet (footer|data, .*): .*(crypt|Crypt)"):
        rows(written(encryption_properties=properties))


def test_a_footer_that_counts_other_rows_is_refused():
    def one_less(footer):
        footer[ROWS] = (6, 2999)

    with pytest.raises(RecordUnreadable, match=r"^a\.parquet, Parquet data: the footer says 2999 rows"):
        rows(with_footer(WHOLE, one_less))


def test_a_name_that_is_no_utf8_is_refused():
    def nonsense(footer):
        footer[SCHEMA][1][1][1][NAME] = (8, b"\xff\xfe")

    with pytest.raises(RecordUnreadable, match=r"^a\.parquet, Parquet footer: .*utf-8"):
        rows(with_footer(WHOLE, nonsense))


class Failing(io.BytesIO):
    """A file that fails from some read on."""

    def __init__(self, content: bytes, error: Exception, after: int) -> None:
        super().__init__(content)
        self.error, self.after = error, after

    def read(self, size: int | None = -1, /) -> bytes:
        self.after -= 1
        if self.after < 0:
            raise self.error
        return super().read(size)


@pytest.mark.parametrize(
    "error", [OSError(errno.EIO, "x"), PermissionError(13, "x"), ObjectChanged("x", "y")]
)
@pytest.mark.parametrize("after", [0, 1])
def test_an_error_of_the_store_is_no_error_of_the_file(error, after):
    reader = ParquetReader()
    schema = reader.schema(io.BytesIO(WHOLE), "a.parquet")
    with pytest.raises(type(error)) as caught:
        list(reader.read(Failing(WHOLE, error, after), "a.parquet", schema))
    assert not isinstance(caught.value, RecordUnreadable)


@pytest.mark.parametrize("seed", range(20))
def test_flipped_bits_give_the_rows_or_name_the_file(seed):
    """With checksums, which parquet-mr writes, no row is another one."""
    flips(seed, written(write_page_checksum=True, compression="snappy"), times=10)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1000, 1100))
def test_many_flipped_bits_give_the_rows_or_name_the_file(seed):
    flips(seed, written(write_page_checksum=True, compression="snappy"), times=200)


def flips(seed: int, whole: bytes, times: int) -> None:
    chance = random.Random(seed)
    pages = pq.read_metadata(io.BytesIO(whole)).row_group(2).column(1)
    until = pages.dictionary_page_offset + pages.total_compressed_size  # the footer has no checksum
    for _ in range(times):
        file = bytearray(whole)
        at = chance.randrange(len(file))
        file[at] ^= 1 << chance.randrange(8)
        try:
            found = rows(bytes(file))
        except (RecordUnreadable, UnsupportedFeature) as error:
            assert "a.parquet" in str(error)  # noqa: PT017 - either is right
            continue
        if at < until:
            assert found == TABLE.to_pylist(), f"byte {at}"
