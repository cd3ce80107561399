"""relationalize in plain Python, record by record, and back: what the engines' tables are compared with."""

from typing import Any

Row = dict[str, Any]
Tables = dict[str, list[Row]]


def tables_of(records: list[Row], root: str) -> Tables:
    """The tables of records whose values are single values, dicts with string keys and lists."""
    made: Tables = {root: []}
    next_ids: dict[str, int] = {}

    def flat(value: Any, path: str, row: Row) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                flat(inner, f"{path}.{name}" if path else name, row)
        elif isinstance(value, list):
            key = next_ids[path] = next_ids.get(path, 0) + 1
            row[path] = key
            rows = made.setdefault(f"{root}_{path}", [])
            for index, element in enumerate(value):
                rows.append({"id": key, "index": index})
                flat(element, f"{path}.val", rows[-1])
        elif value is not None:
            row[path] = value

    for record in records:
        made[root].append({})
        flat(record, "", made[root][-1])
    return made


def without_nulls(value: Any) -> Any:
    """A value without nulls, and without the dicts that are then empty; lists keep their places."""
    if isinstance(value, dict):
        kept = {name: without_nulls(inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if inner is not None} or None
    if isinstance(value, list):
        return [without_nulls(inner) for inner in value]
    return value


def joined_back(tables: Tables, root: str) -> list[Any]:
    """The records of tables, without nulls: each key gives way to the elements with that id."""

    def value_of(row: Row, path: str, table: str) -> Any:
        below: Row = {}
        for name, value in row.items():
            if (name in ("id", "index") and table != root) or value is None:
                continue
            inside = name.removeprefix(path).lstrip(".")
            child = f"{root}_{name}"
            elements = value
            if child in tables:
                found = sorted((r for r in tables[child] if r["id"] == value), key=lambda r: r["index"])
                assert [r["index"] for r in found] == list(range(len(found)))
                elements = [value_of(r, f"{name}.val", child) for r in found]
            if not inside:
                return elements
            place = below
            *above, last = inside.split(".")
            for step in above:
                place = place.setdefault(step, {})
            place[last] = elements
        return below or None

    return [value_of(row, "", root) for row in tables[root]]
