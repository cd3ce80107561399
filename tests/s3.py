"""A real S3 for tests: SeaweedFS from its PyPI package, one server per pytest process, on loopback only."""

import functools
import itertools
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ports import free_ports

REGION = "us-east-1"
PUBLIC = "public"
"""The bucket that everybody may read. Tests make it when they need it."""
_PORT_OFFSETS = (0, 10_000)  # SeaweedFS puts the gRPC port of each HTTP port there
_START_SECONDS = 30


@dataclass(frozen=True)
class S3Server:
    """A running server and the one key pair it knows."""

    endpoint: str
    access_key: str
    secret_key: str
    ports: dict[str, int] = field(default_factory=dict, repr=False)
    """Of the parts behind S3: master, filer."""
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    @property
    def environ(self) -> dict[str, str]:
        """The variables that make boto3, the CLI and Placekeeper use this server."""
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def without_credentials(self) -> dict[str, str]:
        """The same without a key pair."""
        environ = self.environ
        return {name: environ[name] for name in environ if "KEY" not in name}

    def client(self, *, secret_key: str | None = None) -> Any:
        """A boto3 client; with another `secret_key`, one that is refused."""
        return _client(self.endpoint, self.access_key, secret_key or self.secret_key)

    def new_bucket(self, *, versioned: bool = False) -> str:
        """Create an empty bucket; its name."""
        name = f"bucket-{next(self._numbers)}-{secrets.token_hex(4)}"
        self.client().create_bucket(Bucket=name)
        if versioned:
            self.set_versioning(name, "Enabled")
        return name

    def deny(self, bucket: str, action: str) -> None:
        """Deny everybody an action on a bucket's objects, such as s3:DeleteObject."""
        denied = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": action,
            "Resource": f"arn:aws:s3:::{bucket}/*",
        }
        policy = {"Version": "2012-10-17", "Statement": [denied]}
        self.client().put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    def allow(self, bucket: str) -> None:
        """Deny nothing any more."""
        self.client().delete_bucket_policy(Bucket=bucket)

    def set_versioning(self, bucket: str, status: str) -> None:
        """Keep versions of a bucket's objects (Enabled), or no longer (Suspended)."""
        self.client().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


@functools.cache  # making one takes as long as hundreds of requests
def _client(endpoint: str, access_key: str, secret_key: str) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(s3={"addressing_style": "path"}),
    )


def weed_binary() -> Path | None:
    """SeaweedFS's program beside this Python or on the PATH."""
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.exists() else shutil.which("weed")
    return Path(found) if found else None


@contextmanager
def running_s3(weed: Path, folder: Path) -> Iterator[S3Server]:
    """Start a server with its data in `folder`, wait until it answers, stop it at the end."""
    access_key, secret_key = "AKIATESTTESTTEST0000", secrets.token_hex(20)
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": access_key, "secretKey": secret_key}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    everybody = {"name": "anonymous", "actions": [f"Read:{PUBLIC}", f"List:{PUBLIC}"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity, everybody]}))
    (folder / "data").mkdir()
    ports = free_ports(5, offsets=_PORT_OFFSETS)
    with (folder / "weed.log").open("wb") as log:
        process = subprocess.Popen(
            [weed, *_flags(folder, ports)], cwd=folder, stdout=log, stderr=log, env=_environment(folder)
        )
        try:
            endpoint = f"http://127.0.0.1:{ports[0]}"
            _wait_until_ready(process, f"{endpoint}/healthz", folder / "weed.log")
            yield S3Server(endpoint, access_key, secret_key, {"master": ports[1], "filer": ports[3]})
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def running_sorted_s3(folder: Path) -> Iterator[S3Server]:
    """Moto's S3: it lists in the order of UTF-8, keeps every key, and checks no signatures."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (folder / "moto.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=_environment(folder))
        try:
            endpoint = f"http://127.0.0.1:{port}"
            _wait_until_ready(process, f"{endpoint}/moto-api/", folder / "moto.log")
            yield S3Server(endpoint, "AKIATESTTESTTEST0000", "any")
        finally:
            process.kill()
            process.wait()


def _flags(folder: Path, ports: list[int]) -> list[str]:
    s3, master, volume, filer, admin = ports
    return [
        "mini",
        f"-dir={folder / 'data'}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",  # the default is every interface
        f"-s3.port={s3}",
        f"-master.port={master}",
        f"-volume.port={volume}",
        f"-filer.port={filer}",
        f"-admin.port={admin}",
        "-admin.ui=false",
        "-webdav=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.telemetry=false",
        "-volume.max=10000",  # each bucket takes one, and by itself it allows for few where the disk is small
        f"-s3.config={folder / 's3.json'}",
    ]


def _environment(folder: Path) -> dict[str, str]:
    """Without AWS_*, from which SeaweedFS would take an identity of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "HOME": str(folder)}


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"The S3 server did not start: {tail}") from error
            time.sleep(0.05)
