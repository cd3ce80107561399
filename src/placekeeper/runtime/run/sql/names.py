"""The names of tables in SQL: which are the engine's own, and which the Data Catalog's."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pyspark.errors import AnalysisException, PySparkException

from placekeeper.model.catalog import TableRef
from placekeeper.model.errors import EntityNotFoundException, StagedPathRead
from placekeeper.rules.catalog.missing_names import unknown_database, unknown_table
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.sql.cursor import Cursor, NotUnderstood, Parts

DEFAULT: Final = "default"
"""The database of names without one, until a script says USE."""

PRIVATE: Final = "placekeeper_sql_"
"""How the names of the views begin that stand for tables."""

CATALOG: Final = "spark_catalog"
"""The name that Spark gives to the catalog of its session: here the Data Catalog."""

_OWN: Final = "global_temp"
_CATALOGS: Final = frozenset({"spark_catalog", "glue_catalog", "awsdatacatalog"})

_GLUE: Final = ".GlueCatalog"
"""How the name of the class ends by which Iceberg's own jar asks the Data Catalog."""

Name = tuple[str, str]
"""A database and a table, in lower case."""


class Names:
    """Tells whose a name is. `engine` has the engine's own methods of `spark.catalog`."""

    def __init__(self, context: RunContext, changes: Callable[[Name], bool]) -> None:
        """`changes`: whether this run has output for a table that is not visible yet."""
        self._context = context
        self._changes = changes
        self.database = DEFAULT
        self.engine: Mapping[str, Callable[..., Any]] = {}

    def view(self, name: str) -> str | None:
        """The engine's own view of a name, as the engine spells it; None without one."""
        catalog = self._context.engine.session.catalog
        if name.startswith(PRIVATE) or self.engine["tableExists"](catalog, f"`{name.replace('`', '``')}`"):
            return name
        if self._context.engine.name == "spark":
            return None
        return next((one for one in self.views() if one.lower() == name.lower()), None)  # Sail minds case

    def views(self) -> list[str]:
        """The names of the engine's own views, but for those that stand for tables."""
        catalog = self._context.engine.session.catalog
        names = [str(table.name) for table in self.engine["listTables"](catalog, DEFAULT)]
        return [name for name in names if not name.startswith(PRIVATE)]

    def of_catalog(self, parts: Parts, *, sees_views: bool = True) -> Name | None:
        """The table of the Data Catalog that a name means; None for the engine's own.

        Without `sees_views` a temporary view does not count: the query is that of a view of the catalog.
        """
        lower = [part.lower() for part in parts]
        if "/" in parts[-1] or (sees_views and len(parts) == 1 and self.view(parts[0]) is not None):
            return None  # the path of files, or a view
        return self.without_views(lower)

    def without_views(self, parts: "list[str] | Parts") -> Name | None:
        """The same of a name that is no view's."""
        lower = [part.lower() for part in parts]
        if len(lower) < 3 and self.is_elsewhere:
            return None
        if len(lower) == 1:
            return self.database, lower[0]
        if len(lower) == 3 and self._is_ours(parts[0]):
            lower = lower[1:]
        if len(lower) != 2 or lower[0] == _OWN or self.is_engines(lower[0]):
            return None
        return lower[0], lower[1]

    def to_fill(self, parts: Parts, statement: str = "INSERT") -> Name | None:
        """The table of the Data Catalog that a statement fills or changes; None for the engine's own.

        Raises AnalysisException for a temporary view: a query of this name reads it.
        """
        if len(parts) == 1 and self.view(parts[0]) is not None:
            raise AnalysisException(
                f"[EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE] {statement} expects a table, but `{parts[0]}` is a "
                f"temporary view. For the table of this name, say its database: {self.database}.{parts[0]}."
            )
        return self.without_views(parts)

    def database_of(self, parts: Parts) -> str:
        """The database that a name means, in lower case. Raises AnalysisException for more than one part."""
        lower = [part.lower() for part in parts]
        if len(lower) == 2 and (lower[0] in _CATALOGS or self._is_ours(parts[0])):
            lower = lower[1:]
        if len(lower) != 1:
            raise AnalysisException(f"[SCHEMA_NOT_FOUND] {'.'.join(parts)} is not the name of a database.")
        return lower[0]

    def spec(self, name: Name) -> dict[str, Any]:
        """The definition of a table. Raises AnalysisException where there is none; it says what there is.

        Raises StagedPathRead for one that this run makes, and that is not visible yet.
        """
        found = self.known(name)
        if found is None and self._changes(name):
            raise StagedPathRead(f"the table {'.'.join(name)}")
        if found is None:
            raise self.lacking(name)
        return found

    def lacking(self, name: Name, *, is_made: bool = True) -> AnalysisException:
        """What is raised for a table that is not there; with `is_made` it says how to make it."""
        there = self._context.client.table_names(name[0]).names or ()
        way = f" To make it, say CREATE TABLE {'.'.join(name)} (…)." if is_made else ""
        return missing(name, unknown_table(*name, there) + way)

    def known(self, name: Name) -> dict[str, Any] | None:
        """The same, None without the table. Raises AnalysisException without its database."""
        try:
            return self._context.client.definition_to_read(TableRef(database=name[0], name=name[1])).spec
        except EntityNotFoundException:
            there = [one.name for one in self._context.client.databases().databases]
            raise missing(name, unknown_database(name[0], there)) from None

    def known_or_made(self, name: Name) -> dict[str, Any] | None:
        """The same; the database `default` is made with its first table, so it may be lacking."""
        if name[0] == DEFAULT and self._context.client.table_names(DEFAULT).names is None:
            return None
        return self.known(name)

    def is_engines_database(self, parts: Parts) -> bool:
        """Whether a database is one of a catalog that the job has given to Spark."""
        return self.is_elsewhere if len(parts) == 1 else self.is_engines(parts[0].lower())

    def _is_ours(self, catalog: str) -> bool:
        """Whether a catalog is the Data Catalog: by its name, or on Sail by the settings of a script."""
        if self.is_engines(catalog.lower()):
            return False
        if catalog.lower() in _CATALOGS or self._context.engine.name == "spark":
            return catalog.lower() in _CATALOGS
        key, conf = f"spark.sql.catalog.{catalog}", self._context.engine.session.conf
        kind, made = str(conf.get(f"{key}.type", None)), str(conf.get(f"{key}.catalog-impl", None))
        return kind.lower() == "glue" or made.endswith(_GLUE)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the current catalog is one that the job has given to Spark."""
        if self._context.engine.name != "spark":
            return False
        return bool(self.engine["currentCatalog"](self._context.engine.session.catalog) != CATALOG)

    def is_engines(self, catalog: str) -> bool:
        """Whether the job has given the engine a catalog of this name (--conf)."""
        if self._context.engine.name != "spark":
            return False
        try:
            return bool(self._context.engine.session.conf.get(f"spark.sql.catalog.{catalog}", None))
        except PySparkException:
            return False


def missing(name: Name, sentence: str) -> AnalysisException:
    """What Spark raises for a table that is not there, with a sentence about what is."""
    shown = ".".join(f"`{part}`" for part in name)
    return AnalysisException(
        f"[TABLE_OR_VIEW_NOT_FOUND] The table or view {shown} cannot be found. {sentence}"
    )


def parts_of(text: str) -> Parts | None:
    """A name in an argument of a method; None for what is none."""
    cursor = Cursor(text)
    try:
        parts = cursor.name()
    except NotUnderstood:
        return None
    return parts if cursor.is_at_end else None
