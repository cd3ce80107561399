"""Texts of CSV in random dialects, as somebody wrote them, and broken."""

import os

from hypothesis import strategies as st

from placekeeper.runtime.formats.csv.dialect import Dialect

EXAMPLES = 5 * int(os.environ.get("PLACEKEEPER_HISTORIES", "60"))

DIALECTS = st.builds(
    Dialect,
    separator=st.sampled_from(",;|\t"),
    quote=st.sampled_from(['"', "'", None]),
    escape=st.sampled_from(["\\", "^", None, None]),
    multi_line=st.booleans(),
)
BLOCKS = st.integers(1, 40) | st.just(512 * 1024)
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
CHARACTERS = st.sampled_from("ab0nrt ,;|\t\"'\\^\n\r\0é€😀")


@st.composite
def written(draw: st.DrawFn) -> tuple[str, Dialect]:
    """A text that somebody wrote in a dialect, of which some characters may be changed afterwards."""
    dialect = draw(DIALECTS)
    width = draw(st.integers(1, 4))
    text = ""
    for _ in range(draw(st.integers(0, 6))):
        count = draw(st.sampled_from([width] * 8 + [width + 1, max(width - 1, 1), 0]))
        fields = [draw(fields_of(dialect)) for _ in range(count)]
        text += dialect.separator.join(fields) + draw(LINE_ENDS)
    if draw(st.booleans()):
        text = text[:-1]
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(CHARACTERS) + text[place + draw(st.integers(0, 1)) :]
    return text, dialect


@st.composite
def fields_of(draw: st.DrawFn, dialect: Dialect) -> str:
    value = draw(st.text(CHARACTERS, max_size=6))
    quote, escape = dialect.quote, dialect.escape
    if escape is not None:
        value = value.replace(escape, draw(st.sampled_from(["", escape * 2, escape + "n"])))
    if quote is not None and draw(st.booleans()):
        doubled = draw(st.sampled_from([quote * 2, *([escape + quote] if escape else [])]))
        value = value.replace(quote, doubled)
        if not dialect.multi_line:
            value = value.replace("\n", "").replace("\r", "")
        return f"{quote}{value}{quote}"
    return "".join(c for c in value if c not in (dialect.separator, quote, "\n", "\r"))
