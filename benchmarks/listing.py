"""Listing 100 k objects of one bucket: ours beside bare obstore, which only counts what it lists.

All ways list the same bucket of the same server (SeaweedFS, in a process of its own) and take turns, so that
what else goes on on the machine meets them alike. Ours delivers checked, ordered record batches. The second
table has a line of some milliseconds in between, as there is between a job and a store in a data centre.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import obstore
from obstore.store import S3Store

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from faulty_s3 import faulty_s3
from placekeeper.objects.s3.client import S3Settings
from placekeeper.objects.stores import ObjectStores
from s3 import REGION, S3Server, running_s3, weed_binary
from s3_seed import partitioned, seed

OBJECTS = 100_000
ROUNDS = 5
LATENCY = 0.02


def ours(server: S3Server, bucket: str, at_once: int) -> Callable[[], int]:
    objects = ObjectStores(S3Settings.of(server.environ))

    def count() -> int:
        batches = objects.listing([f"s3://{bucket}/"], recurse=True, at_once=at_once)
        return sum(batch.num_rows for batch in batches)

    return count


def bare(server: S3Server, bucket: str) -> Callable[[], int]:
    store = S3Store(
        bucket,
        endpoint=server.endpoint,
        region=REGION,
        access_key_id=server.access_key,
        secret_access_key=server.secret_key,
        client_options={"allow_http": True},
    )
    return lambda: sum(len(page) for page in obstore.list(store))


def measure(ways: dict[str, Callable[[], int]], rounds: int, objects: int) -> None:
    """Print seconds, objects per second and the ratio to the first way, in medians of rounds in turn."""
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    cpu: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(rounds + 1):
        for way, count in ways.items():
            began, began_cpu = time.perf_counter(), time.process_time()
            found = count()
            assert found == objects, f"{way} listed {found} of {objects}"
            if turn:  # the first round warms up
                seconds[way].append(time.perf_counter() - began)
                cpu[way].append(time.process_time() - began_cpu)
    first = next(iter(ways))
    for way in ways:
        middle = statistics.median(seconds[way])
        ratios = [mine / theirs for mine, theirs in zip(seconds[way], seconds[first], strict=True)]
        print(
            f"  {way:24} {middle:6.2f} s  {objects / middle:9,.0f} objects/s  "
            f"{statistics.median(cpu[way]):5.2f} s CPU   {statistics.median(ratios):4.2f}x "
            f"({min(ratios):.2f} - {max(ratios):.2f})"
        )


def main(objects: int = OBJECTS, rounds: int = ROUNDS) -> None:
    weed = weed_binary()
    assert weed is not None
    with tempfile.TemporaryDirectory() as folder, running_s3(weed, Path(folder)) as server:
        bucket = server.new_bucket()
        seed(server, bucket, partitioned(objects))
        print(f"listing {objects:,} objects of one bucket, {rounds} rounds in turn")
        rival = {"obstore.list": bare(server, bucket)}
        own = {f"placekeeper, {n} at once": n for n in (1, 2, 4)}
        measure(rival | {way: ours(server, bucket, n) for way, n in own.items()}, rounds, objects)
        with faulty_s3(server) as line:
            line.latency = LATENCY
            print(f"the same over a line that delays each answer by {LATENCY * 1000:.0f} ms")
            far = {"obstore.list": bare(line.server, bucket)}
            own |= {"placekeeper, 8 at once": 8}
            measure(far | {way: ours(line.server, bucket, n) for way, n in own.items()}, 2, objects)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
