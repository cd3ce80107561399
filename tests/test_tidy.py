"""What ruff and import-linter do not ask: sizes, clocks, broad excepts, cycles, files that nobody imports."""

import ast
import statistics
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

SRC = Path(__file__).resolve().parents[1] / "src"
PACKAGE = SRC / "placekeeper"
SHIM = PACKAGE / "runtime" / "shim"

FUNCTION_LINES = 70
MODULE_LINES = 300
MEDIAN_MODULE_LINES = 250

LONG_FUNCTIONS = {
    "placekeeper.store.migrations.versions.0001_initial.upgrade": "a list of tables, as Alembic wants it",
}
LONG_MODULES = {
    "awsglue.dynamicframe": "AWS's DynamicFrame: one class, its many signatures are the contract",
    "placekeeper.model.errors": "the one tree of all errors",
}
BROAD_EXCEPTS = {
    "placekeeper.server.http.routing.Router.__call__": "the HTTP edge: a client always gets an answer",
    "placekeeper.host.background.steadily": "a background thread goes on whatever one piece of work does",
    "placekeeper.runtime.process.script._why_not": "whatever a script raises ends its run",
    "placekeeper.runtime.frames.attempts.attempts": "whatever a function of a script raises is of one record",
    "placekeeper.runtime.look.look._attempted": "a fault of ours in a look stops no run, and is said",
    "placekeeper.runtime.engines.choice._scanned": "the same; the look at the script says it",
    "placekeeper.runtime.run.streams._Batches._until_it_works": "a batch is tried again whatever was raised",
    "placekeeper.runtime.frames.deferred.Deferred.frame": "what making a frame raised is raised each time",
    "placekeeper.databases.bounded.BoundedConnect._run": "what connecting raised is raised to who waits",
}
IMPORTS_BY_NAME = {
    "awsglue.__getattr__": "AWS's package has its modules as attributes, and a Python shell job only one",
    "placekeeper._interactive": "activate() loads an engine's client, and importing placekeeper must not",
    "placekeeper.testing.plugin._load": "a project that does not use the plugin must not pay for it",
    "placekeeper.cli.lazy.load": "a command is loaded when it is chosen, by the table of commands",
    "placekeeper.runtime.engines.registry.load": "the one door to the engines, of which one is installed",
    "placekeeper.databases.effects.load": "SQLAlchemy is loaded when a script writes to a database",
    "placekeeper.databases.databases.load_driver": "a product brings its driver, an extra, likewise",
    "placekeeper.databases.databases._module": "what needs SQLAlchemy is loaded when a script uses it",
    "placekeeper.dynamodb.opening.open_table": "the client of DynamoDB is loaded when a script uses a table",
    "placekeeper.lake.formats._class": "a lake format brings its library, an extra, when a script uses it",
    "placekeeper.runtime.formats.registry._of": "a format brings its libraries when a script uses it",
}
CLOCK = "placekeeper.host.clock"
WALL_CLOCKS = frozenset(
    {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
)
ENTRY_POINTS = {
    "placekeeper.cli.entry": "the installed command (pyproject.toml)",
    **{
        f"placekeeper.cli.commands.{name}": "by its name in the table of commands, cli/lazy.py"
        for name in (
            *("bookmark", "check", "dev", "marks", "plan", "publication", "run", "runs", "state"),
            "transfer",
        )
    },
    "placekeeper.interactive": "placekeeper.activate() loads it when it is called",
    "placekeeper.testing.plugin": "the plugin of pytest (pyproject.toml)",
    "placekeeper.testing.kit": "the plugin loads it when a fixture or an import asks for it",
    "placekeeper.job_process": "python -m, by launch/starting.py",
    "placekeeper.crawl_process": "python -m, by launch/starting.py",
    "placekeeper.shell_process": "python -m, by launch/starting.py",
    "placekeeper.databases.writing.publication": "databases/effects.py imports it when rows are published",
    "placekeeper.databases.writing.looking": "databases/effects.py imports it when somebody looks for rows",
    "placekeeper.databases.connected": "databases/databases.py imports it when a script uses it",
    "placekeeper.databases.postgresql": "the same",
    "placekeeper.databases.sqlite": "the same",
    "placekeeper.databases.mysql": "the same",
    "placekeeper.databases.redshift": "the same",
    "placekeeper.databases.oracle": "the same",
    "placekeeper.databases.sqlserver": "the same",
    "placekeeper.dynamodb.tables": "dynamodb/opening.py imports it when a script uses a table",
    "placekeeper.lake.delta": "lake/formats.py imports it when a script uses it",
    "placekeeper.lake.delta_commits": "lake/formats.py imports it when a run publishes to such a table",
    "placekeeper.lake.iceberg_tables": "lake/formats.py imports it when CreateTable makes such a table",
    "placekeeper.lake.iceberg_commits": "lake/formats.py imports it when a run publishes to such a table",
    "placekeeper.lake.iceberg": "lake/formats.py imports it when a script uses it",
    "placekeeper.runtime.engines.sail": "runtime/engines/registry.py imports the chosen engine",
    "placekeeper.runtime.engines.spark": "runtime/engines/registry.py imports the chosen engine",
    **{
        f"placekeeper.runtime.formats.{name}": "runtime/formats/registry.py imports it when a script uses it"
        for name in (
            *("avro.reader", "avro.writer", "grok.reader", "json.reader", "orc.reader", "orc.writer"),
            *("xml.reader", "xml.writer"),
        )
    },
    "placekeeper.store.migrations.env": "Alembic runs it",
    "placekeeper.store.migrations.versions.0001_initial": "Alembic runs it",
    "placekeeper.store.migrations.versions.0002_job_service": "Alembic runs it",
    "placekeeper.store.migrations.versions.0003_states_by_job": "Alembic runs it",
    "placekeeper.store.migrations.versions.0004_merges": "Alembic runs it",
    "placekeeper.store.migrations.versions.0005_request_digest": "Alembic runs it",
    "placekeeper.store.migrations.versions.0006_fewer_index_entries": "Alembic runs it",
    "placekeeper.store.migrations.versions.0007_catalog": "Alembic runs it",
    "placekeeper.store.migrations.versions.0008_marks": "Alembic runs it",
    "placekeeper.store.migrations.versions.0009_identity": "Alembic runs it",
    "placekeeper.store.migrations.versions.0010_publications_of_a_run": "Alembic runs it",
    "placekeeper.store.migrations.versions.0011_catalog_changes": "Alembic runs it",
    "placekeeper.store.migrations.versions.0012_overwrites": "Alembic runs it",
    "placekeeper.store.migrations.versions.0014_catalog_resources": "Alembic runs it",
    "placekeeper.store.migrations.versions.0013_catalog_searches": "Alembic runs it",
    "placekeeper.store.migrations.versions.0015_crawlers": "Alembic runs it",
    "placekeeper.store.migrations.versions.0016_touched_partitions": "Alembic runs it",
}
PUBLIC_BY_CONTRACT = ("awsglue", "gs_", "placekeeper.runtime.shim")
"""What scripts import; nobody in here has to."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module(NamedTuple):
    """One file of the source, as `import` knows it."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def lines(self) -> int:
        return len(self.path.read_text().splitlines())


@cache
def modules() -> dict[str, Module]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        root = SHIM if SHIM in path.parents else SRC
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = Module(name, path, ast.parse(path.read_text()))
    return found


def functions(module: Module) -> Iterator[tuple[str, Function]]:
    """Every function with its dotted name, those within classes and functions included."""

    def below(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function):
                yield f"{prefix}.{child.name}", child
            name = f"{prefix}.{child.name}" if isinstance(child, Function | ast.ClassDef) else prefix
            yield from below(child, name)

    yield from below(module.tree, module.name)


def imported(module: Module, node: ast.Import | ast.ImportFrom) -> set[str]:
    """The modules of ours that an import statement loads."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names} & modules().keys()
    base = node.module or ""
    assert not node.level, f"{module.path}:{node.lineno}: a relative import"
    # `from package import module` names the module; anything else comes out of `base` itself.
    inner = {f"{base}.{alias.name}" for alias in node.names} & modules().keys()
    outer = {base} & modules().keys()
    return inner if len(inner) == len(node.names) else inner | outer


def imports_at_load(module: Module) -> set[str]:
    """The modules of ours that are imported while a module loads: not in functions, not for types alone."""

    def below(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import | ast.ImportFrom):
                yield child
            elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            elif not isinstance(child, Function | ast.Lambda):
                yield from below(child)

    return {name for node in below(module.tree) for name in imported(module, node)}


def handlers(node: ast.AST) -> Iterator[ast.ExceptHandler]:
    """The except clauses of a function, without those of functions in it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ExceptHandler):
            yield child
        if not isinstance(child, Function):
            yield from handlers(child)


