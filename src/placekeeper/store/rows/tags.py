"""Tags in SQL."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select

from placekeeper.store.schema import tags

_AFTER_SLASH = chr(ord("/") + 1)


class SqlTagRows:
    """Implements ports.rows.tags.TagRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, resource: str) -> dict[str, str]:
        """The tags of a resource."""
        found = select(tags.c.key, tags.c.value).where(tags.c.resource == resource).order_by(tags.c.key)
        return {row.key: row.value for row in self._connection.execute(found)}

    def put(self, resource: str, added: Mapping[str, str]) -> None:
        """Add tags; one of the same key is replaced."""
        self.remove(resource, added.keys())
        if added:
            self._connection.execute(
                insert(tags),
                [{"resource": resource, "key": key, "value": value} for key, value in added.items()],
            )

    def remove(self, resource: str, keys: Collection[str]) -> None:
        """Remove tags; a key that is not there is not an error."""
        self._connection.execute(delete(tags).where(tags.c.resource == resource, tags.c.key.in_(keys)))

    def drop(self, resource: str) -> None:
        """Remove all tags of a resource."""
        self._connection.execute(delete(tags).where(tags.c.resource == resource))

    def drop_below(self, begin: str) -> None:
        """Remove all tags of the resources that begin like this; `begin` ends with a slash."""
        behind = begin.removesuffix("/") + _AFTER_SLASH
        self._connection.execute(delete(tags).where(tags.c.resource >= begin, tags.c.resource < behind))
