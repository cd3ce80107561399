"""The account of MySQL that a connection has: another host is another account, which GRANT may make."""

from sqlalchemy import Connection


def account_of(connection: Connection) -> tuple[str, str]:
    """The user's name, and the account as GRANT names it."""
    name, _, host = str(connection.exec_driver_sql("SELECT CURRENT_USER()").scalar_one()).rpartition("@")
    return name, f"'{name}'@'{host}'"
