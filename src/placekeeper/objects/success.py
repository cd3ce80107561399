"""The object `_SUCCESS` of a folder: whoever waits for it finds the folder's files."""

from dataclasses import dataclass
from pathlib import Path

from placekeeper.model.errors import FinishPending
from placekeeper.model.publication import SuccessMarked
from placekeeper.objects.s3.client import HoldsS3Settings
from placekeeper.objects.s3.staging import put_empty_s3
from placekeeper.objects.uris import is_s3, local_path


@dataclass(frozen=True)
class SuccessMarks(HoldsS3Settings):
    """Implements ports.effects.EffectKind for SuccessMarked."""

    def publish(self, effect: SuccessMarked) -> None:
        """Write it, over one that is there. Raises FinishPending if a later try may succeed.

        It never raises PublishFailed: old objects may be deleted by now, so nothing can be taken back.
        """
        if is_s3(effect.path):
            try:
                put_empty_s3(self._s3(), effect.path)
            except OSError as error:
                raise FinishPending(str(error)) from error
            return
        path = Path(local_path(effect.path))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
        except OSError as error:
            raise FinishPending(
                f"{effect.path} could not be written: {error.strerror}. Let this user write in its folder"
            ) from error

    def take_back(self, effect: SuccessMarked) -> None:
        """Do nothing: it is written last, and one that is there may be another run's."""
