"""boto3 against the server: the policy, the encryption, and the one catalog there is."""

import json
from typing import Any

import pytest

from placekeeper.model.account import Account

POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
OTHER = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny"}]})
ACCOUNT = "123456789012"
CATALOG = f"arn:aws:glue:eu-central-1:{ACCOUNT}:catalog"

both = pytest.mark.parametrize("database_kind", ["sqlite", "postgres"])


@both
def test_a_policy_is_shown_until_it_is_deleted(glue: Any) -> None:
    assert glue.get_resource_policies()["GetResourcePoliciesResponseList"] == []
    for ask in (glue.get_resource_policy, glue.delete_resource_policy):
        with pytest.raises(glue.exceptions.EntityNotFoundException) as refused:
            ask()
        assert refused.value.response["Error"]["Message"] == "Policy not found"

    first = glue.put_resource_policy(PolicyInJson=POLICY, EnableHybrid="TRUE")["PolicyHash"]
    shown = glue.get_resource_policy()
    assert (shown["PolicyInJson"], shown["PolicyHash"]) == (POLICY, first)
    assert shown["CreateTime"] == shown["UpdateTime"]

    second = glue.put_resource_policy(PolicyInJson=OTHER)["PolicyHash"]
    assert second != first
    changed = glue.get_resource_policy(ResourceArn=CATALOG)
    assert (changed["PolicyInJson"], changed["CreateTime"]) == (OTHER, shown["CreateTime"])
    assert changed["UpdateTime"] > changed["CreateTime"]
    listed = glue.get_resource_policies(MaxResults=1)
    del changed["ResponseMetadata"]
    assert (listed["GetResourcePoliciesResponseList"], "NextToken" in listed) == ([changed], False)

    glue.delete_resource_policy(PolicyHashCondition=second)
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_resource_policy()


@both
def test_conditions_of_a_policy(glue: Any) -> None:
    def put(**conditions: str) -> str:
        return str(glue.put_resource_policy(PolicyInJson=POLICY, **conditions)["PolicyHash"])

    fails = glue.exceptions.ConditionCheckFailureException
    for conditions in ({"PolicyExistsCondition": "MUST_EXIST"}, {"PolicyHashCondition": "x"}):
        with pytest.raises(fails):
            put(**conditions)
    hash = put(PolicyExistsCondition="NOT_EXIST")
    with pytest.raises(fails, match="NOT_EXIST"):
        put(PolicyExistsCondition="NOT_EXIST")
    put(PolicyExistsCondition="MUST_EXIST", PolicyHashCondition=hash)
    put(PolicyExistsCondition="NONE")
    for ask in (
        lambda: put(PolicyHashCondition="x"),
        lambda: glue.delete_resource_policy(PolicyHashCondition="x"),
    ):
        with pytest.raises(fails, match="GetResourcePolicy"):
            ask()
    assert glue.get_resource_policy()["PolicyInJson"] == POLICY


def test_policies_that_cannot_be(glue: Any) -> None:
    for text in ("no", "[]", "[" * 5000, '{"a":'):
        with pytest.raises(glue.exceptions.InvalidInputException, match="not a JSON object"):
            glue.put_resource_policy(PolicyInJson=text)
    with pytest.raises(glue.exceptions.InvalidInputException, match="resource level policy"):
        glue.put_resource_policy(PolicyInJson=POLICY, ResourceArn=CATALOG)
    glue.put_resource_policy(PolicyInJson=POLICY)
    with pytest.raises(glue.exceptions.EntityNotFoundException, match="Policy not found"):
        glue.get_resource_policy(ResourceArn=CATALOG.replace("catalog", "database/a"))


@both
def test_encryption_is_shown_as_it_was_sent(glue: Any) -> None:
    def shown() -> Any:
        return glue.get_data_catalog_encryption_settings()["DataCatalogEncryptionSettings"]

    plain = {
        "EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
        "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False},
    }
    spec = {
        "EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": "key/1"},
        "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": True, "AwsKmsKeyId": "key/2"},
    }
    assert shown() == plain
    glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings=spec)
    assert shown() == spec
    glue.put_data_catalog_encryption_settings(
        DataCatalogEncryptionSettings={"EncryptionAtRest": spec["EncryptionAtRest"]}
    )
    assert shown() == {**plain, "EncryptionAtRest": spec["EncryptionAtRest"]}
    glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings={})
    assert shown() == plain


@pytest.mark.parametrize("account", [Account(id=ACCOUNT, is_named=True)])
def test_there_is_one_catalog(glue: Any) -> None:
    shown = glue.get_catalog(CatalogId=ACCOUNT)["Catalog"]
    assert (shown["CatalogId"], shown["Name"]) == (ACCOUNT, ACCOUNT)
    assert glue.get_catalogs(IncludeRoot=True)["CatalogList"] == [shown]
    assert glue.get_catalogs()["CatalogList"] == []
    assert glue.get_catalogs(ParentCatalogId=ACCOUNT, Recursive=True)["CatalogList"] == []
    with pytest.raises(glue.exceptions.InvalidInputException, match="IncludeRoot"):
        glue.get_catalogs(ParentCatalogId=ACCOUNT, IncludeRoot=False)
    for ask in (
        lambda: glue.get_catalog(CatalogId="210987654321"),
        lambda: glue.get_catalogs(ParentCatalogId=f"{ACCOUNT}:inner"),
    ):
        with pytest.raises(glue.exceptions.EntityNotFoundException, match="This server has one catalog"):
            ask()


@pytest.mark.parametrize("account", [Account(id=ACCOUNT, is_named=True)])
def test_no_catalog_is_made_changed_or_deleted(glue: Any) -> None:
    for ask in (
        lambda: glue.create_catalog(Name="inner", CatalogInput={}),
        lambda: glue.update_catalog(CatalogId=ACCOUNT, CatalogInput={}),
        lambda: glue.delete_catalog(CatalogId=ACCOUNT),
    ):
        with pytest.raises(glue.exceptions.InvalidInputException, match=f"one catalog.*{ACCOUNT}.*databases"):
            ask()


def test_athena_has_nothing_to_import(glue: Any) -> None:
    glue.import_catalog_to_glue()
    assert glue.get_catalog_import_status()["ImportStatus"] == {"ImportCompleted": True}


def test_answers_are_as_the_model_says(post: Any, departures: Any) -> None:
    encryption = {"EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"}}
    for operation, body in (
        ("PutResourcePolicy", {"PolicyInJson": POLICY}),
        ("GetResourcePolicy", {}),
        ("GetResourcePolicies", {}),
        ("DeleteResourcePolicy", {}),
        ("PutDataCatalogEncryptionSettings", {"DataCatalogEncryptionSettings": encryption}),
        ("GetDataCatalogEncryptionSettings", {}),
        ("GetCatalog", {"CatalogId": "000000000000"}),
        ("GetCatalogs", {"IncludeRoot": True}),
        ("ImportCatalogToGlue", {}),
        ("GetCatalogImportStatus", {}),
    ):
        answer = post(operation, body)
        assert answer.status == 200, answer.raw
        assert departures(operation, answer.json) == []
