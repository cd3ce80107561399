"""XML as scripts see it, on every engine."""

from typing import Any

import pytest

from placekeeper.runtime.engines.registry import installed
from placekeeper.runtime.types.fields import is_choice

ONE = """<?xml version="1.0"?>
<orders><order id="1"><item sku="a">2</item><total>10</total><note/></order>
<order id="2"><item sku="b">1</item><item sku="c">4</item><total>9.5</total><note>x</note></order></orders>
"""
TWO = '<orders><order id="x"><total>7</total><note>late</note></order></orders>'


def test_files_of_rows(files: Any) -> None:
    files.put("a.xml", ONE)
    files.put("b.xml", TWO)

    frame = files.scan("xml", rowTag="order")
    assert [field.name for field in frame.schema] == ["_id", "item", "total", "note"]
    assert is_choice(frame.schema.field("item"))
    assert is_choice(frame.schema.field("_id"))
    assert files.rows("xml", ROWTAG="order") == [
        {
            "_id": {"int": 1, "string": None},
            "item": {"array": None, "struct": {"_sku": "a", "_VALUE": 2}},
            "total": {"double": None, "int": 10},
            "note": "",
        },
        {
            "_id": {"int": 2, "string": None},
            "item": {"array": [{"_sku": "b", "_VALUE": 1}, {"_sku": "c", "_VALUE": 4}], "struct": None},
            "total": {"double": 9.5, "int": None},
            "note": "x",
        },
        {
            "_id": {"int": None, "string": "x"},
            "item": None,
            "total": {"double": None, "int": 7},
            "note": "late",
        },
    ]


def test_missing_fields_are_no_nulls(files: Any) -> None:
    files.put(
        "a.xml", "<r><row><a>1</a><s><x>1</x></s></row><row><a/><s><y>1</y></s></row><row><b>2</b></row></r>"
    )

    exact = files.scan("xml", rowTag="row").exact_form()
    assert exact.missing.listed  # empty and absent are told apart
    assert len(exact.dataframe.collect()) == 3


def test_a_broken_file_fails_by_name_and_place(files: Any) -> None:
    files.put("a.xml", "<r><row><a>1</a></row>\n<row><a>2</a></ro")

    with pytest.raises(Exception, match=r"a\.xml, line 2, column") as caught:
        files.scan("xml", rowTag="row")
    assert "broken XML" in str(caught.value)


TRIED = """<top xmlns:x="http://x">
<row><i>007</i><p>+5</p><half>.5</half><big>1.5e3</big><yes>TRUE</yes><word>5f</word><empty></empty></row>
<row id="1"><mixed>Hello <b>big</b> world</mixed><price cur="EUR">5</price><bare x="1"/><x:y>1</x:y></row>
<row id="2"><empty>x</empty><rep>1</rep><rep>2</rep><one><q>1</q></one></row>
<row>text</row><row><row>inner</row></row><row self="1"/><row/>
<rowx><i>9</i></rowx><deep><row><s>a<![CDATA[<b>]]></s></row></deep>
</top>"""


@pytest.mark.skipif(not installed().spark, reason="Sail reads no XML itself")
def test_it_is_like_the_reader_of_spark(files: Any, engine: Any) -> None:
    files.put("a.xml", TRIED)

    options = {"rowTag": "row", "ignoreSurroundingSpaces": "true", "inferSchema": "true"}
    theirs = engine.session.read.format("xml").options(**options).load(str(files.folder))
    ours = files.scan("xml", rowTag="row", ignoreSurroundingSpaces=True).dataframe
    assert sorted(ours.columns) == sorted(theirs.columns)
    columns = sorted(theirs.columns)

    def plain(frame: Any) -> list[Any]:
        rows = [row.asDict(recursive=True) for row in frame.collect()]
        return sorted(([row[name] for name in columns] for row in rows), key=repr)

    assert plain(ours) == plain(theirs)
