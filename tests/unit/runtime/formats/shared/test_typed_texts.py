"""Texts in the types that a catalog table declares."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from placekeeper.runtime.formats.shared.typed_texts import all_parse, typed, with_choice
from placekeeper.runtime.types.type_names import named_type


@pytest.mark.parametrize(
    ("type", "text", "value"),
    [
        ("bigint", " 7 ", 7),
        ("bigint", "+5", 5),
        ("bigint", "0x1F", None),
        ("bigint", "0X1", None),
        ("bigint", "++5", None),
        ("bigint", "1_000", None),
        ("int", "2147483648", None),
        ("int", "1.0", None),
        ("double", "0x1p3", None),
        ("decimal(5,2)", "1.234", None),
        ("decimal(38,18)", "12345678901234567890123.5", None),
        ("decimal(38,18)", "1e30", None),
        ("decimal(38,18)", "1.5E3", Decimal(1500)),
        ("date", "2026-02-03", date(2026, 2, 3)),
        ("date", "0000-01-01", None),
        ("date", "2026-02-30", None),
        ("timestamp", "0000-01-01 00:00:00", None),
        ("boolean", "yes", None),
    ],
)
def test_a_text_is_a_value_of_its_type_or_stays_a_text(type: str, text: str, value: object) -> None:
    field = pa.field("x", named_type(type))
    texts = pa.array([text, None, ""])
    assert all_parse(texts, field) is (value is not None)
    assert typed(texts, field).to_pylist() == [value, None, None]
    kept = typed(texts, with_choice(field)).to_pylist()
    assert [row and row["string"] for row in kept] == [None if value is not None else text, None, None]
