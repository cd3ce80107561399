"""`placekeeper dev`: server and supervisor together; point boto3 at it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from placekeeper.cli.interrupts import on_interrupt
from placekeeper.cli.output import DatabaseOption, StateOption, say
from placekeeper.cli.run_lines import RunLines
from placekeeper.events import EventLog, LogFormat, configure_logs
from placekeeper.host.crawl_launcher import LocalCrawlLauncher
from placekeeper.host.keys_file import read_keys
from placekeeper.host.launcher import LocalLauncher
from placekeeper.host.outage import outages_told
from placekeeper.host.serving import serving
from placekeeper.host.supervisor import RUNS_AT_ONCE, supervising
from placekeeper.model.jobs import SUPERVISOR
from placekeeper.settings import DEFAULT_HOST, DEFAULT_PORT, Settings
from placekeeper.wiring.state import open_state

_LOG = EventLog(__name__)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("dev")
def dev(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = DEFAULT_HOST,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = DEFAULT_PORT,
    runs_at_once: Annotated[
        int, typer.Option(min=1, help="The most runs that go on at once.")
    ] = RUNS_AT_ONCE,
    state: StateOption = None,
    database: DatabaseOption = None,
    keys: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Who may call (default: $PLACEKEEPER_KEYS; none: anybody here)."),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="The account of ARNs and CatalogId (default: $PLACEKEEPER_ACCOUNT, else zeros).",
        ),
    ] = None,
    log_format: Annotated[
        LogFormat | None, typer.Option(help="Log each request (default: only what is wrong).")
    ] = None,
) -> int:
    """Serve the Glue API and run jobs, until Ctrl-C.

    With a keys file requests have to be signed (SigV4), and --host may be any address; without one, nobody
    is asked, and only the loopback is served.
    """
    configure_logs(log_format)
    settings = Settings.of(os.environ, state=state, database=database, keys=keys, account=account)
    known = read_keys(settings.keys) if settings.keys else None
    opened = open_state(settings, os.environ)
    with (
        on_interrupt() as stop,
        serving(opened, host=host, port=port, access=known, log_requests=log_format is not None) as url,
        outages_told(opened.store),
        opened.leased(SUPERVISOR) as lease,
    ):
        control = opened.control
        launcher = LocalLauncher(opened.folder, control.lifecycle, lease, url, os.environ, Path.cwd())
        lines = RunLines(_LOG.info if log_format else lambda line: say(f"placekeeper: {line}"))
        crawling = control.crawling(LocalCrawlLauncher(launcher))
        with supervising(
            control,
            control.execution(launcher),
            at_once=runs_at_once,
            tell=lines.tell,
            crawling=crawling,
            tell_crawl=lines.tell_crawl,
        ):
            say(f"placekeeper: Glue API at {url}, state in {opened.described}; Ctrl-C ends it")
            keys = "" if known else ", aws_access_key_id='any', aws_secret_access_key='any'"
            say(f"placekeeper: boto3.client('glue', endpoint_url='{url}', region_name='us-east-1'{keys})")
            stop.wait()
            lines.stopping()
    opened.close()
    return 0
