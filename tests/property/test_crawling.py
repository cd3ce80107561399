"""Random trees of files, grouped: each file is in one table, and each table can be read as it says."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from placekeeper.rules.crawling.csv_files import CsvOptions, recognised
from placekeeper.rules.crawling.grouping import GroupedTable, grouped, values_of
from placekeeper.rules.crawling.shapes import Form, SeenFile, Shape, safe_name
from placekeeper.rules.crawling.table_inputs import found_table

ROOT = "s3://b/data/"
FORMS = [
    Form(format="json", classification="json"),
    Form(format="csv", classification="csv", details=(("delimiter", ","),)),
    Form(format="json", classification="json", compression="gzip"),
]
names = st.sampled_from(["a", "b", "c", "f", "g", "d=1", "d=2", "D=1", "e=x%20y", "e=x y", "é"])
columns = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d", "e"]), st.sampled_from(["int", "string", "double", "void"])
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda column: column[0],
).map(tuple)


@st.composite
def files(draw: st.DrawFn) -> list[SeenFile]:
    paths = draw(st.sets(st.lists(names, min_size=1, max_size=4).map("/".join), max_size=12))
    # A path is a file or a folder, not both.
    leaves = [path for path in paths if not any(other.startswith(f"{path}/") for other in paths)]
    made = []
    for path in sorted(leaves):
        form, seen, has = draw(st.sampled_from(FORMS)), draw(columns), draw(st.booleans())
        shape = Shape(form=form, columns=seen, records=1) if has or draw(st.booleans()) else None
        made.append(SeenFile(path=ROOT + path, size=1, modified_ms=0, shape=shape))
    return made


@given(files(), st.booleans(), st.none() | st.integers(1, 5))
def test_each_file_is_in_one_table_which_can_be_read(
    seen: list[SeenFile], combines: bool, level: int | None
) -> None:
    found = grouped(ROOT, seen, combines=combines, level=level)
    counted = Counter(
        file.path for table in found.tables for leaf in table.leaves for file in leaf.files if file.shape
    )
    left_out = sum(": left out: " in said for said in found.said)
    known = {file.path for file in seen if file.shape is not None}
    assert set(counted) <= known
    assert max(counted.values(), default=1) == 1
    assert left_out or set(counted) == known
    for table in found.tables:
        _check(table)
        if table.nests:  # whoever reads it reads all that is below
            below = {file.path for file in seen if file.path.startswith(table.location)}
            assert below == {file.path for leaf in table.leaves for file in leaf.files}
    locations = Counter(table.location for table in found.tables)
    assert max(locations.values(), default=1) == 1


def _check(table: GroupedTable) -> None:
    assert table.name == safe_name(table.name)
    assert len(set(table.keys)) == len(table.keys)
    assert not set(table.keys) & {name for name, _ in table.columns}
    values = [values_of(leaf) for leaf in table.leaves]
    assert len(set(values)) == len(values)
    for leaf in table.leaves:
        assert len(leaf.folders) == len(table.keys)
        assert {name for name, _ in leaf.columns} <= {name for name, _ in table.columns}
        place = table.location + "".join(f"{name}/" for name in leaf.folders)
        for file in leaf.files:
            assert file.path.startswith(place)
            assert file.shape is None or file.shape.form == table.form
            is_direct = "/" not in file.path[len(place) :]
            assert is_direct or table.nests
    spec = found_table(table, "c").spec
    assert "void" not in {column["Type"] for column in spec["StorageDescriptor"]["Columns"]}


@given(st.text(st.sampled_from('ab1.,;\t|"\n\r -'), max_size=200))
def test_any_text_is_csv_or_not(text: str) -> None:
    found = recognised(text, CsvOptions())
    if found is not None:
        assert len(found.columns) == len(found.first) == len(found.below) >= 2
        assert len({name for name, _ in found.columns}) == len(found.columns)
