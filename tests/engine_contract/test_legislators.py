"""AWS's tutorial of joining and relationalizing, with a few records: keys and columns as it prints them."""

import importlib
import json
from types import SimpleNamespace

import pytest

from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.run.nested import NestedTransforms
from record_functions import AppliesFunctions
from scripts_in_process import awsglue_of

PERSONS = [
    {
        "id": "p1",
        "name": "Ada",
        "links": [{"note": "wiki", "url": "u1"}, {"note": "home", "url": "u2"}],
        "contact_details": [{"type": "fax", "value": "1"}, {"type": "phone", "value": "2"}],
        "images": [{"url": "i1"}],
    },
    {"id": "p2", "name": "Bo", "contact_details": [{"type": "phone", "value": "3"}]},
    {"id": "p3", "name": "Cy"},
]
MEMBERSHIPS = [
    {"person_id": "p1", "organization_id": "o1", "role": "member"},
    {"person_id": "p2", "organization_id": "o2", "role": "member"},
    {"person_id": "p1", "organization_id": "o2", "role": "chair"},
]
ORGANIZATIONS = [
    {"id": "o1", "name": "House", "identifiers": [{"scheme": "x"}], "seats": 435},
    {"id": "o2", "name": "Senate", "other_names": [{"name": "Upper"}], "seats": 100},
]


class Session(AppliesFunctions):
    initialised = False

    def __init__(self, engine):
        self.notes, self.spark = [], engine.session
        self.applied_by(engine)
        context = SimpleNamespace(engine=engine, note=self.note, formats=FORMATS)
        self.nested = NestedTransforms(context, None)

    def note(self, sentence):
        self.notes.append(sentence)


@pytest.fixture
def glue(engine, monkeypatch):
    with awsglue_of(Session(engine), monkeypatch):
        yield importlib.import_module("awsglue.context").GlueContext(None)


@pytest.fixture
def history(files, glue):
    dynamicframe = importlib.import_module("awsglue.dynamicframe")
    transforms = importlib.import_module("awsglue.transforms")

    def frame(name, records):
        files.put(f"{name}.json", "".join(f"{json.dumps(record)}\n" for record in records))
        chosen = [meta for meta in files.chosen() if meta.path.endswith(f"{name}.json")]
        return dynamicframe.DynamicFrame(files.scan("json", chosen), glue, name)

    persons, memberships = frame("persons", PERSONS), frame("memberships", MEMBERSHIPS)
    orgs = (
        frame("organizations", ORGANIZATIONS)
        .drop_fields(["other_names", "identifiers"])
        .rename_field("id", "org_id")
        .rename_field("name", "org_name")
    )
    return transforms.Join.apply(
        orgs, transforms.Join.apply(persons, memberships, "id", "person_id"), "org_id", "organization_id"
    ).drop_fields(["person_id", "org_id"])


def test_the_history_has_the_fields_of_all_three(history):
    assert history.count() == 3
    names = ["id", "name", "links", "contact_details", "images", "organization_id", "role"]
    assert sorted(history.toDF().columns) == sorted([*names, "org_name", "seats"])
    assert sorted(history.toDF().select("name", "org_name", "role").collect()) == [
        ("Ada", "House", "member"),
        ("Ada", "Senate", "chair"),
        ("Bo", "Senate", "member"),
    ]


def test_the_history_as_tables(history, capsys):
    tables = history.relationalize("hist_root", "s3://a/temp/")
    assert sorted(tables.keys()) == [
        "hist_root",
        "hist_root_contact_details",
        "hist_root_images",
        "hist_root_links",
    ]
    history.select_fields("contact_details").printSchema()
    assert capsys.readouterr().out.splitlines()[:5] == [
        "root",
        "|-- contact_details: array",
        "|    |-- element: struct",
        "|    |    |-- type: string",
        "|    |    |-- value: string",
    ]
    details = tables.select("hist_root_contact_details").toDF()
    assert [(field.name, field.dataType.simpleString()) for field in details.schema] == [
        ("id", "bigint"),
        ("index", "int"),
        ("contact_details.val.type", "string"),
        ("contact_details.val.value", "string"),
    ]
    details.createOrReplaceTempView("contact_details")
    tables.select("hist_root").toDF().createOrReplaceTempView("hist_root")
    joined = details.sparkSession.sql(
        "SELECT name, index, `contact_details.val.value` FROM hist_root JOIN contact_details "
        "ON hist_root.contact_details = contact_details.id"
    )
    both = [("Ada", 0, "1"), ("Ada", 0, "1"), ("Ada", 1, "2"), ("Ada", 1, "2"), ("Bo", 0, "3")]
    assert sorted(map(tuple, joined.collect())) == both
