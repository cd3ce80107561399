"""What is set for the whole catalog, in SQL."""

import msgspec
from sqlalchemy import Connection, delete, insert, select

from placekeeper.model.catalog_settings import Setting, SettingName
from placekeeper.store.resource_schema import catalog_settings as settings


class SqlSettingRows:
    """Implements ports.rows.catalog_settings.SettingRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: SettingName) -> Setting | None:
        """The setting of that name."""
        found = select(settings).where(settings.c.name == name.value)
        row = self._connection.execute(found).first()
        if row is None:
            return None
        return Setting(text=row.text, created_ms=row.created_ms, modified_ms=row.modified_ms)

    def put(self, name: SettingName, setting: Setting) -> None:
        """Put it in the place of the one of that name, if there is one."""
        self.delete(name)
        row = msgspec.structs.asdict(setting) | {"name": name.value}
        self._connection.execute(insert(settings).values(**row))

    def delete(self, name: SettingName) -> bool:
        """Delete a setting; False if there is none of that name."""
        gone = delete(settings).where(settings.c.name == name.value)
        return self._connection.execute(gone).rowcount > 0