def is_broad(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(ast.unparse(name) in ("Exception", "BaseException") for name in caught)


def test_functions_are_short() -> None:
    long = {
        name
        for module in modules().values()
        for name, node in functions(module)
        if (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION_LINES
    }
    assert long == LONG_FUNCTIONS.keys()


def test_modules_are_short() -> None:
    assert {name for name, module in modules().items() if module.lines > MODULE_LINES} == LONG_MODULES.keys()
    assert statistics.median(module.lines for module in modules().values()) <= MEDIAN_MODULE_LINES


def test_broad_excepts_are_where_they_were_put_on_purpose() -> None:
    broad = {
        name
        for module in modules().values()
        for name, node in functions(module)
        if any(is_broad(handler) for handler in handlers(node))
    }
    assert broad == BROAD_EXCEPTS.keys()
    at_module_level = [
        f"{module.name}:{handler.lineno}"
        for module in modules().values()
        for handler in handlers(module.tree)
        if is_broad(handler)
    ]
    assert not at_module_level


def test_our_own_modules_are_imported_at_the_top() -> None:
    hidden = [
        f"{name}, line {statement.lineno}"
        for module in modules().values()
        for name, node in functions(module)
        for statement in ast.walk(node)
        if isinstance(statement, ast.Import | ast.ImportFrom) and imported(module, statement)
    ]
    assert not hidden


def test_modules_are_imported_by_name_only_through_the_doors_that_are_for_it() -> None:
    by_name = ("import_module", "__import__")
    doors = {
        name
        for module in modules().values()
        for name, node in functions(module)
        if any(ast.unparse(n).split(".")[-1] in by_name for n in ast.walk(node) if isinstance(n, ast.expr))
    }
    assert doors == IMPORTS_BY_NAME.keys()
    at_module_level = [
        name
        for name, module in modules().items()
        for statement in module.tree.body
        if not isinstance(statement, Function | ast.ClassDef)
        for node in ast.walk(statement)
        if (isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & {*by_name})
        or (isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node).split(".")[-1] in by_name)
    ]
    assert not at_module_level


def test_one_module_alone_reads_the_wall_clock() -> None:
    readings = {
        f"{module.name}, line {node.lineno}"
        for module in modules().values()
        if module.name != CLOCK
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and ".".join(ast.unparse(node).split(".")[-2:]) in WALL_CLOCKS
    }
    assert not readings


def test_public_names_say_what_they_are() -> None:
    undocumented = []
    for module in modules().values():
        if ast.get_docstring(module.tree) is None:
            undocumented.append(module.name)
        for node in module.tree.body:
            is_public = isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_")
            if is_public and ast.get_docstring(node) is None:
                undocumented.append(f"{module.name}.{node.name}")
    assert not undocumented


def test_nothing_imports_in_a_circle() -> None:
    # A package's __init__ is loaded before its modules, but ours only hold a sentence or re-export.
    unfinished = {name: imports_at_load(module) - {name} for name, module in modules().items()}
    while free := {name for name, needs in unfinished.items() if not needs}:
        unfinished = {name: needs - free for name, needs in unfinished.items() if name not in free}
    assert not unfinished


def test_every_file_is_used() -> None:
    used = set(ENTRY_POINTS)
    for module in modules().values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                used |= imported(module, node) - {module.name}
    packages = {name for name, module in modules().items() if module.path.name == "__init__.py"}
    unused = {name for name in modules().keys() - used - packages if not name.startswith(PUBLIC_BY_CONTRACT)}
    assert not unused
    empty = {
        name
        for name in packages
        if not any(other.startswith(f"{name}.") for other in modules()) and name not in used
    }
    assert not empty


@pytest.mark.parametrize("name", sorted(ENTRY_POINTS))
def test_entry_points_exist(name: str) -> None:
    assert name in modules()
