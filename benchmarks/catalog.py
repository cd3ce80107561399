"""A large Data Catalog side by side with moto's server: partitions of one table, and tables of one database.

The servers run in processes of their own and take turns. Ours keeps its state on the disk, moto's in memory.
The CPU time of a server says more than the clock, because other work may go on on the machine. What each
answers is checked: the same partitions, in any order.
"""

import contextlib
import datetime
import http.client
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.api import BIN, free_port, request, running
from placekeeper.control.service import Control
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state

PARTITIONS = int(os.environ.get("CATALOG_PARTITIONS", "1_000_000"))
MOTO_PARTITIONS = min(PARTITIONS, 100_000)
"""A million would take several gigabytes of moto's memory."""

TABLES = int(os.environ.get("CATALOG_TABLES", "10_000"))
REGIONS, HOURS = 100, 24
ROUNDS = 15
BATCH = 100
AT_ONCE = 5_000
OF: dict[str, Any] = {"DatabaseName": "lake", "TableName": "events"}
KEYS = [("region", "string"), ("day", "date"), ("hour", "int")]
COLUMNS = [{"Name": f"c{number}", "Type": "string"} for number in range(16)]
TICKS = os.sysconf("SC_CLK_TCK")


class Asked(NamedTuple):
    """Milliseconds of the median call, and of CPU that the server took for each."""

    clock_ms: float
    cpu_ms: float


class Server:
    """A server that is asked over HTTP, and its process."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid

    def ask(self, operation: str, parameters: object) -> dict[str, Any]:
        head, _, body = request(self.port, operation, parameters).partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port)) as connection:
            connection.request("POST", "/", body=body, headers=headers)
            answer = connection.getresponse()
            said = answer.read()
        assert answer.status == 200, said[:300]
        found: dict[str, Any] = json.loads(said)
        return found

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def peak_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def timed(self, operation: str, each: Sequence[object]) -> Asked:
        cpu, clocks = self.cpu_s(), []
        for parameters in each:
            begun = time.perf_counter()
            self.ask(operation, parameters)
            clocks.append(time.perf_counter() - begun)
        return Asked(statistics.median(clocks) * 1000, (self.cpu_s() - cpu) * 1000 / len(each))


def day(number: int) -> str:
    return (datetime.date(2000, 1, 1) + datetime.timedelta(days=number)).isoformat()


def partition(region: str, day_: str, hour: int, root: str = "s3://lake/events") -> dict[str, Any]:
    location = f"{root}/region={region}/day={day_}/hour={hour}/"
    storage = {"Columns": COLUMNS, "Location": location}
    return {"Values": [region, day_, str(hour)], "StorageDescriptor": storage}


def partitions(count: int, root: str) -> Iterator[dict[str, Any]]:
    for number in range(count):
        rest, region = divmod(number, REGIONS)
        yield partition(f"r{region:03}", day(rest // HOURS), rest % HOURS, root)


def pieces(count: int, size: int, root: str = "s3://lake/events") -> Iterator[list[dict[str, Any]]]:
    rest = partitions(count, root)
    while piece := [found for _, found in zip(range(size), rest, strict=False)]:
        yield piece


def table(**storage: object) -> dict[str, Any]:
    keys = [{"Name": name, "Type": type} for name, type in KEYS]
    return {"Name": "events", "PartitionKeys": keys, "StorageDescriptor": {"Columns": COLUMNS} | storage}


def many_tables() -> Iterator[dict[str, Any]]:
    for number in range(TABLES):
        yield {"Name": f"t{number:06}", "StorageDescriptor": {"Columns": COLUMNS}}


def fill_partitions(control: Control, count: int, root: str, *, library: str) -> None:
    """Make the table `lake.events` with so many partitions below a root."""
    library_of = {"SerializationLibrary": library}
    control.catalog.create_table("lake", table(Location=root, SerdeInfo=library_of))
    for piece in pieces(count, AT_ONCE, root):
        assert not control.partitions.create_many("lake", "events", piece)


def fill(control: Control) -> None:
    control.catalog.create_database({"Name": "lake"})
    control.catalog.create_database({"Name": "many"})
    fill_partitions(control, PARTITIONS, "s3://lake/events", library="")
    for spec in many_tables():
        control.catalog.create_table("many", spec)


def fill_moto(moto: Server) -> None:
    for name in ("lake", "many"):
        moto.ask("CreateDatabase", {"DatabaseInput": {"Name": name}})
    moto.ask("CreateTable", {"DatabaseName": "lake", "TableInput": table()})
    for piece in pieces(MOTO_PARTITIONS, BATCH):
        moto.ask("BatchCreatePartition", {**OF, "PartitionInputList": piece})
    for spec in many_tables():
        moto.ask("CreateTable", {"DatabaseName": "many", "TableInput": spec})


def selecting() -> list[dict[str, Any]]:
    """Requests that select a hundred partitions each, one of every region; each server has them."""
    days = MOTO_PARTITIONS // (REGIONS * HOURS)
    return [
        {**OF, "Expression": f"day = '{day(number * days // ROUNDS)}' AND hour = {number % HOURS}"}
        for number in range(ROUNDS)
    ]


def creating() -> list[dict[str, Any]]:
    return [
        {**OF, "PartitionInputList": [partition(f"new{n:03}", day(round_), 0) for n in range(BATCH)]}
        for round_ in range(ROUNDS)
    ]


def list_tables(server: Server) -> tuple[float, float, float]:
    """Seconds of all pages of a hundred, of CPU, and the growth of the server's peak in MB."""
    asked: dict[str, Any] = {"DatabaseName": "many", "MaxResults": 100, "Expression": "*"}
    server.ask("GetTables", asked)  # loads what it needs
    peak, cpu, begun, count = server.peak_mb(), server.cpu_s(), time.perf_counter(), 0
    while True:
        page = server.ask("GetTables", asked)
        count += len(page["TableList"])
        if not page.get("NextToken"):
            break
        asked["NextToken"] = page["NextToken"]
    assert count == TABLES, count
    return time.perf_counter() - begun, server.cpu_s() - cpu, server.peak_mb() - peak


