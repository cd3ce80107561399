"""Encryption that a login asks for is never left out without a word."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from database_servers import mariadb_missing, mariadb_place, postgres_place, running_mariadb
from placekeeper.databases.databases import SqlDatabases
from placekeeper.databases.failures import failed
from placekeeper.databases.mysql_encryption import encryption_of
from placekeeper.databases.writing.connections import transaction
from placekeeper.model.databases import DatabaseTable, Login, Rows
from placekeeper.model.errors import DatabaseFailed, UsageError
from tls_front import certificate, tls_front


def opens(login: Login) -> None:
    """Both ways to open a connection."""
    with SqlDatabases().at(login).session():
        pass
    with transaction(login, "writing"):
        pass


def refused_both(login: Login, sentence: str) -> None:
    with pytest.raises(DatabaseFailed, match=sentence), SqlDatabases().at(login).session():
        pass
    with pytest.raises(DatabaseFailed, match=sentence), transaction(login, "writing"):
        pass


def test_postgresql_without_encryption_is_refused_where_it_is_asked_for(postgres: Any) -> None:
    login = postgres_place(postgres).login
    opens(replace(login, parameters={"sslmode": "prefer", "tcpKeepAlive": "true"}))
    refused_both(replace(login, parameters={"sslmode": "require"}), "SSL")
    refused_both(replace(login, parameters={"ssl": "true"}), "SSL|certificate")


def test_mariadb_is_encrypted_where_it_is_asked_for_or_refused(mariadb: Any) -> None:
    place = mariadb_place(mariadb)
    opens(replace(place.login, parameters={"useSSL": "false"}))
    wanted = replace(place.login, parameters={"sslMode": "REQUIRED"})
    if place.fetch("SELECT @@have_ssl")[0][0] == "YES":
        opens(wanted)
    else:
        refused_both(wanted, "the server offers no encryption|SSL is required but the server doesn't")


def test_certificates_are_checked_where_that_is_asked_for() -> None:
    login = Login(product="mysql", host="db", database="shop", parameters={"sslMode": "VERIFY_IDENTITY"})
    context = encryption_of(login)["ssl"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    trusting = encryption_of(replace(login, parameters={"useSSL": "true"}))["ssl"]
    assert (trusting.verify_mode, trusting.check_hostname) == (ssl.CERT_NONE, False)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Of this server, of another host, and one that nothing here has to do with."""
    folder = tmp_path_factory.mktemp("certificates")
    hosts = {"ours": ("127.0.0.1",), "elsewhere": ("db.example.com",), "unknown": ("127.0.0.1",)}
    return {name: certificate(folder, name, *of) for name, of in hosts.items()}


def sslroot(file: object, mode: str = "verify-full") -> dict[str, str]:
    return {"sslmode": mode, "sslrootcert": str(file)}


def test_postgresql_names_what_a_certificate_lacks(
    postgres: Any, certificates: dict[str, tuple[Path, Path]]
) -> None:
    login = postgres_place(postgres).login
    ours, unknown = certificates["ours"], certificates["unknown"]
    with tls_front(postgres.port, *ours) as port:
        here = replace(login, port=port)
        opens(replace(here, parameters={"sslmode": "require"}))
        opens(replace(here, parameters=sslroot(ours[0])))
        refused_both(
            replace(here, parameters=sslroot(unknown[0])),
            r"certificate verify failed\. Nobody known here has signed the server's certificate: name",
        )
        refused_both(
            replace(here, parameters=sslroot("/absent")),
            r'root certificate file "/absent" does not exist\. Check sslrootcert in the url',
        )
        refused_both(
            replace(here, parameters={"sslmode": "wrong"}),
            r'invalid sslmode value: "wrong"\. It is disable, allow, prefer, require, verify-ca or',
        )
    with tls_front(postgres.port, *certificates["elsewhere"]) as port:
        there = replace(login, port=port)
        authority = certificates["elsewhere"][0]
        opens(replace(there, parameters=sslroot(authority, "verify-ca")))
        refused_both(
            replace(there, parameters=sslroot(authority)),
            r'does not match host name "127.0.0.1"\. The server\'s certificate is of another host',
        )


def test_a_server_that_wants_encryption_says_so() -> None:
    login = Login(product="postgresql", host="db", port=5432, database="shop")
    hba = 'FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "u", database "shop", '
    assert "only encrypted connections: let the url say sslmode=require" in str(
        failed(login, f"{hba}no encryption")
    )
    assert "Let the server's pg_hba.conf have this machine" in str(failed(login, f"{hba}SSL encryption"))
    mysql = "Connections using insecure transport are prohibited while --require_secure_transport=ON."
    assert "only encrypted connections" in str(failed(replace(login, product="mysql"), mysql))


@pytest.fixture
def strict_mariadb(certificates: dict[str, tuple[Path, Path]]) -> Iterator[Any]:
    """A server with a certificate, which takes encrypted connections alone."""
    if missing := mariadb_missing():
        pytest.skip(missing)
    with running_mariadb(certificate=certificates["ours"]) as server:
        yield server


def test_mariadb_that_wants_encryption_is_read_and_names_what_a_certificate_lacks(
    strict_mariadb: Any, certificates: dict[str, tuple[Path, Path]], tmp_path: Path
) -> None:
    place = mariadb_place(strict_mariadb)
    place.run("CREATE TABLE t (id int PRIMARY KEY, b text)", "INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    read = SqlDatabases().at(place.login).read(Rows(table=DatabaseTable("", "t")))
    assert sum(batch.num_rows for batch in read) == 2  # by a driver that encrypts
    ours, unknown = certificates["ours"][0], certificates["unknown"][0]
    opens(replace(place.login, parameters={"sslMode": "VERIFY_IDENTITY", "serverSslCert": str(ours)}))
    for parameters in ({"serverSslCert": str(unknown)}, {}):
        refused_both(
            replace(place.login, parameters={"sslMode": "VERIFY_CA", **parameters}),
            "CERTIFICATE_VERIFY_FAILED.* Nobody known here has signed the server's certificate",
        )
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate")
    for file, why in ((empty, "it holds no certificate"), (tmp_path / "absent", "No such file or directory")):
        wanted = replace(place.login, parameters={"sslMode": "VERIFY_CA", "serverSslCert": str(file)})
        with pytest.raises(UsageError, match=f"names {file}, which cannot be used: {why}. It is the file"):
            opens(wanted)
    place.run(
        "SET GLOBAL require_secure_transport = OFF",
        "CREATE USER strict IDENTIFIED BY 'word' REQUIRE SSL",
        f"GRANT SELECT ON {place.login.database}.* TO strict",
    )
    account = replace(place.login, user="strict", password="word")
    read = SqlDatabases().at(account).read(Rows(table=DatabaseTable("", "t")))
    assert sum(batch.num_rows for batch in read) == 2
