"""How files become tables and partitions."""

import pytest
from msgspec.structs import replace

from placekeeper.rules.crawling.grouping import Grouped, grouped, values_of
from placekeeper.rules.crawling.headers import HEADER, with_headers_of_others
from placekeeper.rules.crawling.shapes import Form, SeenFile, Shape, alike, safe_name, similar
from placekeeper.rules.crawling.table_inputs import found_table

ROOT = "s3://b/data/"
JSON = Form(format="json", classification="json")
CSV = Form(format="csv", classification="csv", details=(("delimiter", ","),))
PARQUET = Form(format="parquet", classification="parquet")
AB = (("a", "int"), ("b", "string"))
CD = (("c", "int"), ("d", "string"))


def file(
    below: str, columns: tuple[tuple[str, str], ...] = AB, form: Form = JSON, size: int = 10
) -> SeenFile:
    shape = Shape(form=form, columns=columns, records=1)
    return SeenFile(path=ROOT + below, size=size, modified_ms=0, shape=shape)


def found(*files: SeenFile, combines: bool = False, level: int | None = None, root: str = ROOT) -> Grouped:
    return grouped(root, files, combines=combines, level=level)


def said_of(group: Grouped) -> dict[str, tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """Name to the location below the root, the keys, and the folders of partitions."""
    return {
        table.name: (
            table.location.removeprefix(ROOT),
            table.keys,
            [leaf.folders for leaf in table.leaves] if table.keys else [],
        )
        for table in group.tables
    }


def test_folders_with_keys_are_partitions() -> None:
    group = found(file("year=2025/m=1/x"), file("year=2025/m=2/x"), file("year=2026/m=1/x"))
    assert said_of(group) == {
        "data": (
            "",
            ("year", "m"),
            [("year=2025", "m=1"), ("year=2025", "m=2"), ("year=2026", "m=1")],
        )
    }


def test_bytes_of_values_that_are_no_text_stay_as_they_are_spelled() -> None:
    group = found(file("k=%FF/x"), file("k=%FE/x"), file("k=a%20b/x"), file("k=%C3%BC/x"))
    values = [values_of(leaf) for leaf in group.tables[0].leaves]
    assert values == [("%FF",), ("%FE",), ("a b",), ("ü",)]


def test_folders_without_keys_are_numbered_by_their_level() -> None:
    group = found(file("t1/p1/f"), file("t1/p2/f"), file("t2/p3/f"))
    assert group.tables[0].keys == ("partition_0", "partition_1")
    mixed = found(file("year=1/x/f"), file("year=2/y/f"))
    assert mixed.tables[0].keys == ("year", "partition_1")


def test_files_in_one_folder_are_one_table() -> None:
    group = found(file("x.json"), file("y.json", (*AB, ("c", "double"))))
    assert said_of(group) == {"data": ("", (), [])}
    assert group.tables[0].columns == (*AB, ("c", "double"))


def test_schemas_that_differ_give_tables_of_their_own() -> None:
    """AWS's own example: year_2017 and year_2018."""
    files = [file("year=2017/data1.json"), file("year=2018/data2.json", CD)]
    assert said_of(found(*files)) == {
        "year_2017": ("year=2017/", (), []),
        "year_2018": ("year=2018/", (), []),
    }
    (combined,) = found(*files, combines=True).tables
    assert (combined.name, combined.columns, combined.keys) == ("data", (*AB, *CD), ("year",))


def test_a_minority_that_differs_is_a_partition_all_the_same() -> None:
    files = [*(file(f"d={n}/x") for n in range(8)), file("d=8/x", CD), file("d=9/x", CD)]
    (table,) = found(*files).tables
    assert (len(table.leaves), table.columns) == (10, (*AB, *CD))
    assert table.leaves[9].columns == CD


def test_six_kinds_of_schemas_are_too_many() -> None:
    kinds = [tuple((f"{n}{name}", "int") for name in "ab") for n in range(6)]
    assert not alike([*[kinds[0]] * 40, *kinds[1:]])
    assert alike([*[kinds[0]] * 40, *kinds[1:5]])


def test_another_form_is_never_a_partition() -> None:
    files = [*(file(f"d={n}/x", form=PARQUET) for n in range(9)), file("d=9/x.csv", form=CSV)]
    group = said_of(found(*files, combines=True))
    assert group["d_9"] == ("d=9/", (), [])
    assert len(group["data"][2]) == 9
    halves = found(file("d=1/x", form=PARQUET), file("d=2/x.csv", form=CSV), combines=True)
    assert set(said_of(halves)) == {"d_1", "d_2"}


def test_mixed_forms_in_one_folder_give_a_table_for_each_file() -> None:
    group = found(file("a.csv", form=CSV), file("b.json"), file("c.parquet", form=PARQUET))
    assert said_of(group) == {
        "a_csv": ("a.csv", (), []),
        "b_json": ("b.json", (), []),
        "c_parquet": ("c.parquet", (), []),
    }
    assert group.said == [f"{ROOT}: a table for each of 3 files: they differ in form or schema"]


def test_files_beside_folders() -> None:
    together = found(file("x"), file("sub/y"))
    assert (said_of(together), together.tables[0].nests) == ({"data": ("", (), [])}, True)
    with_keys = said_of(found(file("stray"), file("d=1/y"), file("d=2/y")))
    assert with_keys == {"stray": ("stray", (), []), "data": ("", ("d",), [("d=1",), ("d=2",)])}


def test_folders_of_unequal_depth_are_tables() -> None:
    assert said_of(found(file("a/x"), file("b/deep/y"))) == {
        "a": ("a/", (), []),
        "b": ("b/", ("partition_0",), [("deep",)]),
    }


def test_a_chain_of_folders_has_a_key_for_each() -> None:
    depth = 30
    (table,) = found(file("/".join(f"k{n}=v" for n in range(depth)) + "/x")).tables
    assert len(table.keys) == depth


def test_folders_may_be_thousands_deep() -> None:
    (table,) = found(file("a/" * 2000 + "x")).tables
    assert len(table.keys) == 2000


def test_of_two_folders_with_the_same_values_one_is_the_partition() -> None:
    group = found(file("d=a b/x"), file("d=a%20b/x"), file("D=1/x"), file("d=1/x"))
    (table,) = group.tables
    assert [leaf.folders for leaf in table.leaves] == [("d=a b",), ("D=1",)]
    assert [said.partition(": ")[0] for said in group.said] == [f"{ROOT}d=a%20b/", f"{ROOT}d=1/"]


def test_the_level_of_tables_counts_from_the_bucket() -> None:
    files = [file("t1/day=1/x"), file("t2/day=1/x", CD), file("x")]
    group = said_of(found(*files, level=3))
    assert group["t1"] == ("t1/", ("day",), [("day=1",)])
    assert group["t2"] == ("t2/", ("day",), [("day=1",)])
    assert group["data"][0] == ""
    local = SeenFile(path="file:///d/e/f", size=1, modified_ms=0, shape=file("x").shape)
    assert grouped("file:///d/", [local], combines=False, level=2).tables[0].location == "file:///d/e/"


def test_csv_of_other_places_is_not_one_table() -> None:
    """Its columns are read by their places, so files of one folder must agree on them."""
    turned = (("b", "string"), ("a", "int"))
    assert len(found(file("x", form=CSV), file("y", turned, CSV)).tables) == 2
    assert len(found(file("x", form=CSV), file("y", AB[:1], CSV)).tables) == 1
    (table,) = found(file("d=1/x", form=CSV), file("d=2/y", turned, CSV)).tables
    assert table.leaves[1].columns == turned
    beside = found(file("x", form=CSV), file("a/y", form=CSV), file("b/y", turned, CSV))
    assert not any(table.nests for table in beside.tables)


def test_a_key_that_is_a_column_gets_another_name() -> None:
    group = found(file("a=1/x"), file("a=2/x"))
    assert group.tables[0].keys == ("partition_0",)
    assert "there is a column a" in group.said[0]


def test_files_that_nobody_looked_into_count_too() -> None:
    unseen = SeenFile(path=ROOT + "d=1/y", size=1, modified_ms=0)
    (table,) = found(file("d=1/x"), unseen).tables
    assert len(table.leaves[0].files) == 2


@pytest.mark.parametrize(
    ("text", "name"),
    [("Year=2017", "year_2017"), ("a b.CSV", "a_b_csv"), ("größe", "gr__e"), ("x" * 300, "x" * 255)],
)
def test_names_are_safe(text: str, name: str) -> None:
    assert safe_name(text) == name


def test_similar_schemas() -> None:
    assert similar(AB, (*AB, ("c", "int"), ("d", "int")))
    assert similar((("a", "int"),), (("a", "double"),))
    assert not similar((("a", "int"),), (("a", "string"),))
    assert not similar(AB, CD)
    assert similar((), AB)


def test_a_row_of_texts_is_a_header_if_it_is_one_elsewhere() -> None:
    shown = Shape(
        form=CSV.with_detail(HEADER, "true"),
        columns=(("id", "bigint"), ("n", "string")),
        records=2,
        first=("id", "n"),
        below=("bigint", "string"),
    )
    hidden = Shape(
        form=CSV,
        columns=(("col0", "string"), ("col1", "string")),
        records=2,
        first=("id", "n"),
        below=("string", "string"),
    )
    files = [
        SeenFile(path=name, size=1, modified_ms=0, shape=shape)
        for name, shape in {"a": shown, "b": hidden}.items()
    ]
    second = with_headers_of_others(files)[1].shape
    assert second is not None
    assert (second.form, second.columns, second.records) == (
        shown.form,
        (("id", "string"), ("n", "string")),
        1,
    )


def test_files_beside_folders_of_which_one_is_different() -> None:
    """A table that is read with all folders below must not have others' files there."""
    folders = [file(f"f{number}/x") for number in range(8)]
    group = found(file("own"), *folders, file("other/x.csv", form=CSV))
    assert not any(table.nests for table in group.tables)
    assert set(said_of(group)) == {"own", "data", "other"}


def test_files_beside_folders_in_one_of_which_something_is_different() -> None:
    folders = [file(f"c/f{number}/x") for number in range(8)]
    group = found(file("own"), *folders, file("c/other/x.csv", form=CSV))
    assert not any(table.nests for table in group.tables)
    assert set(said_of(group)) == {"own", "data", "other"}


def test_a_folder_of_which_the_sample_was_bad_is_named() -> None:
    unseen = SeenFile(path=ROOT + "d=1/y", size=1, modified_ms=0)
    group = found(unseen)
    assert group.tables == []
    assert group.said == [f"{ROOT}d=1/: 1 file left out: no file of the sample was recognised"]


def test_what_a_table_of_csv_says() -> None:
    form = CSV.with_detail(HEADER, "true")
    plain = file("x", form=form)
    assert plain.shape is not None
    quoted = SeenFile(path=ROOT + "y", size=30, modified_ms=0, shape=replace(plain.shape, is_quoted=True))
    (table,) = found(plain, quoted).tables
    spec = found_table(table, "c").spec
    assert spec["Parameters"] == {
        "UPDATED_BY_CRAWLER": "c",
        "CrawlerSchemaSerializerVersion": "1.0",
        "CrawlerSchemaDeserializerVersion": "1.0",
        "classification": "csv",
        "compressionType": "none",
        "typeOfData": "file",
        "objectCount": "2",
        "sizeKey": "40",
        "recordCount": "2",
        "averageRecordSize": "20",
        "areColumnsQuoted": "true",
        "columnsOrdered": "true",
        "delimiter": ",",
        "skip.header.line.count": "1",
    }
    serde = spec["StorageDescriptor"]["SerdeInfo"]
    assert serde["SerializationLibrary"].endswith("LazySimpleSerDe")
    assert serde["Parameters"] == {"field.delim": ","}
