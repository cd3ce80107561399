"""Passwords of a script, and texts without them."""

import pytest

from placekeeper.rules.jobs.secret_texts import masked, secrets_of_script


@pytest.mark.parametrize(
    "line",
    [
        'read(connection_options={"user": "ann", "password": "hunter2"})',
        'read(connection_options={"user": "ann", "sfPassword": "hunter2"})',
        'spark.read.jdbc(url, "t", properties=dict(password="hunter2"))',
        'spark.read.format("jdbc").option("password", "hunter2").load()',
        'DB_PASSWORD = "hunter2"',
        'options["password"] = "hunter2"',
        'self.password = "hunter2"',
        'url = "jdbc:postgresql://h/d?user=ann&password=hunter2&ssl=true"',
        'url = "postgresql://ann:hunter2@h/d"',
        'url = "jdbc:sqlserver://h;user=ann;password=hunter2;encrypt=true"',
    ],
)
def test_literals_that_are_passwords_are_found(line: str) -> None:
    found = secrets_of_script(line)
    assert found == {"hunter2"}
    assert "hunter2" not in masked(line, found)


@pytest.mark.parametrize(
    "line", ['password = args["password"]', '{"user": "ann"}', "password = ''", '"http://h:80/x"', "x ="]
)
def test_others_are_none(line: str) -> None:
    assert secrets_of_script(line) == frozenset()


def test_a_password_is_found_in_each_spelling() -> None:
    secret = "p@ss wörd'\\"
    for text in (secret, "p%40ss%20w%C3%B6rd%27%5C", repr(secret)):
        assert "rd" not in masked(f"failed: {text}!", {secret})


def test_a_word_is_masked_as_a_word_and_a_short_one_as_a_password_alone() -> None:
    assert masked("postgres at postgresql://h, table postgres_1", {"postgres"}) == (
        "*** at postgresql://h, table postgres_1"
    )
    text = """{"password": "pw"} jdbc:x://a:pw@h?password=pw&b=pw, the pw of pw"""
    assert masked(text, {"pw"}) == '{"password": "***"} jdbc:x://a:***@h?password=***&b=pw, the pw of pw'
