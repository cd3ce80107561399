"""Effects of runs: publishing what a commit has decided, and taking it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from placekeeper.model.publication import Effect, Manifest


class EffectKind(Protocol):
    """What does and undoes the effects of one kind.

    Both may be done again, by whoever goes on after a crash: that changes nothing.
    """

    def publish(self, effect: Any, /) -> None:
        """Make it visible. Raises PublishFailed when it can no longer succeed, OSError when it may later."""
        ...

    def take_back(self, effect: Any, /) -> None:
        """Undo `publish`, or drop what was prepared. Raises OSError when it may succeed later."""
        ...


@dataclass(frozen=True)
class Effects:
    """Every kind of effect, by the type of its values."""

    kinds: Mapping[type, EffectKind]

    def publish(self, effect: Effect) -> None:
        """Do one effect. Raises what its kind raises."""
        self.kinds[type(effect)].publish(effect)

    def publish_all(self, manifest: Manifest) -> None:
        """Do them one after the other. Raises what their kinds raise."""
        for effect in manifest:
            self.publish(effect)

    def take_back_all(self, manifest: Manifest) -> None:
        """Undo them, the last one first. Raises what their kinds raise."""
        for effect in reversed(manifest):
            self.kinds[type(effect)].take_back(effect)
