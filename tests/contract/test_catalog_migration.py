"""The Data Catalog of an older state: its partitions are found by their keys after the migration."""

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from placekeeper.store import migrate as migrations
from placekeeper.store.migrate import migrate


def test_partitions_of_an_older_state_get_their_texts(empty: Callable[[], Engine]) -> None:
    engine = empty()
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(migrations._SCRIPTS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0012")
        connection.execute(
            text("INSERT INTO catalog_databases (name, spec, created_ms) VALUES ('d', '{}', 1)")
        )
        spec = '{"PartitionKeys": [{"Name": "year", "Type": "int"}, {"Name": "region"}]}'
        connection.execute(
            text("INSERT INTO catalog_tables VALUES ('d', 't', :spec, 1, 1, 0, NULL)"), {"spec": spec}
        )
        values = ['["2026", "eu"]', '["seven", "eu"]']
        connection.execute(
            text(
                "INSERT INTO catalog_partitions "
                "(database, table_name, partition_values, values_digest, spec, created_ms) "
                "VALUES ('d', 't', :v, :digest, '{}', 1)"
            ),
            [{"v": value, "digest": value} for value in values],
        )
    migrate(engine)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT key1, key2, key3 FROM catalog_partitions ORDER BY ordinal"))
        assert found.all() == [("=10000000000000002026", "=eu", ""), (None, None, None)]
