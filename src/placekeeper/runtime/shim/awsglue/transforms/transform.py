"""What all transforms share."""

from collections.abc import Callable
from typing import Any

from awsglue._arguments import names_arguments


class GlueTransform:
    """A transform in the form of a class: `X.apply(…)` is `X()(…)`."""

    __call__: Callable[..., Any]

    def __init_subclass__(cls) -> None:
        cls.__call__ = names_arguments(cls.__call__, f"{cls.__name__}.apply")  # type: ignore[method-assign]

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Apply the transform."""
        return cls()(*args, **kwargs)

    @classmethod
    def name(cls) -> str:
        """The name of the transform."""
        return cls.__name__

    @classmethod
    def describe(cls) -> dict[str, dict[str, str]]:
        """What the transform does, in a sentence."""
        return {"transform": {"name": cls.name(), "description": (cls.__doc__ or "").strip()}}

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self).__name__)

    def __repr__(self) -> str:
        return f"<Transform: {self.name()}>"
