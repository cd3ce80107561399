"""`extract_jdbc_conf`: what a connection of the catalog says, as AWS names it.

Source: docs/reference/databases.md#extract_jdbc_conf.
"""

from typing import Any

from placekeeper.model.errors import UsageError
from placekeeper.rules.databases.jdbc_urls import url_of, url_without_database
from placekeeper.runtime.connectors.database_logins import connection_login
from placekeeper.runtime.run.context import RunContext


def jdbc_conf(context: RunContext, name: object) -> dict[str, Any]:
    """The members of AWS's dict, with the password of the connection or of its secret.

    Raises EntityNotFoundException, and UsageError for a connection that does not say where its database is.
    """
    if not isinstance(name, str) or not name:
        raise UsageError(f"extract_jdbc_conf needs the name of a connection of the catalog, not {name!r}")
    found = connection_login(context, name)
    own = {key.upper(): value for key, value in found.facts.own.items()}
    return {
        "user": found.login.user,
        "password": found.login.password,
        "vendor": found.login.product,
        "url": url_without_database(found.login),
        "fullUrl": found.url or url_of(found.login),
        "enforceSSL": str(found.facts.enforces_ssl).lower(),
        "customJDBCCert": own.get("CUSTOM_JDBC_CERT", ""),
        "skipCustomJDBCCertValidation": own.get("SKIP_CUSTOM_JDBC_CERT_VALIDATION", "false"),
        "customJDBCCertString": own.get("CUSTOM_JDBC_CERT_STRING", ""),
    }
