"""The database, and what of it, that a script asks for: by options, by a connection, or by a catalog's table.

Source: docs/reference/databases.md#connections.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from placekeeper.model.catalog import TableRef
from placekeeper.model.databases import DatabaseTable, Login, LookBack, Partitioning
from placekeeper.model.errors import EntityNotFoundException, UnsupportedFeature, UsageError
from placekeeper.model.policy import ReadingPolicy
from placekeeper.rules.catalog.missing_names import missing_table
from placekeeper.rules.databases.connection_properties import (
    ConnectionFacts,
    SecretFacts,
    connection_facts,
    filled,
)
from placekeeper.rules.databases.driver_parameters import without_effect
from placekeeper.rules.databases.logins import login_from
from placekeeper.rules.databases.option_names import canonical
from placekeeper.rules.databases.options import (
    DatabaseOptions,
    database_options,
    flag,
    partitioning,
)
from placekeeper.rules.databases.table_names import table_of
from placekeeper.runtime.connectors.base import Asked, Run
from placekeeper.runtime.connectors.database_secrets import secret_of
from placekeeper.runtime.connectors.options import PARTITION_PREDICATE, text_of

_NAMES: Final = ("database", "table_name")
_OF_THE_TABLE: Final = ("url", "dbtable", "connectionName", "useConnectionProperties", "database")
_OF_PARTITIONS: Final = ("push_down_predicate", PARTITION_PREDICATE)


class PasswordBy(Struct, frozen=True, kw_only=True):
    """Where the password can be asked for again: a `connection` of the catalog, and a `secret` that the
    script names; neither if only the script has it. `own` is what else the script says: `url`, `user`."""

    connection: str = ""
    secret: str = ""
    own: tuple[str, ...] = ()


class AskedDatabase(Struct, frozen=True, kw_only=True):
    """What a script asks of a database.

    `relation` is the table, None for a `query`. `connection` and `secret` name whence the login comes, "" for
    the script itself. `table` is the catalog's table that the script names. `keys` are the bookmark keys that
    it names, in reading order; with `descending`, they fall. `partition` says how it wants the rows to be
    cut, and `sample` how many rows it wants at most (None: all). `notes` tell what has no effect.
    """

    login: Login
    relation: DatabaseTable | None = None
    query: str = ""
    connection: str = ""
    secret: str = ""
    table: TableRef | None = None
    keys: tuple[str, ...] = ()
    descending: bool = False
    look_back: LookBack = LookBack()
    reading: ReadingPolicy = ReadingPolicy()
    partition: Partitioning | None = None
    sample: int | None = None
    notes: tuple[str, ...] = ()
    password_by: PasswordBy = PasswordBy()


def asked_database(run: Run, asked: Asked, own: Collection[str] = ()) -> AskedDatabase:
    """The database, table or query that a read or write means; `own` are options that the caller reads.

    Nothing is connected. Raises UsageError for options and URLs that are wrong, EntityNotFoundException for a
    connection or a table of the catalog that is not there, and UnsupportedFeature for what is not read.
    """
    if asked.connection_type == "catalog":
        return _of_table(run, asked, own)
    options = database_options(asked.options, run.options.reading, own)
    run.keep_secret(options.login.get("password", ""))
    _refuse_predicate(asked, "a database's table")
    return _asked(run, asked, options, _named_connection(run, options))


def catalog_connection(run: Run, name: str) -> ConnectionFacts:
    """What a connection of the catalog says, with its password. Raises EntityNotFoundException."""
    try:
        told = run.client.connection(name)
    except EntityNotFoundException as error:
        raise EntityNotFoundException(
            f"the connection {name} is not in the Data Catalog. Make it by aws glue create-connection "
            "against placekeeper dev; the option connectionName and job definitions name connections"
        ) from error
    facts = connection_facts(told.spec)
    run.keep_secret(facts.password)
    return facts


class ConnectionLogin(Struct, frozen=True):
    """A connection of the catalog, its URL with what its secret says in the place of placeholders ("" if it
    has none), and its login."""

    facts: ConnectionFacts
    url: str
    login: Login


def connection_login(run: Run, name: str) -> ConnectionLogin:
    """How a connection of the catalog logs in. Raises EntityNotFoundException, UsageError."""
    facts = catalog_connection(run, name)
    secret = secret_of(facts.secret) if facts.secret else SecretFacts()
    login = login_from({}, "jdbc", connection=facts, secret=secret, parameters={}, needs_database=False)
    run.keep_secret(login.password)
    return ConnectionLogin(facts, filled(facts.url, secret), login)


def _named_connection(run: Run, options: DatabaseOptions) -> ConnectionFacts | None:
    """The connection of `connectionName`, which counts with or without useConnectionProperties."""
    name = options.login.get("connectionName", "")
    if name:
        return catalog_connection(run, name)
    if flag(options.login, "useConnectionProperties"):
        raise UsageError(
            "useConnectionProperties needs connectionName: the name of a connection of the catalog"
        )
    return None


def _asked(
    run: Run,
    asked: Asked,
    options: DatabaseOptions,
    connection: ConnectionFacts | None,
    table: TableRef | None = None,
) -> AskedDatabase:
    own_user = options.login.get("user") and options.login.get("password")
    secret = options.login.get("secretId") or (connection.secret if connection and not own_user else "")
    facts = secret_of(secret) if secret else None
    login = login_from(
        options.login,
        asked.connection_type,
        connection=connection,
        secret=facts,
        parameters=options.parameters,
    )
    run.keep_secret(login.password)
    relation = None
    if not options.query:
        if not options.dbtable:
            raise UsageError(
                f"nothing says which table of {login.place} is meant: give the option dbtable, such as "
                "'public.orders', or query"
            )
        relation, database = table_of(
            options.dbtable, login, "the option dbtable", is_exact=table is not None
        )
        login = replace(login, database=database or login.database)
    says_all = bool(connection and not options.login.get("url") and not options.login.get("user"))
    return AskedDatabase(
        login=login,
        relation=relation,
        query=options.query,
        connection=connection.name if connection and says_all else "",
        secret=secret,
        table=table,
        keys=options.keys,
        descending=options.descending,
        look_back=options.look_back,
        reading=options.reading,
        partition=options.partitioning,
        sample=options.most_rows,
        notes=(*options.notes, *without_effect(login)),
        password_by=_password_by(options.login, connection, facts),
    )


def _password_by(
    said: Mapping[str, str], connection: ConnectionFacts | None, secret: SecretFacts | None
) -> PasswordBy:
    own = tuple(name for name in ("url", "user") if said.get(name) or (name == "url" and said.get("sfUrl")))
    in_connection = connection is not None and bool(connection.password or "url" not in own)
    if said.get("password") or not (in_connection or (secret is not None and secret.password)):
        return PasswordBy()
    name = connection.name if connection is not None else ""
    return PasswordBy(connection=name, secret=said.get("secretId", ""), own=own)


def _of_table(run: Run, asked: Asked, own: Collection[str]) -> AskedDatabase:
    """What a catalog's table describes (docs/reference/databases.md#catalog-tables)."""
    database, name = (text_of(*part).lower() for part in zip(_NAMES, asked.table, strict=True))
    ref, full = TableRef(database=database, name=name), f"the table {database}.{name}"
    spec = run.client.definition_to_read(ref).spec
    if spec is None:
        raise missing_table(database, name, run.client.table_names(database).names or ())
    _refuse_predicate(asked, full)
    storage: Mapping[str, Any] = spec.get("StorageDescriptor") or {}
    parameters = {**(storage.get("Parameters") or {}), **(spec.get("Parameters") or {})}
    said = canonical(asked.options, own)
    ignored = [option for option in _OF_THE_TABLE if said.pop(option, None) is not None and option not in own]
    options = database_options(said, run.options.reading, own)
    connection = str(parameters.get("connectionName") or "")
    if not connection:
        raise UsageError(
            f"{full} is in a database ({parameters.get('classification')}), and its parameter connectionName "
            "does not say on which connection: set it by UpdateTable, or read it with from_options"
        )
    location = str(storage.get("Location") or "")
    if not location and not options.query:
        raise UsageError(
            f"{full} has no Location, which names the table in the database, such as shop.public.orders: set "
            "it by UpdateTable"
        )
    cut = options.partitioning or (None if options.query else partitioning(canonical(parameters)))
    options = replace(
        options,
        dbtable="" if options.query else location,
        partitioning=cut,
        notes=(*options.notes, *(f"option {one} has no effect: the catalog says it" for one in ignored)),
    )
    return _asked(run, asked, options, catalog_connection(run, connection), ref)


def _refuse_predicate(asked: Asked, name: str) -> None:
    given = {"push_down_predicate": asked.predicate, **dict(asked.options)}
    for option in _OF_PARTITIONS:
        if given.get(option):
            raise UnsupportedFeature(
                f"{option} chooses partitions of files, and {name} has none: leave it out, and give the "
                "condition as sampleQuery or query"
            )
