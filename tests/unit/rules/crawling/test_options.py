"""Definitions of crawlers: the Configuration, defaults, and what is refused."""

from typing import Any

import pytest

from placekeeper.model.errors import InvalidInputException
from placekeeper.rules.crawling.definitions import changed_spec, crawler_spec, one_classifier
from placekeeper.rules.crawling.options import Behavior, CrawlOptions, options_of, unknown_keys

S3 = {"S3Targets": [{"Path": "s3://b/x"}]}
LOG = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
NEW = {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}


def given(**more: Any) -> dict[str, Any]:
    return {"Role": "role", "Targets": S3, **more}


def test_every_option_of_a_configuration() -> None:
    text = (
        '{"Version": 1.0, "CreatePartitionIndex": true, "CrawlerOutput": {"Tables": {"AddOrUpdateBehavior":'
        ' "MergeNewColumns", "TableThreshold": 7}, "Partitions":'
        ' {"AddOrUpdateBehavior": "InheritFromTable"}},'
        ' "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas", "TableLevelConfiguration": 3}}'
    )
    policy = {"UpdateBehavior": "LOG", "DeleteBehavior": "DELETE_FROM_DATABASE"}
    found = options_of({"Configuration": text, "SchemaChangePolicy": policy})
    assert found == CrawlOptions(
        merges=True,
        inherits=True,
        combines=True,
        level=3,
        most_tables=7,
        indexes=True,
        updates=False,
        deletes=Behavior.DELETE,
    )
    assert options_of({}) == CrawlOptions()


def test_a_key_that_is_like_no_other_is_named() -> None:
    spec = {"Configuration": '{"Version": 1.0, "Note": 1, "Grouping": {"Owner": {"Version": 2}}}'}
    assert options_of(spec) == CrawlOptions()
    assert unknown_keys(spec) == ["Note", "Grouping.Owner"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not the text of a JSON object"),
        ("[]", "not the text of a JSON object"),
        ("{}", "no Version 1.0"),
        ('{"Version": 2.0}', "no Version 1.0"),
        ('{"Version": 1.0, "Gruping": {}}', "Gruping in Configuration is no key; did you mean Grouping?"),
        (
            '{"Version": 1.0, "CrawlerOutput": {"Table": {}}}',
            "CrawlerOutput.Table in Configuration is no key",
        ),
        ('{"Version": 1.0, "Grouping": 1}', "Grouping in Configuration is 1"),
        ('{"Version": 1.0, "Grouping": {"TableGroupingPolicy": "All"}}', "may be CombineCompatibleSchemas"),
        ('{"Version": 1.0, "Grouping": {"TableLevelConfiguration": 0}}', "a whole number from 1"),
        ('{"Version": 1.0, "Grouping": {"TableLevelConfiguration": true}}', "a whole number from 1"),
    ],
)
def test_a_broken_configuration_is_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidInputException) as refused:
        crawler_spec(given(Configuration=text))
    assert why in str(refused.value)


def test_defaults_are_those_of_aws() -> None:
    spec = crawler_spec(given(Role="arn:aws:iam::123456789012:role/service-role/glue"))
    assert spec["Role"] == "service-role/glue"
    assert spec["Targets"]["S3Targets"] == [{"Path": "s3://b/x", "Exclusions": []}]
    assert spec["Targets"]["JdbcTargets"] == spec["Classifiers"] == []
    assert spec["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    assert spec["SchemaChangePolicy"] == {
        "UpdateBehavior": "UPDATE_IN_DATABASE",
        "DeleteBehavior": "DEPRECATE_IN_DATABASE",
    }
    assert spec["LineageConfiguration"] == {"CrawlerLineageSettings": "DISABLE"}
    assert spec["LakeFormationConfiguration"] == {"UseLakeFormationCredentials": False, "AccountId": ""}


def test_new_folders_only_forces_log() -> None:
    assert crawler_spec(given(RecrawlPolicy=NEW))["SchemaChangePolicy"] == LOG
    assert crawler_spec(given(RecrawlPolicy=NEW, SchemaChangePolicy=LOG))["SchemaChangePolicy"] == LOG
    with pytest.raises(InvalidInputException, match="can have only LOG DeleteBehavior"):
        crawler_spec(
            given(RecrawlPolicy=NEW, SchemaChangePolicy={**LOG, "UpdateBehavior": "UPDATE_IN_DATABASE"})
        )
    assert changed_spec(crawler_spec(given()), {"RecrawlPolicy": NEW})["SchemaChangePolicy"] == LOG


def test_catalog_targets_stand_alone_and_delete_nothing() -> None:
    targets = {"CatalogTargets": [{"DatabaseName": "d", "Tables": ["t"]}]}
    spec = crawler_spec({"Role": "r", "Targets": targets})
    assert spec["SchemaChangePolicy"]["DeleteBehavior"] == "LOG"
    with pytest.raises(InvalidInputException, match="cannot be combined"):
        crawler_spec({"Role": "r", "Targets": targets | S3})
    with pytest.raises(InvalidInputException, match="only the LOG DeleteBehavior"):
        crawler_spec(
            {
                "Role": "r",
                "Targets": targets,
                "SchemaChangePolicy": {"DeleteBehavior": "DELETE_FROM_DATABASE"},
            }
        )


def test_a_crawler_has_a_target() -> None:
    for targets in ({}, {"S3Targets": []}):
        with pytest.raises(InvalidInputException, match="At least one crawl target"):
            crawler_spec({"Role": "r", "Targets": targets})


def test_a_request_has_one_classifier() -> None:
    csv = {"CsvClassifier": {"Name": "c", "Delimiter": ";"}}
    assert one_classifier(csv) == ("CsvClassifier", "c", {"Delimiter": ";"})
    for params in ({}, {**csv, "JsonClassifier": {"Name": "j", "JsonPath": "$"}}):
        with pytest.raises(InvalidInputException, match="only one"):
            one_classifier(params)
