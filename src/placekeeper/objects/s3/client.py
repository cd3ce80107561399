"""The endpoint and credentials of S3; clients, one per process.

Listing, tasks and the script's own boto3 use the same endpoint, region and credentials: those that botocore
resolves. Clients are created when first needed (importing botocore takes 0.4 s, and a job on local files
needs none) and kept per process, because settings travel to tasks by pickle and clients cannot.
"""

import functools
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from obstore.store import S3Store

from placekeeper.objects.patience import PATIENCE, Patience

if TYPE_CHECKING:
    from botocore.session import Session
    from types_boto3_s3.client import S3Client

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_ENGINE_ENDPOINT = "AWS_ENDPOINT"  # which botocore does not know: the script's own profiles keep theirs
_ONE_AT_A_TIME = threading.RLock()  # threads that start together would each build a client


@dataclass(frozen=True)
class S3Settings:
    """An S3 endpoint and the credentials for it; hashable and picklable.

    `endpoint` is None for AWS itself; any other endpoint is addressed path-style. Temporary credentials are
    taken as they are and not renewed. Without an access key, requests are not signed: that is enough for
    buckets that everybody may read.
    """

    region: str
    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    endpoint: str | None = None
    patience: Patience = PATIENCE

    @property
    def where(self) -> str:
        """The name of the store in messages."""
        return self.endpoint or f"AWS ({self.region})"

    @property
    def is_signed(self) -> bool:
        """Whether requests are signed."""
        return bool(self.access_key)

    def is_of(self, environ: Mapping[str, str]) -> bool:
        """Whether these variables alone say the same, to a client that knows nothing else."""
        if skips_signature(environ) or environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false") != "false":
            return False
        endpoints = [environ[name] for name in (_ENGINE_ENDPOINT, *_ENDPOINTS) if environ.get(name)]
        credentials = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        regions = {environ[name] for name in ("AWS_REGION", "AWS_DEFAULT_REGION") if environ.get(name)}
        own = self.endpoint and self.endpoint.rstrip("/")
        return (
            self.is_signed
            and [environ.get(name) or None for name in credentials]
            == [self.access_key, self.secret_key, self.token]
            and {endpoint.rstrip("/") for endpoint in endpoints} == ({own} if own else set())
            and regions == {self.region}
        )

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "S3Settings | None":
        """The settings in these variables if they are complete; None if botocore has to look further."""
        keys = () if skips_signature(environ) else ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false") != "false":
            return None
        if not all(environ.get(name) for name in ("AWS_ENDPOINT_URL_S3", *keys)):
            return None
        endpoint = environ["AWS_ENDPOINT_URL_S3"]
        access_key, secret_key = (environ[name] for name in keys) if keys else ("", "")
        return cls(
            region=environ.get("AWS_DEFAULT_REGION") or environ.get("AWS_REGION") or "us-east-1",
            access_key=access_key,
            secret_key=secret_key,
            token=(environ.get("AWS_SESSION_TOKEN") or None) if keys else None,
            endpoint=endpoint.rstrip("/"),
        )

    @classmethod
    def resolve(cls, session: "Session | None" = None) -> "S3Settings":
        """The settings that botocore finds: environment, profile, container, instance.

        Without credentials anywhere, and with AWS_SKIP_SIGNATURE, requests are not signed.
        """
        import botocore.session  # noqa: PLC0415 - heavy: see above

        session = session or botocore.session.Session()
        credentials = None if skips_signature(os.environ) else session.get_credentials()
        frozen = None if credentials is None else credentials.get_frozen_credentials()
        # A client knows the endpoint from wherever botocore takes it: variables, profile, services section.
        region = session.get_config_variable("region") or "us-east-1"
        meta = session.create_client("s3", region_name=region).meta
        host = meta.endpoint_url.split("//")[-1].split("/")[0]
        is_aws = host.endswith((".amazonaws.com", ".amazonaws.com.cn"))
        return cls(
            region=meta.region_name,
            access_key="" if frozen is None else str(frozen.access_key),
            secret_key="" if frozen is None else str(frozen.secret_key),
            token=None if frozen is None else frozen.token,
            endpoint=None if is_aws else meta.endpoint_url,
        )


def skips_signature(environ: Mapping[str, str]) -> bool:
    """Whether these variables say that requests to S3 are not signed, whatever credentials there are."""
    return environ.get("AWS_SKIP_SIGNATURE", "").strip().lower() in ("true", "1")


