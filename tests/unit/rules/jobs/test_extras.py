"""What a job asks for beside its script, as AWS has it spelled."""

import pytest

from placekeeper.model.errors import UsageError
from placekeeper.rules.jobs.extras import (
    Extras,
    customer_variables,
    is_stored,
    locations,
    requirements,
    spark_settings,
)


def test_locations_are_separated_by_commas() -> None:
    assert locations(" s3://b/a.py, lib/c.zip ,,") == ("s3://b/a.py", "lib/c.zip")
    assert locations("") == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("a==1,b", ("a==1", "b")),
        ("a>=1,<2, b", ("a>=1,<2", "b")),
        ("a[x,y]==1,s3://b/c.whl", ("a[x,y]==1", "s3://b/c.whl")),
        (" a , !=3 ,b ~= 2", ("a,!=3", "b ~= 2")),
    ],
)
def test_a_comma_within_a_requirement_does_not_end_it(text: str, found: tuple[str, ...]) -> None:
    assert requirements(text) == found


@pytest.mark.parametrize(
    ("requirement", "stored"),
    [
        ("s3://b/a-1-py3-none-any.whl", True),
        ("file:///x/a.tar.gz", True),
        ("wheels/a-1-py3-none-any.whl", True),
        ("s3://b/requirements.txt", True),
        ("gs://b/a-1-py3-none-any.whl", True),
        ("abfss://c@account.dfs.core.windows.net/a.whl", True),
        ("https://example.org/all.gluewheels.zip?sig=a", True),
        ("pandas==2.2.3", False),
        ("git+https://example.org/a.git@v1", False),
        ("https://example.org/a-1-py3-none-any.whl", False),
        ("a @ https://example.org/a.zip", False),
    ],
)
def test_what_is_fetched_and_what_the_installer_finds_itself(requirement: str, stored: bool) -> None:
    assert is_stored(requirement) is stored


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("spark.a=b", {"spark.a": "b"}),
        ("spark.a=b --conf spark.c=d=e", {"spark.a": "b", "spark.c": "d=e"}),
        ("--conf spark.a=1 --conf=spark.b=x y\n--conf spark.a=2", {"spark.a": "2", "spark.b": "x y"}),
        ("spark.o=-Da=1 -Db=--config", {"spark.o": "-Da=1 -Db=--config"}),
    ],
)
def test_settings_have_glues_own_spelling(text: str, found: dict[str, str]) -> None:
    assert spark_settings(text) == found


def test_variables_have_a_prefix_and_others_are_said() -> None:
    text = 'CUSTOMER_A=1, CUSTOMER_B="x, y",HOME=/,CUSTOMER_C=a=b,CUSTOMER_D='

    variables, notes = customer_variables("--customer-driver-env-vars", text)

    assert variables == {"CUSTOMER_A": "1", "CUSTOMER_B": "x, y", "CUSTOMER_C": "a=b", "CUSTOMER_D": ""}
    assert notes == ["--customer-driver-env-vars ignores HOME: names of variables must begin with CUSTOMER_"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("--conf", "spark.a"),
        ("--conf", "=b"),
        ("--extra-py-files", "s3://b/lib/"),
        ("--customer-driver-env-vars", "CUSTOMER_A"),
        ("--customer-executor-env-vars", 'CUSTOMER_A="x'),
        ("--python-modules-installer-option", "'--upgrade"),
    ],
)
def test_what_cannot_be_understood_names_its_parameter(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"^{name} "):
        Extras.of({name: value})


def test_the_master_is_not_a_setting() -> None:
    extras = Extras.of({"--conf": "spark.master=yarn --conf spark.sql.a=b"})

    assert extras.settings == {"spark.sql.a": "b"}
    assert extras.notes == ("--conf spark.master is without effect: --master names a Spark cluster",)
