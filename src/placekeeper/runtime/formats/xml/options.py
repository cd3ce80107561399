"""The format options of XML."""

import re
from dataclasses import dataclass
from typing import Final

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.shared.options import FormatOptions

OPTIONS: Final = frozenset(
    {
        *("rowTag", "rootTag", "encoding", "excludeAttribute", "treatEmptyValuesAsNulls"),
        *("attributePrefix", "valueTag", "ignoreSurroundingSpaces", "withSchema"),
    }
)

OF_READING: Final = frozenset(
    {"excludeAttribute", "treatEmptyValuesAsNulls", "ignoreSurroundingSpaces", "withSchema"}
)
"""Those that count only when reading."""

OF_WRITING: Final = frozenset({"rootTag"})
"""Those that count only when writing."""

_NAME_START: Final = (
    r":A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    r"\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME: Final = rf"[{_NAME_START}][{_NAME_START}\-.0-9\xb7\u0300-\u036f\u203f\u2040]*"


@dataclass(frozen=True)
class Names:
    """How attributes and texts become fields: an attribute by its prefix, a text beside others by `value`."""

    attribute_prefix: str = "_"
    value: str = "_VALUE"

    @classmethod
    def of(cls, options: FormatOptions) -> "Names":
        """Those that format options say. Raises UnsupportedFeature for an empty valueTag."""
        value = options.text("valueTag", "_VALUE")
        if not value:
            raise UnsupportedFeature("The format option valueTag is a name, such as '_VALUE', and not empty.")
        return cls(options.text("attributePrefix", "_"), value)


def is_name(text: str) -> bool:
    """Whether XML takes a text as the name of an element or an attribute."""
    return re.fullmatch(_NAME, text) is not None


def tag_of(options: FormatOptions, name: str, default: str) -> str:
    """The name of an element that an option says. Raises UnsupportedFeature for what is none."""
    tag = options.text(name, default).strip()
    if not is_name(tag):
        raise UnsupportedFeature(
            f"The format option {name} is the name of an element, such as 'book' (no brackets), not {tag!r}."
        )
    return tag


def row_tag_of(options: FormatOptions) -> str:
    """The rowTag of a read. Raises UnsupportedFeature where it is not given."""
    if not options.text("rowTag", "").strip():
        raise UnsupportedFeature(
            "XML is read with the format option rowTag, the name of the element that is one record: "
            "format_options={'rowTag': 'book'}."
        )
    return tag_of(options, "rowTag", "")
