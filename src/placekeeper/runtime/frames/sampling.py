"""A sample of a frame: what spigot writes (docs/reference/awsglue.md#spigot)."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from placekeeper.runtime.frames.frame import Frame

_OPTIONS: Final = ("topk", "prob")
_SEED: Final = 0


@dataclass(frozen=True)
class Sampling:
    """The first `count` of the records that are drawn with a probability."""

    count: int = 100
    probability: float = 1.0

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "Sampling":
        """The sampling of spigot's options. Raises ValueError for a value that is none."""
        count = _number(options, "topk", cls.count)
        probability = _number(options, "prob", cls.probability)
        if count < 0 or count != int(count):
            raise ValueError(f"spigot: 'topk' is a number of records, not {options['topk']!r}")
        if not 0 <= probability <= 1:
            raise ValueError(f"spigot: 'prob' is a probability from 0 to 1, not {options['prob']!r}")
        return cls(int(count), probability)


def unknown_options(options: Mapping[str, Any]) -> list[str]:
    """The names of options that spigot does not know."""
    return sorted(name for name in options if name not in _OPTIONS)


def _number(options: Mapping[str, Any], name: str, default: float) -> float:
    given = options.get(name, default)
    try:
        return float(given)
    except (TypeError, ValueError):
        raise ValueError(f"spigot: '{name}' is a number, not {given!r}") from None


def sample(frame: Frame, sampling: Sampling) -> Frame:
    """The records that a sampling takes. The same records in the same tasks give the same sample."""
    drawn = frame
    if sampling.probability < 1:
        draw = _Drawing(sampling.probability)
        drawn = frame.with_rows(lambda rows: rows.mapInArrow(draw, rows.schema))
    return drawn.with_rows(lambda rows: rows.limit(sampling.count))


@dataclass(frozen=True)
class _Drawing:
    """Batches → the rows that are drawn, each by itself."""

    probability: float

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        draws = random.Random(_SEED)
        for batch in batches:
            kept = [draws.random() < self.probability for _ in range(batch.num_rows)]
            yield batch.filter(pa.array(kept, pa.bool_()))
