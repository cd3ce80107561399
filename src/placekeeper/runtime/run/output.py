"""The output of one run, from staging to visibility (design §5)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from placekeeper.model.errors import PublicationPending, PublishFailed, StateUnfit
from placekeeper.model.jobs import SinkSummary
from placekeeper.model.progress import Count, Stage
from placekeeper.model.publication import Manifest, StagedFile
from placekeeper.ports.objects import Staging
from placekeeper.ports.progress import NO_PROGRESS, Progress
from placekeeper.runtime.run.client import Client

_PUBLISH_THREADS = 8


class Output:
    """Collects what a run has staged and publishes it once."""

    def __init__(
        self,
        run_id: str,
        staging: Staging,
        client: Client,
        checkpoint: Callable[[str], None],
        progress: Progress = NO_PROGRESS,
    ) -> None:
        self._run_id = run_id
        self._staging = staging
        self._client = client
        self._checkpoint = checkpoint
        self._progress = progress
        self._targets: set[str] = set()
        self._staged: list[StagedFile] = []
        self._sinks: list[SinkSummary] = []
        self.sealed = False
        """Whether the run's one publication was decided; what comes later is visible at once."""

    @property
    def manifest(self) -> Manifest:
        """What waits to be published."""
        return tuple(file for file in self._staged if file.staged or file.upload_id)

    @property
    def sinks(self) -> tuple[SinkSummary, ...]:
        """What was written where."""
        return tuple(self._sinks)

    def announce(self, target: str) -> None:
        """Tell the server where files will be staged, before the first one is."""
        if target not in self._targets:
            self._client.add_staging(target)
            self._targets.add(target)

    def add(self, target: str, context: str, files: Manifest) -> None:
        """Take in what one write has staged."""
        self._staged.extend(files)
        self._sinks.append(
            SinkSummary(
                path=target,
                context=context,
                files=len(files),
                rows=sum(file.rows for file in files),
                bytes=sum(file.size for file in files),
            )
        )

    def hides(self, path: str) -> bool:
        """Whether something staged under or above a path cannot be seen there yet."""
        return any(
            file.path.startswith(path.rstrip("/") + "/") or file.path == path for file in self.manifest
        )

    def publish(self, note: Callable[[str], None]) -> bool:
        """Make the manifest visible and say so; True. What is to be known of it goes to `note`.

        Raises PublishFailed after the server has taken back what was visible and restored the bookmark.
        """
        self.sealed = True
        if not self.manifest:
            return True
        try:
            self._publish_files()
            self._checkpoint("publish.all-visible")
            self._say_published(note)
        except OSError as error:
            raise PublicationPending(self._run_id, str(error)) from error
        except PublishFailed as error:
            raise self._taken_back(error) from error
        self._checkpoint("publish.settled")
        self._staged.clear()
        return True

    def _say_published(self, note: Callable[[str], None]) -> None:
        """Have it recorded; where the state's disk is full, the next run finds all visible and records it."""
        try:
            self._client.published()
        except StateUnfit as error:
            note(f"all output is visible, and that could not be recorded: {error}")

    def _taken_back(self, error: PublishFailed) -> PublishFailed:
        reverted = self._client.publish_failed(str(error))
        self._staged.clear()
        back = f"; the bookmark is back to the state before (version {reverted.version})"
        return PublishFailed(
            f"the output could not be published: {error}. What was visible was taken back"
            f"{back if reverted.version else ''}. Mend the cause and run again: nothing is lost."
        )

    def _publish_files(self) -> None:
        first, *rest = self.manifest
        total_size = sum(file.size for file in self.manifest)
        self._progress.count(Stage.PUBLISHING, Count(total=len(rest) + 1, total_size=total_size))
        self._checkpoint("publish.before-first")
        self._staging.publish(first)
        self._checkpoint("publish.after-first")
        half = len(rest) // 2
        with ThreadPoolExecutor(_PUBLISH_THREADS) as threads:
            list(threads.map(self._staging.publish, rest[:half]))
            self._checkpoint("publish.half")
            list(threads.map(self._staging.publish, rest[half:]))

    def discard(self) -> None:
        """Drop everything staged: the run fails and publishes nothing.

        Final names are not touched: if the commit was decided and its answer lost, another run may have
        published these files by now. Only the server takes back.
        """
        for target in self._targets:
            self._staging.sweep(target, run_id=self._run_id)
        self._staged.clear()
