"""Effects of runs: publishing what a commit has decided, and taking it back."""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from placekeeper.model.errors import StateUnfit
from placekeeper.model.publication import Effect, Manifest, RowsWritten


class EffectKind(Protocol):
    """Publishes and takes back the effects of one kind.

    After a crash both may be repeated, by any process: that changes nothing.
    """

    def publish(self, effect: Any, /) -> None:
        """Make it visible. Raises PublishFailed if that can never succeed, OSError if it may later."""
        ...

    def take_back(self, effect: Any, /) -> None:
        """Undo `publish`, or drop what was prepared.

        Raises OSError if a later try may succeed, NotTakenBack if it has to stay as others have left it.
        """
        ...


class RowsFound(Struct, frozen=True, kw_only=True):
    """What a database has of a write: the mark, which says that its rows are there, and the staging table.

    With `is_given_up` the mark says that the rows shall never be there. With `is_unfinished` they are there,
    and postactions are not known to be done.
    """

    is_marked: bool
    is_staged: bool
    is_given_up: bool = False
    is_unfinished: bool = False


class RowsLook(Protocol):
    """Looks where the rows of a write are."""

    def look(self, effect: RowsWritten, /) -> RowsFound:
        """By its login. Raises OSError if the database is away or refuses, KeyMissing, MissingExtra."""
        ...

    def give_up(self, effect: RowsWritten, /) -> RowsFound:
        """Have the database refuse the rows from now on; if they are there, forget what is left to do.

        Returns what it has then.

        Raises what `look` raises.
        """
        ...


class Effects(Struct, frozen=True):
    """Every kind of effect, by the type of its values."""

    kinds: Mapping[type, EffectKind]

    def publish(self, effect: Effect) -> None:
        """Publish one effect. Raises StateUnfit, and what its kind raises."""
        self._kind(effect).publish(effect)

    def publish_all(self, manifest: Manifest) -> None:
        """Publish effects one after the other. Raises StateUnfit, and what their kinds raise."""
        for effect in manifest:
            self.publish(effect)

    def take_back_all(self, manifest: Manifest) -> None:
        """Take back effects, the last one first. Raises StateUnfit, and what their kinds raise."""
        for effect in reversed(manifest):
            self._kind(effect).take_back(effect)

    def _kind(self, effect: Effect) -> EffectKind:
        kind = self.kinds.get(type(effect))
        if kind is None:
            raise StateUnfit(
                f"output of the kind '{effect.__struct_config__.tag}' is committed, and this version of "
                "Placekeeper cannot publish it or take it back. Nothing is lost: start the version that "
                "wrote it, or a newer one."
            )
        return kind