def settings_of_process() -> S3Settings:
    """S3Settings.resolve(), once per process."""
    with _ONE_AT_A_TIME:
        return _resolved()


def settings_if_resolved() -> S3Settings | None:
    """The settings that settings_of_process() found earlier in this process; None if it was not called."""
    return _resolved() if _resolved.cache_info().currsize else None


@dataclass(frozen=True)
class HoldsS3Settings:
    """What adapters of S3 have in common: without `s3`, the settings that botocore finds in this process."""

    s3: S3Settings | None = None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """With S3's settings from these environment variables, if they are complete."""
        return cls(S3Settings.of(environ))

    def _s3(self) -> S3Settings:
        return self.s3 or settings_of_process()


def engine_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that send an engine's own S3 client to the same endpoint as ours.

    An engine finds credentials as botocore does. It takes an endpoint from AWS_ENDPOINT_URL_S3 and
    AWS_ENDPOINT_URL, but not from a profile, and uses HTTP only if it is allowed.
    """
    told = {"AWS_ALLOW_HTTP": "true"}
    if any(environ.get(name) for name in _ENDPOINTS) or not _may_name_endpoint(environ):
        return told
    endpoint = settings_of_process().endpoint
    return told if endpoint is None else {**told, _ENGINE_ENDPOINT: endpoint}


def _may_name_endpoint(environ: Mapping[str, str]) -> bool:
    """Whether the file of profiles may name an endpoint. Checked first, because botocore loads slowly."""
    path = Path(environ.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()
    try:
        return "endpoint_url" in path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def client(settings: S3Settings) -> "S3Client":
    """This process's botocore client; safe for threads."""
    with _ONE_AT_A_TIME:
        found: S3Client = _client(settings)
    return found


def store(settings: S3Settings, bucket: str) -> S3Store:
    """This process's obstore store of a bucket; safe for threads."""
    with _ONE_AT_A_TIME:
        return _store(settings, bucket)


@functools.cache
def _resolved() -> S3Settings:
    return S3Settings.resolve()


@functools.cache
def _client(settings: S3Settings) -> Any:
    import botocore  # noqa: PLC0415 - heavy: see above
    import botocore.config  # noqa: PLC0415
    import botocore.session  # noqa: PLC0415

    config = botocore.config.Config(
        signature_version="s3v4" if settings.is_signed else botocore.UNSIGNED,
        s3={"addressing_style": "path" if settings.endpoint else "auto"},
        connect_timeout=settings.patience.connecting,
        read_timeout=settings.patience.answering,
        retries={"mode": "standard", "total_max_attempts": 1},  # patience.py asks again
        max_pool_connections=32,
        # The settings decide, not the environment of the machine that a task happens to run on.
        ignore_configured_endpoint_urls=True,  # type: ignore[call-arg]  # missing in the stubs
        # Many stores that speak S3 refuse the newer checksum trailers.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return botocore.session.Session().create_client(
        "s3",
        endpoint_url=settings.endpoint,
        region_name=settings.region,
        aws_access_key_id=settings.access_key or None,
        aws_secret_access_key=settings.secret_key or None,
        aws_session_token=settings.token,
        config=config,
    )


@functools.cache
def _store(settings: S3Settings, bucket: str) -> S3Store:
    # obstore takes an absent option for the default, and None for a mistake.
    optional: dict[str, Any] = {
        "endpoint": settings.endpoint,
        "session_token": settings.token,
        "access_key_id": settings.access_key or None,
        "secret_access_key": settings.secret_key or None,
        "skip_signature": None if settings.is_signed else True,
    }
    return S3Store(
        bucket,
        **{name: value for name, value in optional.items() if value is not None},
        region=settings.region if settings.endpoint else _region_of(settings, bucket),
        virtual_hosted_style_request=settings.endpoint is None,
        client_options={
            "allow_http": True,
            "connect_timeout": f"{settings.patience.connecting * 1000:.0f}ms",
            "timeout": f"{settings.patience.answering * 1000:.0f}ms",
        },
        retry_config={"max_retries": 0},  # patience.py asks again
    )


def _region_of(settings: S3Settings, bucket: str) -> str:
    """The bucket's own region on AWS: obstore, unlike botocore, follows no redirect to it."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - heavy: see above

    try:
        answer: Any = client(settings).head_bucket(Bucket=bucket)
    except ClientError as error:
        answer = error.response  # a refusal names the region too
    return str(answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region") or settings.region)