def compare(servers: dict[str, Server]) -> None:
    answers = [
        sorted(found["Values"] for found in server.ask("GetPartitions", selecting()[3])["Partitions"])
        for server in servers.values()
    ]
    assert all(answer == answers[0] and len(answer) == REGIONS for answer in answers)
    print(
        f"the Data Catalog: {PARTITIONS:,} partitions of a table (moto: {MOTO_PARTITIONS:,}), "
        f"{TABLES:,} tables of a database"
    )
    for title, operation, each in (
        ("GetPartitions, 100 by an Expression", "GetPartitions", selecting()),
        (f"BatchCreatePartition of {BATCH}", "BatchCreatePartition", creating()),
    ):
        for who, server in servers.items():
            found = server.timed(operation, each)
            print(f"  {title:38} {who:12} {found.clock_ms:9.1f} ms  CPU {found.cpu_ms:9.1f} ms")
    for who, server in servers.items():
        seconds, cpu, grown = list_tables(server)
        print(
            f"  {'GetTables, all in pages of 100':38} {who:12} {seconds:9.2f} s   CPU {cpu:9.2f} s   "
            f"peak grows by {grown:.0f} MB"
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        begun = time.perf_counter()
        opened = open_state(Settings.of({}, state=f"{folder}/state"), {})
        fill(opened.control)
        opened.close()
        print(f"filled in {time.perf_counter() - begun:.0f} s")
        servers = {}
        commands = {"placekeeper": [sys.executable, "-m", "benchmarks.api", f"{folder}/state"]}
        if (BIN / "moto_server").exists():
            commands["moto"] = [str(BIN / "moto_server"), "-p"]
        for who, command in commands.items():
            port = free_port()
            servers[who] = Server(port, stack.enter_context(running([*command, str(port)], port)))
        if "moto" in servers:
            fill_moto(servers["moto"])
        compare(servers)


if __name__ == "__main__":
    main()
