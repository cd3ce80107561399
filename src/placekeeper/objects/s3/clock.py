"""The clock of an S3 bucket."""

from email.utils import parsedate_to_datetime

import urllib3

from placekeeper.objects.s3.client import S3Settings, client
from placekeeper.objects.s3.listing import connections
from placekeeper.ports.clock import Clock
from placekeeper.rules.store_time import skew_ms

_WAIT = urllib3.Timeout(total=5)


def s3_skew_ms(settings: S3Settings, bucket: str, clock: Clock) -> int | None:
    """How far the bucket's clock is ahead of `clock`, by the Date of one answer.

    None if no answer with a Date comes within five seconds. A refusal has a Date too.

    Source: docs/reference/bookmarks.md#start-of-a-run.
    """
    url = client(settings).generate_presigned_url("head_bucket", Params={"Bucket": bucket})
    asked_ms = clock.now_ms()
    try:
        answer = connections().request("HEAD", url, retries=False, redirect=False, timeout=_WAIT)
        said = parsedate_to_datetime(answer.headers["Date"])
    except (urllib3.exceptions.HTTPError, KeyError, ValueError):
        return None
    return skew_ms(int(said.timestamp()) * 1000, asked_ms, clock.now_ms())
