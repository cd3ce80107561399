"""Objects of S3 that move to another storage class, once the run's own output is visible."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from placekeeper.model.errors import FinishPending, ListingFailed
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.publication import ObjectsTransitioned
from placekeeper.objects.s3.client import HoldsS3Settings
from placekeeper.objects.s3.objects import stat_s3
from placekeeper.objects.s3.storage_classes import move_s3

_AT_ONCE = 16


@dataclass(frozen=True)
class ObjectTransitions(HoldsS3Settings):
    """Implements ports.effects.EffectKind for ObjectsTransitioned."""

    def publish(self, effect: ObjectsTransitioned) -> None:
        """Move the objects that are what they were and have another class, so that a second time moves none.

        Raises FinishPending if a later try may succeed. It never raises PublishFailed: old objects may be
        deleted by now, so nothing can be taken back.
        """
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(lambda meta: self._move(meta, effect.storage_class), effect.objects))

    def take_back(self, effect: ObjectsTransitioned) -> None:
        """Do nothing: objects are moved after everything else is visible."""

    def _move(self, wanted: ObjectMeta, storage_class: str) -> None:
        try:
            if stat_s3(self._s3(), wanted.path) == wanted:
                move_s3(self._s3(), wanted, storage_class)
        except ListingFailed as error:
            raise FinishPending(
                f"{wanted.path} could not be moved to {storage_class} yet: {error}"
            ) from error
        except OSError as error:
            raise FinishPending(str(error)) from error
