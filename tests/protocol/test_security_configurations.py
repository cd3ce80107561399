"""boto3 against the server: security configurations."""

from typing import Any

import pytest

KEY = "arn:aws:kms:eu-central-1:123456789012:key/1"
ENCRYPTION = {
    "S3Encryption": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": KEY}],
    "CloudWatchEncryption": {"CloudWatchEncryptionMode": "DISABLED"},
    "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "DISABLED"},
}


def create(glue: Any, name: str = "secret", encryption: dict[str, Any] = ENCRYPTION) -> Any:
    return glue.create_security_configuration(Name=name, EncryptionConfiguration=encryption)


def test_what_was_sent_is_shown(glue: Any) -> None:
    created = create(glue)
    assert created["Name"] == "secret"
    shown = glue.get_security_configuration(Name="secret")["SecurityConfiguration"]
    assert shown == {
        "Name": "secret",
        "CreatedTimeStamp": created["CreatedTimestamp"],
        "EncryptionConfiguration": ENCRYPTION,
    }


def test_a_name_that_is_taken(glue: Any) -> None:
    create(glue)
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        create(glue)


def test_what_does_not_exist(glue: Any) -> None:
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_security_configuration(Name="absent")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.delete_security_configuration(Name="absent")


def test_pages_are_stable_while_some_are_added(glue: Any) -> None:
    names = [f"s-{number}" for number in range(5)]
    for name in names:
        create(glue, name)
    seen: list[str] = []
    pages = glue.get_paginator("get_security_configurations").paginate(PaginationConfig={"PageSize": 2})
    for page in pages:
        seen += [found["Name"] for found in page["SecurityConfigurations"]]
        create(glue, f"a-{len(seen)}")
    assert seen == names


def test_a_token_that_was_not_given(glue: Any, job: Any) -> None:
    for name in ("a", "b"):
        glue.create_job(**job(name))
    for token in ("x", glue.get_jobs(MaxResults=1)["NextToken"]):
        with pytest.raises(glue.exceptions.InvalidInputException):
            glue.get_security_configurations(NextToken=token)


def test_encryption_of_bookmarks_is_never_accepted_without_effect(glue: Any) -> None:
    encryption = {"JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": KEY}}
    with pytest.raises(glue.exceptions.InvalidInputException):
        create(glue, encryption=encryption)
    assert glue.get_security_configurations()["SecurityConfigurations"] == []


def test_a_job_names_one_that_exists(glue: Any, job: Any) -> None:
    with pytest.raises(glue.exceptions.InvalidInputException, match="secret does not exist"):
        glue.create_job(**job(SecurityConfiguration="secret"))
    create(glue)
    glue.create_job(**job(SecurityConfiguration="secret"))
    run_id = glue.start_job_run(JobName="flights")["JobRunId"]
    assert glue.get_job_run(JobName="flights", RunId=run_id)["JobRun"]["SecurityConfiguration"] == "secret"


def test_a_run_is_refused_when_its_configuration_is_gone(glue: Any, job: Any) -> None:
    create(glue)
    glue.create_job(**job(SecurityConfiguration="secret"))
    glue.delete_security_configuration(Name="secret")
    with pytest.raises(glue.exceptions.InvalidInputException, match="secret does not exist"):
        glue.start_job_run(JobName="flights")
    create(glue, "other")
    glue.start_job_run(JobName="flights", SecurityConfiguration="other")


def test_answers_are_as_the_model_says(post: Any, departures: Any) -> None:
    for operation, body in (
        ("CreateSecurityConfiguration", {"Name": "secret", "EncryptionConfiguration": ENCRYPTION}),
        ("GetSecurityConfiguration", {"Name": "secret"}),
        ("GetSecurityConfigurations", {"MaxResults": 1}),
        ("DeleteSecurityConfiguration", {"Name": "secret"}),
    ):
        answer = post(operation, body)
        assert answer.status == 200, answer.raw
        assert departures(operation, answer.json) == []
