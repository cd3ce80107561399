"""Dates and timestamps in text files of `df.write`: to the millisecond, unless a pattern says more."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.model.errors import UnsupportedFeature, ValueUnwritable
from placekeeper.runtime.formats.shared.java_patterns import formatter
from placekeeper.runtime.formats.shared.moments import millis_moments
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.shared.text import text_column, utc_datetimes

OPTIONS: Final = frozenset({"dateFormat", "timestampFormat", "timestampNTZFormat", "timeZone"})

_Value = TypeVar("_Value")
_DATE: Final = "yyyy-MM-dd"
_NTZ: Final = "yyyy-MM-dd'T'HH:mm:ss[.SSS]"
_TIMESTAMP: Final = f"{_NTZ}[XXX]"
_UTC: Final = frozenset({"UTC", "Z", "Etc/UTC"})


@dataclass(frozen=True)
class FrameTexts:
    """Spark's patterns of dates, of timestamps and of timestamps without a zone; `zone` is the session's."""

    date: str = _DATE
    timestamp: str = _TIMESTAMP
    ntz: str = _NTZ
    zone: str = "UTC"

    @classmethod
    def of(cls, options: FormatOptions) -> "FrameTexts":
        """As a script's options say. Raises UnsupportedFeature for a pattern or a zone that is not known."""
        texts = cls(
            options.text("dateFormat", _DATE),
            options.text("timestampFormat", _TIMESTAMP),
            options.text("timestampNTZFormat", _NTZ),
            options.text("timeZone", "UTC"),
        )
        texts.date_speller(), texts.timestamp_speller(has_zone=True), texts.timestamp_speller(has_zone=False)
        return texts

    def date_speller(self) -> Callable[[datetime.date], str]:
        """A function that spells a date."""
        if self.date == _DATE:
            return datetime.date.isoformat
        spell = formatter(self.date, "dateFormat")
        return lambda day: spell(datetime.datetime(day.year, day.month, day.day))

    def timestamp_speller(self, *, has_zone: bool) -> Callable[[datetime.datetime], str]:
        """A function that spells a moment, which is in UTC and has no tzinfo of its own."""
        if not has_zone:
            return formatter(self.ntz, "timestampNTZFormat")
        spell, zone = formatter(self.timestamp, "timestampFormat"), self._zone()

        def spelled(moment: datetime.datetime) -> str:
            try:
                return spell(moment.replace(tzinfo=datetime.UTC).astimezone(zone))
            except OverflowError as error:
                raise ValueUnwritable(
                    f"the timestamp {moment} cannot be written: in {self.zone} its year is not in 0001 to "
                    "9999. Correct the value, or write Parquet."
                ) from error

        return spelled

    def column(self, array: pa.Array, name: str) -> pa.Array:
        """A column of scalars as texts; null stays null."""
        if pat.is_date(array.type) and self.date != _DATE:
            return _spelled(array.to_pylist(), self.date_speller())
        if pat.is_timestamp(array.type):
            has_zone = array.type.tz is not None
            if self._is_iso(has_zone=has_zone):
                return millis_moments(array)
            speller = self.timestamp_speller(has_zone=has_zone)
            return _spelled(utc_datetimes(array), speller)
        return text_column(array, name)

    def _is_iso(self, *, has_zone: bool) -> bool:
        if has_zone:
            return self.timestamp == _TIMESTAMP and self.zone in _UTC
        return self.ntz == _NTZ

    def _zone(self) -> ZoneInfo:
        try:
            return ZoneInfo("UTC" if self.zone in _UTC else self.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise UnsupportedFeature(
                f"The time zone {self.zone!r} is not known here. Write its name, such as 'Europe/Paris'."
            ) from error


def _spelled(values: list[_Value | None], spell: Callable[[_Value], str]) -> pa.Array:
    return pa.array([None if value is None else spell(value) for value in values], pa.string())
