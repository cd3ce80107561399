"""The characters that make rows and fields of a CSV file."""

from dataclasses import dataclass
from typing import Final

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.shared.options import FormatOptions

LINE_FEED: Final = 0x0A
CARRIAGE_RETURN: Final = 0x0D


@dataclass(frozen=True)
class Dialect:
    """Single ASCII characters, None where switched off; and whether values may hold line ends.

    `escape` is never the quote: that means a doubled quote, which there is anyway.
    """

    separator: str = ","
    quote: str | None = '"'
    escape: str | None = None
    multi_line: bool = False

    @classmethod
    def of(cls, options: FormatOptions) -> "Dialect":
        """The dialect that Glue's format options describe.

        Raises UnsupportedFeature where one character would have two meanings.
        """
        quote, escape = options.character("quoteChar", '"'), options.character("escaper", None)
        named = {
            "separator": options.character("separator", ","),
            "quoteChar": quote,
            "escaper": None if escape == quote else escape,
        }
        if named["separator"] is None:
            raise UnsupportedFeature(
                "The format option separator cannot be switched off: give the character between two fields."
            )
        _refuse_shared(named)
        return cls(
            separator=named["separator"],
            quote=quote,
            escape=named["escaper"],
            multi_line=options.flag("multiLine", default=False),
        )


def _refuse_shared(named: dict[str, str | None]) -> None:
    meanings: dict[str, str] = {"\n": "the end of a line", "\r": "the end of a line"}
    for option, character in named.items():
        if character is None:
            continue
        if character in meanings:
            raise UnsupportedFeature(
                f"The format option {option} is {character!r}, which is {meanings[character]} as well: say "
                "another character for one of the two."
            )
        meanings[character] = f"the {option}"
