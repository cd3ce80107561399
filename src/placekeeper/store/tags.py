"""Tags in SQL.

A job of an earlier version has its tags in its definition. They are read from there, and move into rows
with the first change of the job or of its tags.
"""

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from placekeeper.store.schema import jobs, tags

_OF_JOBS = "job/"
_IN_DEFINITION = "Tags"


class SqlTagRows:
    """Implements ports.store.TagRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, resource: str) -> dict[str, str]:
        """The tags of a resource."""
        return self.of_all([resource]).get(resource, {})

    def of_all(self, resources: Collection[str]) -> dict[str, dict[str, str]]:
        """The tags of several resources, of those that have any."""
        found: dict[str, dict[str, str]] = {}
        for resource, key, value in self._connection.execute(
            select(tags.c.resource, tags.c.key, tags.c.value)
            .where(tags.c.resource.in_(resources))
            .order_by(tags.c.key)
        ):
            found.setdefault(resource, {})[key] = value
        names = [name.removeprefix(_OF_JOBS) for name in resources if name.startswith(_OF_JOBS)]
        return found | in_definitions(self._connection, names)

    def put(self, resource: str, added: Mapping[str, str]) -> None:
        """Add tags; one of the same key is replaced."""
        self.remove(resource, added.keys())
        if added:
            self._connection.execute(
                insert(tags),
                [{"resource": resource, "key": key, "value": value} for key, value in added.items()],
            )

    def remove(self, resource: str, keys: Collection[str]) -> None:
        """Remove tags; a key that is not there is no error."""
        self._adopt(resource)
        self._connection.execute(delete(tags).where(tags.c.resource == resource, tags.c.key.in_(keys)))

    def drop(self, resource: str) -> None:
        """Remove all tags of a resource."""
        self._connection.execute(delete(tags).where(tags.c.resource == resource))

    def _adopt(self, resource: str) -> None:
        if resource.startswith(_OF_JOBS):
            adopt(self._connection, resource.removeprefix(_OF_JOBS))


def in_definitions(connection: Connection, names: Collection[str]) -> dict[str, dict[str, str]]:
    """The tags that definitions of earlier versions hold, by resource."""
    rows = connection.execute(
        select(jobs.c.name, jobs.c.spec).where(
            jobs.c.name.in_(names), jobs.c.spec.contains(f'"{_IN_DEFINITION}":', autoescape=True)
        )
    )
    held = {f"{_OF_JOBS}{name}": msgspec.json.decode(spec).get(_IN_DEFINITION) for name, spec in rows}
    return {resource: found for resource, found in held.items() if found}


def adopt(connection: Connection, name: str) -> None:
    """Move the tags in a definition of an earlier version into rows."""
    held = in_definitions(connection, [name]).get(f"{_OF_JOBS}{name}")
    if held is None:
        return
    spec = msgspec.json.decode(
        connection.execute(select(jobs.c.spec).where(jobs.c.name == name)).scalar_one()
    )
    rest = msgspec.json.encode(without_tags(spec)).decode()
    connection.execute(update(jobs).where(jobs.c.name == name).values(spec=rest))
    connection.execute(
        insert(tags),
        [{"resource": f"{_OF_JOBS}{name}", "key": key, "value": value} for key, value in held.items()],
    )


def without_tags(spec: Mapping[str, object]) -> dict[str, object]:
    """A definition without the tags that earlier versions kept in it."""
    return {member: value for member, value in spec.items() if member != _IN_DEFINITION}
