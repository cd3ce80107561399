"""The object `_SUCCESS` of a folder: whoever waits for it finds the folder's files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from placekeeper.model.errors import ListingFailed
from placekeeper.model.publication import SuccessMarked
from placekeeper.objects.local.listing import stat_local
from placekeeper.objects.s3.client import S3Settings, settings_of_process
from placekeeper.objects.s3.objects import stat_s3
from placekeeper.objects.s3.staging import delete_s3, put_empty_s3
from placekeeper.objects.uris import is_s3, local_path


@dataclass(frozen=True)
class SuccessMarks:
    """Implements ports.effects.EffectKind for SuccessMarked."""

    s3: S3Settings | None = None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "SuccessMarks":
        """With S3's settings from these environment variables, if they are complete."""
        return cls(S3Settings.of(environ))

    def publish(self, effect: SuccessMarked) -> None:
        """Write it, over one that is there. Raises OSError if a later try may succeed.

        It never raises PublishFailed: old objects may be deleted by now, so nothing can be taken back.
        """
        if is_s3(effect.path):
            put_empty_s3(self._s3(), effect.path)
            return
        path = Path(local_path(effect.path))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
        except OSError as error:
            raise OSError(
                f"{effect.path} could not be written: {error.strerror}. Let this user write in its folder"
            ) from error

    def take_back(self, effect: SuccessMarked) -> None:
        """Delete it, if it was not there before and is still empty. Raises OSError."""
        if effect.was_there:
            return
        try:
            found = stat_s3(self._s3(), effect.path) if is_s3(effect.path) else stat_local(effect.path)
        except ListingFailed as error:
            raise OSError(f"{effect.path} could not be taken back yet: {error}") from error
        if found is None or found.size:
            return
        if is_s3(effect.path):
            delete_s3(self._s3(), effect.path)
        else:
            Path(local_path(effect.path)).unlink(missing_ok=True)

    def _s3(self) -> S3Settings:
        return self.s3 or settings_of_process()
