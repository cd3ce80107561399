"""The pages of Parquet: their headers, and their checksums.

Spark's writer gives each page the CRC-32 of its bytes, and not every engine looks at it. Headers are structs
in Thrift's compact protocol; all but three numbers of them is passed over.
"""

import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

import pyarrow.parquet as arrow_parquet

_HEADER_BYTES: Final = 4096
"""What is read at first for a header; statistics of long texts can make one longer."""
_STOP, _TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(13)
_DEEPEST: Final = 16
_SIZE_FIELD, _CHECKSUM_FIELD = 3, 4


class BrokenPage(ValueError):
    """A page that is not what its header says, or no header where one should be."""


class PageHeader(NamedTuple):
    """How many bytes the header has, how many the page behind it, and the checksum of those."""

    length: int
    page_bytes: int
    checksum: int | None


def has_checksums(file: BinaryIO, metadata: "arrow_parquet.FileMetaData") -> bool:
    """Whether the first page carries a checksum; writers give one to all pages or to none."""
    for chunk in _chunks(metadata):
        return _header_at(file, _begin(chunk)).checksum is not None
    return False


def check_checksums(file: BinaryIO, metadata: "arrow_parquet.FileMetaData") -> None:
    """Raise BrokenPage for the first page whose bytes have another checksum than its header says."""
    for chunk in _chunks(metadata):
        place = _begin(chunk)
        end = place + chunk.total_compressed_size
        while place < end:
            header = _header_at(file, place)
            file.seek(place + header.length)
            page = file.read(header.page_bytes)
            is_whole = len(page) == header.page_bytes
            if not is_whole or (header.checksum is not None and zlib.crc32(page) != header.checksum):
                raise BrokenPage(f"column {chunk.path_in_schema}, the page at byte {place}")
            place += header.length + header.page_bytes


def _chunks(metadata: "arrow_parquet.FileMetaData") -> Iterator["arrow_parquet.ColumnChunkMetaData"]:
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for column in range(group.num_columns):
            chunk = group.column(column)
            if chunk.num_values > 0:
                yield chunk


def _begin(chunk: "arrow_parquet.ColumnChunkMetaData") -> int:
    """Where the first page of a column chunk is."""
    dictionary, data = chunk.dictionary_page_offset, int(chunk.data_page_offset)
    return min(int(dictionary), data) if dictionary else data


def _header_at(file: BinaryIO, place: int) -> PageHeader:
    """Raises BrokenPage."""
    size = _HEADER_BYTES
    while True:
        file.seek(place)
        data = file.read(size)
        try:
            return _parsed(data)
        except IndexError:
            if len(data) < size:
                raise BrokenPage(f"the page header at byte {place}") from None
            size *= 16


def _parsed(data: bytes) -> PageHeader:
    thrift = _Compact(data)
    numbers = thrift.numbers()
    size = numbers.get(_SIZE_FIELD, -1)
    if size < 0:
        raise BrokenPage("a page header without a size")
    checksum = numbers.get(_CHECKSUM_FIELD)
    return PageHeader(thrift.place, size, None if checksum is None else checksum & 0xFFFFFFFF)


class _Compact:
    """A struct in Thrift's compact protocol. Raises IndexError at the end of the bytes, BrokenPage for what
    is none."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def numbers(self, depth: int = 0) -> dict[int, int]:
        """The whole numbers among the fields of a struct; all else is passed over."""
        found: dict[int, int] = {}
        field = 0
        while (byte := self._byte()) != _STOP:
            kind, delta = byte & 0x0F, byte >> 4
            field = field + delta if delta else self._zigzag()
            if kind in (_I16, _I32, _I64):
                found[field] = self._zigzag()
            elif kind not in (_TRUE, _FALSE):  # which are in the byte itself
                self._skip(kind, depth)
        return found

    def _skip(self, kind: int, depth: int) -> None:
        if depth > _DEEPEST:
            raise BrokenPage("a page header that nests too deep")
        if kind in (_TRUE, _FALSE, _BYTE):
            self._byte()
        elif kind in (_I16, _I32, _I64):
            self._varint()
        elif kind == _DOUBLE:
            self.place += 8
        elif kind == _BINARY:
            size = self._varint()  # which moves the place, too
            self.place += size
        elif kind == _STRUCT:
            self.numbers(depth + 1)
        elif kind in (_LIST, _SET):
            byte = self._byte()
            size = byte >> 4
            for _ in range(self._varint() if size == 0x0F else size):
                self._skip(byte & 0x0F, depth + 1)
        else:  # page headers have no maps
            raise BrokenPage("no page header")

    def _byte(self) -> int:
        byte = self._data[self.place]
        self.place += 1
        return byte

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
