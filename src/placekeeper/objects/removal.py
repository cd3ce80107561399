"""Removal of objects that a script has asked to delete, once the run's own output is visible."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from placekeeper.model.errors import FinishPending, ListingFailed
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.publication import ObjectsPurged
from placekeeper.objects.local.listing import stat_local
from placekeeper.objects.s3.client import HoldsS3Settings
from placekeeper.objects.s3.objects import stat_s3
from placekeeper.objects.s3.staging import delete_s3
from placekeeper.objects.uris import is_s3, local_path

_AT_ONCE = 16


@dataclass(frozen=True)
class ObjectRemoval(HoldsS3Settings):
    """Implements ports.effects.EffectKind for ObjectsPurged."""

    def publish(self, effect: ObjectsPurged) -> None:
        """Delete the objects that are still what they were; those that have changed since stay.

        Raises FinishPending if a later try may succeed. It never raises PublishFailed: what is deleted cannot
        be brought back, so nothing else may be taken back either.
        """
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(self._delete, effect.objects))

    def take_back(self, effect: ObjectsPurged) -> None:
        """Do nothing: objects are deleted after everything else is visible."""

    def _delete(self, wanted: ObjectMeta) -> None:
        try:
            if self._stat(wanted.path) != wanted:
                return
            if is_s3(wanted.path):
                delete_s3(self._s3(), wanted.path)
            else:
                _delete_local(Path(local_path(wanted.path)))
        except ListingFailed as error:
            raise FinishPending(f"{wanted.path} could not be deleted yet: {error}") from error
        except OSError as error:
            of_disk = (
                f"{wanted.path} could not be deleted: {error.strerror}. Let this user write in its folder"
            )
            raise FinishPending(of_disk if error.strerror else str(error)) from error

    def _stat(self, path: str) -> ObjectMeta | None:
        return stat_s3(self._s3(), path) if is_s3(path) else stat_local(path)


def _delete_local(path: Path) -> None:
    path.unlink(missing_ok=True)
    _drop_partition_folders(path.parent)


def _drop_partition_folders(folder: Path) -> None:
    """Remove folders named `key=value` that are empty now: in S3 they are gone with their last object."""
    with suppress(OSError):  # it is not empty, or gone already
        while "=" in folder.name:
            folder.rmdir()
            folder = folder.parent
