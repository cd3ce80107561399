"""What an answer of S3 says about when to come back."""

import pytest
from botocore.exceptions import ClientError

from placekeeper.objects.s3.answers import refusal, retry_after

BODY = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
NOON = "Fri, 27 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"retry-after": " 120 "}, 120),
        ({"Retry-After": "Fri, 27 Nov 2026 12:01:30 GMT", "Date": NOON}, 90),
        ({"Retry-After": "Fri, 27 Nov 2026 11:00:00 GMT", "Date": NOON}, None),
        ({"Retry-After": "Fri, 27 Nov 2026 12:01:30 GMT"}, None),  # by a clock that nobody knows
        ({"Retry-After": "Fri, 27 Nov 2026 12:01:30", "Date": NOON}, 90),  # no zone means UTC
        ({"Retry-After": "Friday, 32 Nov", "Date": NOON}, None),
        ({"Retry-After": "0"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_seconds_or_a_date_by_the_stores_own_clock(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(refusal(503, BODY, "ListObjectsV2", headers)) == seconds


def test_other_errors_say_nothing() -> None:
    assert retry_after(ValueError("cut")) is None
    assert retry_after(ClientError({}, "GetObject")) is None
