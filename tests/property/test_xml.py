"""Random XML against ElementTree as reference: the same rows, or a refusal where the reference refuses.

The reference sees a file whole. Ours reads it in blocks of a few bytes, so that every token comes to lie over
the end of a block. `PLACEKEEPER_FUZZ=100000` asks for a quarter of so many files in each test.
"""

import io
import os
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.xml.elements import Values
from placekeeper.runtime.formats.xml.rows import Rows

FILES = settings(max_examples=int(os.environ.get("PLACEKEEPER_FUZZ", "0")) // 4 or 100, deadline=None)
PATH = "f.xml"
WHITE = " \t\r\n"
SEVERAL_TOPS = 9  # expat: junk after document element


def reference_value(element: ElementTree.Element, *, is_row: bool = False) -> Any:
    """The value of an element by the rules of docs/reference/formats.md#xml, texts as they are."""
    pairs = [(f"_{name}", text) for name, text in element.attrib.items()]
    pairs += [(child.tag, reference_value(child)) for child in element]
    texts = [element.text or "", *(child.tail or "" for child in element)]
    if not pairs and not is_row:
        return texts[0]
    pairs += [("_VALUE", text) for text in texts if text.strip(WHITE)]
    names = dict.fromkeys(name for name, _ in pairs)
    values = {name: [value for other, value in pairs if other == name] for name in names}
    return {name: found if len(found) > 1 else found[0] for name, found in values.items()}


def reference_rows(element: ElementTree.Element) -> Iterator[Any]:
    """The outermost rows in an element, or the element itself."""
    if element.tag == "row":
        yield reference_value(element, is_row=True)
        return
    for child in element:
        yield from reference_rows(child)


def rows_of(data: bytes, block: int) -> list[Any]:
    file = io.BufferedReader(io.BytesIO(data))  # type: ignore[arg-type]
    return [row for rows in Rows(PATH, "row", Values(typed=False), block=block).blocks(file) for row in rows]


TAGS = st.sampled_from(["row", "a", "b", "é", "row2", "a.b"])
TEXTS = st.text(st.sampled_from("x5 \n\tü]&<>'\"\r"), max_size=5)
QUIET = st.sampled_from(["", " ", "\n  ", "<!-- <row> -->", "<?do <row/>?>"])


def escaped(text: str) -> str:
    return "".join(f"&#{ord(char)};" if char in "&<>\"'\r\n\t" else char for char in text)


@st.composite
def content(draw: st.DrawFn, depth: int) -> str:
    """What is inside an element."""
    pieces = []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(
            st.sampled_from(["text", "data", "quiet", "element"] if depth else ["text", "data", "quiet"])
        )
        if kind == "text":
            pieces.append(draw(TEXTS.map(escaped) | st.sampled_from(["&amp;", "&lt;", " ", "5"])))
        elif kind == "data":
            pieces.append(f"<![CDATA[{draw(TEXTS).replace(']', '').replace(chr(13), '')}]]>")
        else:
            pieces.append(draw(QUIET if kind == "quiet" else element(depth - 1)))
    return "".join(pieces)


@st.composite
def element(draw: st.DrawFn, depth: int) -> str:
    tag = draw(TAGS)
    names = draw(st.lists(st.sampled_from(["id", "k", "ö"]), max_size=2, unique=True))
    attributes = "".join(f' {name}="{escaped(draw(TEXTS))}"' for name in names)
    inside = draw(content(depth))
    return (
        f"<{tag}{attributes}/>"
        if not inside and draw(st.booleans())
        else f"<{tag}{attributes}>{inside}</{tag}>"
    )


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    declaration = draw(st.sampled_from(["", '<?xml version="1.0"?>', "<!-- x -->\n"]))
    return f"{declaration}<top>{draw(content(4))}{draw(element(3))}</top>{draw(QUIET)}".encode()


def reference(data: bytes) -> list[Any] | ElementTree.ParseError:
    try:
        return list(reference_rows(ElementTree.fromstring(data)))
    except ElementTree.ParseError as error:
        return error


def agrees(data: bytes, block: int) -> None:
    """Ours gives the rows of the reference, or refuses what it refuses."""
    expected = reference(data)
    try:
        found = rows_of(data, block)
    except RecordUnreadable:
        assert isinstance(expected, ElementTree.ParseError)
    else:
        if isinstance(expected, ElementTree.ParseError):
            assert expected.code == SEVERAL_TOPS or not data.strip()
        else:
            assert found == expected


@FILES
@given(documents(), st.integers(1, 40) | st.just(1 << 16))
def test_whole_files(data: bytes, block: int) -> None:
    assert rows_of(data, block) == reference(data)


@FILES
@given(documents(), st.floats(0, 1), st.integers(1, 40))
def test_files_that_are_cut(data: bytes, place: float, block: int) -> None:
    agrees(data[: int(place * len(data))], block)


@FILES
@given(
    documents(),
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from(b"<>/&;ax \"='!-")), min_size=1, max_size=3),
)
def test_files_that_are_broken(data: bytes, changes: list[tuple[float, int]]) -> None:
    for place, char in changes:
        at = int(place * (len(data) - 1))
        data = data[:at] + bytes([char]) + data[at + 1 :]
    agrees(data, 7)


@FILES
@given(st.lists(documents(), min_size=2, max_size=4), st.integers(1, 40))
def test_documents_behind_each_other(parts: list[bytes], block: int) -> None:
    expected = [row for part in parts for row in list(reference(part))]
    assert rows_of(b"\n".join(parts), block) == expected
