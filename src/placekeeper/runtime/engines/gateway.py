"""The JVM that classic PySpark talks to, started by us.

Spark's own launcher starts a second JVM to find out how to start the first, always asks for a module that
trimmed Java runtimes lack, and leaves the JVM's flags to the environment. Starting it directly is faster,
works with any Java, and takes flags.
"""

import os
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct
from py4j.protocol import Py4JError

from placekeeper.model.errors import StateError
from placekeeper.runtime.engines.java import java_major
from placekeeper.runtime.engines.jvm_cache import JvmStart, jvm_start

SHORT_JOBS: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""Flags for jobs of seconds to minutes on one machine: the first compiler and the simplest collector."""

_START_SECONDS_MAX: Final = 120
_STOP_SECONDS_MAX: Final = 20
_SPARK_STOPS_SECONDS_MAX: Final = 120
"""A cluster may take a while to take its executors back, and to keep the log of events."""

_POLL_SECONDS: Final = 0.01
_OPENED: Final = (
    "java.base/java.lang",
    "java.base/java.lang.invoke",
    "java.base/java.lang.reflect",
    "java.base/java.io",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/jdk.internal.ref",
    "java.base/sun.nio.ch",
    "java.base/sun.nio.cs",
    "java.base/sun.util.calendar",
    "java.security.jgss/sun.security.krb5",
)
_OPENED_BEFORE_MODERN: Final = ("java.base/sun.security.action",)  # gone from newer Javas
_MODERN_FROM: Final = 24
_MODERN: Final = ("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED")
"""Flags that allow what Spark does. Newer Javas warn of it each time otherwise."""

_LOGGING: Final = Path(__file__).with_name("log4j2.properties")


class Gateway(Struct, frozen=True):
    """A running JVM: its port and secret are what PySpark connects with."""

    process: "subprocess.Popen[bytes]"
    port: int
    secret: str
    records: bool = False
    """Whether it records an archive of its classes at its end."""

    def let_stop(self, stop: Callable[[], object]) -> None:
        """Call what stops Spark, in a thread: a JVM that hangs never answers, and is killed."""

        def stopping() -> None:
            with suppress(Py4JError, OSError):  # the JVM has gone
                stop()

        thread = threading.Thread(target=stopping, name="spark-stop", daemon=True)
        thread.start()
        thread.join(_SPARK_STOPS_SECONDS_MAX)
        if thread.is_alive():
            sys.stderr.write(
                f"placekeeper: Spark has not stopped within {_SPARK_STOPS_SECONDS_MAX} seconds, "
                "so its JVM was killed. What the run has published stays\n"
            )
            self.process.kill()

    def stop(self) -> None:
        """End the JVM: it exits when its standard input ends. One that records goes on alone."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        if self.records:
            return
        try:
            self.process.wait(_STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_gateway(
    java: Path, spark_home: Path, *, jvm_options: Sequence[str], settings: Mapping[str, str]
) -> Gateway:
    """Start Spark's gateway server; with options, from an archive of its classes.

    Raises StateError, with what the JVM said, if it does not come up.
    """
    jars = sorted((spark_home / "jars").glob("*.jar"))
    start = jvm_start(java, jars, jvm_options) if jvm_options else JvmStart()
    with tempfile.TemporaryDirectory(prefix="placekeeper-") as folder:
        info = Path(folder) / "connection"
        process = subprocess.Popen(
            [*start.before, *_command(java, jars, [*jvm_options, *start.options], settings)],
            stdin=subprocess.PIPE,
            env={**os.environ, **_environment(spark_home, info)},
            process_group=0,  # an interrupt at the terminal is for the script, not for the JVM
        )
        _wait_for(info, process)
        port, secret = _connection(info.read_bytes())
        return Gateway(process, port, secret, start.records)


def _command(
    java: Path, jars: Sequence[Path], jvm_options: Sequence[str], settings: Mapping[str, str]
) -> list[str | Path]:
    is_modern = java_major(java) >= _MODERN_FROM
    opened = _OPENED if is_modern else (*_OPENED, *_OPENED_BEFORE_MODERN)
    return [
        java,
        "-XX:+IgnoreUnrecognizedVMOptions",
        *(f"--add-opens={package}=ALL-UNNAMED" for package in opened),
        "-Djdk.reflect.useDirectMethodHandle=false",
        "-Dio.netty.tryReflectionSetAccessible=true",
        f"-Dlog4j2.configurationFile={_LOGGING.as_uri()}",
        *(_MODERN if is_modern else ()),
        *jvm_options,
        "-cp",
        os.pathsep.join(map(str, jars)),
        "org.apache.spark.deploy.SparkSubmit",
        *(part for key, value in settings.items() for part in ("--conf", f"{key}={value}")),
        "pyspark-shell",
    ]


def _environment(spark_home: Path, info: Path) -> dict[str, str]:
    return {
        "_PYSPARK_DRIVER_CONN_INFO_PATH": str(info),
        "SPARK_HOME": str(spark_home),
        "SPARK_CONNECT_MODE": "0",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def _wait_for(info: Path, process: "subprocess.Popen[bytes]") -> None:
    """The JVM writes the file elsewhere and renames it into place, so that it is whole when it is there."""
    deadline = time.monotonic() + _START_SECONDS_MAX
    while not info.is_file():
        if process.poll() is not None:
            raise StateError(
                f"Spark's JVM ended with exit code {process.returncode} before it was ready: see above"
            )
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise StateError(f"Spark's JVM was not ready after {_START_SECONDS_MAX} seconds")
        time.sleep(_POLL_SECONDS)


def _connection(info: bytes) -> tuple[int, str]:
    port, length = struct.unpack_from("!ii", info)
    return port, info[8 : 8 + length].decode()
