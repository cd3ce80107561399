"""What is said of an object that has no element of the rowTag."""

from io import BytesIO

import pytest

from placekeeper.runtime.formats.xml.tags import why_no_rows

BOOKS = b'<?xml version="1.0"?><catalog><book id="1"><title>a</title></book><book/><author/></catalog>'


@pytest.mark.parametrize(
    ("content", "tag", "said"),
    [
        (BOOKS, "row", "has the rowTag 'row': at its top is 'catalog', and below it 'book', 'author'"),
        (BOOKS, "Book", "'book', 'author'; did you mean book?"),
        (b"<only/>", "row", "at its top is 'only'"),
        (BOOKS[:60], "row", "at its top is 'catalog', and below it 'book'"),
        (BOOKS.decode().replace("1.0", "1.0").encode("utf-16"), "row", "at its top is 'catalog'"),
        (
            b"<r>" + b"".join(b"<a%d/>" % n for n in range(12)) + b"</r>",
            "row",
            "'a8', 'a9' and 2 more",
        ),
        (BOOKS, "book", ""),
        (b"", "row", ""),
        (b"id,name\n", "row", ""),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><r><x/></r>', "row", ""),
    ],
)
def test_the_elements_that_are_there_are_named(content: bytes, tag: str, said: str) -> None:
    sentence = why_no_rows(BytesIO(content), "s3://b/a.xml", tag)
    assert said in sentence
    assert bool(sentence) == bool(said)
    assert not sentence or sentence.startswith("no element of s3://b/a.xml has")
