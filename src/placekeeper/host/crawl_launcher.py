"""A launcher of the processes of crawls. Folder, address and lease are those of one of job processes."""

from collections.abc import Mapping
from dataclasses import dataclass

from placekeeper.host.launcher import LocalLauncher
from placekeeper.launch.orders import Orders
from placekeeper.launch.process import JobProcess, WaitingProcess, describe_exit, end_of
from placekeeper.launch.starting import CRAWLER
from placekeeper.model.crawling import Crawl
from placekeeper.model.errors import LaunchFailed


@dataclass(frozen=True)
class LocalCrawlLauncher:
    """Implements ports.crawl_launcher.CrawlLauncher with processes on this machine."""

    jobs: LocalLauncher

    @property
    def identity(self) -> str:
        """The launcher of job processes: there is one lease."""
        return self.jobs.identity

    def lost(self, launchers: frozenset[str]) -> Mapping[str, int | None]:
        """Which of these launchers have died, with the counts of their leases."""
        return self.jobs.lost(launchers)

    def describe_exit(self, crawl: Crawl, code: int) -> str:
        """A sentence about an exit code other than 0, with the last lines of the process."""
        said = describe_exit(code, end_of(self.jobs.folder.logs(crawl.id).error))
        return said.replace("The job process", "The crawl's process", 1)

    def launch(self, crawl: Crawl, token: str) -> JobProcess:
        """Start the process of a crawl. Raises LaunchFailed with the reason."""
        folder = self.jobs.folder
        orders = Orders(
            run_id=crawl.id,
            command=CRAWLER,
            glue_version="",
            url=self.jobs.url,
            token=token,
            script="",
            segments="",
            arguments=(),
            environ=self.jobs.environ_of(token),
            cwd=str(self.jobs.cwd),
            folder=str(folder.crawl_folder(crawl.id)),
            modules="",
        )
        try:
            return WaitingProcess.of(CRAWLER).begin(orders, logs=folder.logs(crawl.id))
        except (OSError, UnicodeError) as error:
            raise LaunchFailed(f"The crawl's process could not be started: {error}") from error
