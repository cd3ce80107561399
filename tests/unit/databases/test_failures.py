"""What a driver says becomes a sentence without the password."""

import pytest

from placekeeper.databases.failures import failed
from placekeeper.model.databases import Login


@pytest.mark.parametrize(
    ("password", "said", "shown"),
    [
        ("a", "table a has a bad state", "table a has a bad state"),
        ("a", "no way to mysql://me:a@host/a", "no way to mysql://me:***@host/a"),
        ("open sesame", "password open sesame is wrong", "password *** is wrong"),
        ("w@rd", "mysql://me:w%40rd@host", "mysql://me:***@host"),
    ],
)
def test_a_password_is_hidden_and_other_words_are_not(password: str, said: str, shown: str) -> None:
    login = Login(product="mysql", host="h", database="d", user="me", password=password)
    assert shown in str(failed(login, said))
