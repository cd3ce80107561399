"""Output of every store that has an adapter."""

from dataclasses import dataclass, replace
from typing import Any

from placekeeper.model.publication import StagedFile
from placekeeper.objects.local.staging import LocalStagingFile, publish_local, sweep_local, take_back_local
from placekeeper.objects.s3.client import HoldsS3Settings, settings_if_resolved
from placekeeper.objects.s3.staging import S3StagingFile, publish_s3, sweep_s3, take_back_s3
from placekeeper.objects.uris import is_s3, normalise
from placekeeper.ports.objects import StagingFile


@dataclass(frozen=True)
class OutputStaging(HoldsS3Settings):
    """Implements ports.objects.Staging by the scheme of each URI; see ObjectStores for `s3`."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (OutputStaging, (self.s3 or settings_if_resolved(),))

    def ready_for(self, *uris: str) -> "OutputStaging":
        """The same with S3's settings resolved now if one of the normalised `uris` needs them."""
        return replace(self, s3=self._s3()) if any(is_s3(uri) for uri in uris) else self

    def create(self, path: str, *, run_id: str, immediate: bool = False) -> StagingFile:
        """See ports.objects.Staging. Raises OSError when the store refuses or fails."""
        path = normalise(path)
        if is_s3(path):
            return S3StagingFile(self._s3(), path, run_id=run_id, immediate=immediate)
        return LocalStagingFile(path, run_id=run_id, immediate=immediate)

    def publish(self, file: StagedFile) -> None:
        """See ports.objects.Staging. Raises OSError if a later try may succeed."""
        if is_s3(file.path):
            publish_s3(self._s3(), file)
        else:
            publish_local(file)

    def take_back(self, file: StagedFile) -> None:
        """See ports.objects.Staging. Raises OSError if it failed; try again later."""
        if is_s3(file.path):
            take_back_s3(self._s3(), file)
        else:
            take_back_local(file)

    def sweep(self, target: str, *, run_id: str) -> int:
        """See ports.objects.Staging. Raises ListingFailed or OSError if it failed."""
        if is_s3(target):
            return sweep_s3(self._s3(), target, run_id=run_id)
        return sweep_local(target, run_id=run_id)
