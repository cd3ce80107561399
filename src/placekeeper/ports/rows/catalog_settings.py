"""What is set for the whole catalog, as rows of the state's SQL; see ports/store.py."""

from typing import Protocol

from placekeeper.model.catalog_settings import Setting, SettingName


class SettingRows(Protocol):
    """Settings of the catalog."""

    def get(self, name: SettingName) -> Setting | None: ...

    def put(self, name: SettingName, setting: Setting) -> None:
        """Put it in the place of the one of that name, if there is one."""
        ...

    def delete(self, name: SettingName) -> bool:
        """Whether there was one."""
        ...
