"""What the model forbids, answered in AWS's words (docs/reference/errors.md#validation)."""

from typing import Any

import pytest
from botocore import model as botocore_model
from botocore.exceptions import ClientError

from placekeeper.model.errors import ValidationException
from placekeeper.server.protocol.patterns import compile_pattern
from placekeeper.server.protocol.validate import Checks, validate

P1 = "[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]*"
LONG = "x" * 256


def sentence(*violations: str) -> str:
    noun = "error" if len(violations) == 1 else "errors"
    return f"{len(violations)} validation {noun} detected: " + "; ".join(violations)


def failing(value: str, path: str, constraint: str) -> str:
    return f"Value {value} at '{path}' failed to satisfy constraint: {constraint}"


CASES = [
    ("get_job", {}, [failing("null", "jobName", "Member must not be null")]),
    (
        "get_job",
        {"JobName": ""},
        [failing("''", "jobName", "Member must have length greater than or equal to 1")],
    ),
    (
        "delete_job",
        {"JobName": LONG},
        [failing(f"'{LONG}'", "jobName", "Member must have length less than or equal to 255")],
    ),
    (
        "get_job_run",
        {"JobName": "a\nb"},
        [
            failing("null", "runId", "Member must not be null"),
            failing("'a\nb'", "jobName", f"Member must satisfy regular expression pattern: {P1}"),
        ],
    ),
    (
        "get_jobs",
        {"MaxResults": 0},
        [failing("'0'", "maxResults", "Member must have value greater than or equal to 1")],
    ),
    (
        "get_job_runs",
        {"JobName": "a", "MaxResults": 201},
        [failing("'201'", "maxResults", "Member must have value less than or equal to 200")],
    ),
    ("get_job_bookmark", {}, [failing("null", "jobName", "Member must not be null")]),
    (
        "create_job",
        {},
        [failing("null", path, "Member must not be null") for path in ("name", "role", "command")],
    ),
    (
        "create_job",
        {"Name": "a", "Role": "r", "Command": {"PythonVersion": "4"}, "ExecutionClass": "SLOW", "Timeout": 0},
        [
            failing(
                "'4'",
                "command.pythonVersion",
                "Member must satisfy regular expression pattern: ^([2-3]|3[.]9)$",
            ),
            failing("'SLOW'", "executionClass", "Member must satisfy enum value set: [FLEX, STANDARD]"),
            failing("'0'", "timeout", "Member must have value greater than or equal to 1"),
        ],
    ),
    (
        "create_job",
        {"Name": "a", "Role": "r", "Command": {}, "Connections": {"Connections": ["ok", LONG, None]}},
        [
            failing("null", "connections.connections.3.member", "Member must not be null"),
            failing(
                f"'[ok, {LONG}, null]'",
                "connections.connections",
                "Member must satisfy constraint: [Member must have length less than or equal to 255]",
            ),
        ],
    ),
    (
        "create_job",
        {"Name": "a", "Role": "r", "Command": {}, "Tags": {"": LONG + "x"}},
        [
            failing(
                f"'{{={LONG}x}}'",
                "tags",
                "Map keys must satisfy constraint: [Member must have length less than or equal to 128, "
                "Member must have length greater than or equal to 1]",
            ),
            failing(
                f"'{{={LONG}x}}'",
                "tags",
                "Map value must satisfy constraint: [Member must have length less than or equal to 256, "
                "Member must have length greater than or equal to 0]",
            ),
        ],
    ),
    (
        "create_job",
        {
            "Name": "a",
            "Role": "r",
            "Command": {},
            "CodeGenConfigurationNodes": {"n": {"ApplyMapping": {"Name": "m", "Inputs": [], "Mapping": []}}},
        },
        [
            failing(
                "'[]'",
                "codeGenConfigurationNodes.n.member.applyMapping.inputs",
                "Member must have length greater than or equal to 1",
            )
        ],
    ),
    (
        "start_job_run",
        {"JobName": "a", "Arguments": {"--a": None}},
        [failing("null", "arguments.--a.member", "Member must not be null")],
    ),
]


@pytest.mark.parametrize(("operation", "arguments", "violations"), CASES)
def test_all_violations_in_one_message(
    careless: Any, operation: str, arguments: dict[str, Any], violations: list[str]
) -> None:
    with pytest.raises(ClientError) as error:
        getattr(careless, operation)(**arguments)
    found = error.value.response
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert (found["Error"]["Code"], found["Error"]["Message"]) == (
        "ValidationException",
        sentence(*violations),
    )


def test_nothing_is_created_by_what_is_refused(careless: Any) -> None:
    with pytest.raises(ClientError):
        careless.create_job(Name="a", Role="r", Command={}, MaxRetries=1, Timeout=0)
    assert careless.get_jobs()["Jobs"] == []


def test_values_at_the_bounds_are_accepted(careless: Any, job: Any) -> None:
    name = "é" * 253 + "\t😀"
    careless.create_job(**job(name, Timeout=1, Tags={"k" * 128: "v" * 256}, Description=""))
    assert careless.get_job(JobName=name)["Job"]["Name"] == name


def shape(definition: dict[str, Any], **others: Any) -> Any:
    return botocore_model.ShapeResolver({"Root": definition, **others}).get_shape_by_name("Root")


def refusal(root: Any, value: Any) -> str:
    with pytest.raises(ValidationException) as error:
        validate(value, Checks().of(root))
    return error.value.message


def test_sensitive_values_are_not_repeated() -> None:
    root = shape(
        {"type": "structure", "members": {"Secret": {"shape": "S"}}},
        S={"type": "string", "max": 1, "sensitive": True},
    )
    assert refusal(root, {"Secret": "hidden"}) == sentence(
        "Value at 'secret' failed to satisfy constraint: Member must have length less than or equal to 1"
    )


SECRET = {"type": "string", "max": 3, "sensitive": True}
PLAIN = {"type": "string", "max": 3}
STRUCTURE = {"type": "structure", "members": {"Secret": {"shape": "S"}}}


@pytest.mark.parametrize(
    ("shapes", "value"),
    [
        ({"L": {"type": "list", "member": {"shape": "S"}}}, ["ok", "hidden"]),
        ({"L": {"type": "list", "member": {"shape": "S"}, "max": 1}}, ["hid", "den"]),
        ({"L": {"type": "list", "member": {"shape": "P"}, "max": 1, "sensitive": True}}, ["hid", "den"]),
        ({"L": {"type": "list", "member": {"shape": "E"}, "max": 0}, "E": STRUCTURE}, [{"Secret": "hid"}]),
        (
            {
                "L": {"type": "list", "member": {"shape": "M"}, "max": 0},
                "M": {"type": "map", "key": {"shape": "P"}, "value": {"shape": "S"}},
            },
            [{"a": "hid"}],
        ),
        ({"L": {"type": "map", "key": {"shape": "P"}, "value": {"shape": "S"}}}, {"a": "hidden"}),
        ({"L": {"type": "map", "key": {"shape": "P"}, "value": {"shape": "S"}}}, {"long": "hid"}),
        ({"L": {"type": "map", "key": {"shape": "S"}, "value": {"shape": "P"}}}, {"hidden": "a"}),
        (
            {
                "L": {"type": "map", "key": {"shape": "P"}, "value": {"shape": "E"}, "max": 0},
                "E": {"type": "structure", "members": {"Inner": {"shape": "L2"}}},
                "L2": {"type": "list", "member": {"shape": "S"}},
            },
            {"a": {"Inner": ["hid"]}},
        ),
        ({"L": {"type": "map", "key": {"shape": "S"}, "value": {"shape": "P"}}}, {"hid": None}),
    ],
)
def test_sensitive_values_are_not_repeated_wherever_they_are(shapes: dict[str, Any], value: Any) -> None:
    root = shape({"type": "structure", "members": {"A": {"shape": "L"}}}, S=SECRET, P=PLAIN, **shapes)
    message = refusal(root, {"A": value})
    assert "hid" not in message
    assert "den" not in message
    assert message.startswith("1 validation error detected: Value")


def test_other_values_beside_sensitive_ones_are_repeated() -> None:
    shapes: dict[str, Any] = {
        "L": {"type": "list", "member": {"shape": "P"}},
        "E": {"type": "structure", "members": {"Secret": {"shape": "S"}, "Plain": {"shape": "L"}}},
    }
    root = shape({"type": "structure", "members": {"A": {"shape": "E"}}}, S=SECRET, P=PLAIN, **shapes)
    message = refusal(root, {"A": {"Secret": "hidden", "Plain": ["shown"]}})
    assert "hidden" not in message
    assert "[shown]" in message


def test_a_shape_that_contains_itself() -> None:
    root = shape(
        {
            "type": "structure",
            "required": ["Id"],
            "members": {"Id": {"shape": "S"}, "Children": {"shape": "L"}},
        },
        S={"type": "string"},
        L={"type": "list", "member": {"shape": "Root"}},
    )
    value = {"Id": "a", "Children": [{"Id": "b"}, {"Id": "c", "Children": [{}]}]}
    assert refusal(root, value) == sentence(
        failing("null", "children.2.member.children.1.member.id", "Member must not be null")
    )


def test_a_message_lists_fifty_violations_and_counts_all() -> None:
    root = shape(
        {"type": "structure", "members": {"L": {"shape": "L"}}},
        L={"type": "list", "member": {"shape": "E"}},
        E={"type": "structure", "required": ["A"], "members": {"A": {"shape": "S"}}},
        S={"type": "string"},
    )
    message = refusal(root, {"L": [{}] * 1000})
    assert message.startswith("1000 validation errors detected: ")
    assert message.endswith("; and 950 more")


def test_long_values_are_cut_in_messages() -> None:
    root = shape({"type": "structure", "members": {"A": {"shape": "S"}}}, S={"type": "string", "max": 5})
    assert len(refusal(root, {"A": "x" * 100_000})) < 1200


def test_every_pattern_of_the_model_is_understood(model: Any) -> None:
    service = model._service
    patterns = {service.shape_for(name).metadata.get("pattern") for name in service.shape_names} - {None}
    assert len(patterns) > 50
    for pattern in patterns:
        assert compile_pattern(pattern).groups == 0  # what a group captures costs ten times the match


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        (P1, ["", "é\t", "😀", "\U0010ffff", "\ue000"], ["\n", "a\r", "\x00", "\ufffe", "\x1f"]),
        (r"[\p{L}\p{N}\p{P}]*", ["aé٣-_", "", "漢"], [" ", "+", "a\n"]),
        (r"\p{L}", ["a"], ["1", "ab"]),
        (".*", ["abc"], ["a\nb", "a\u2028", "a\x85"]),
        (r"^((\w+\.)+\w+|auto)$", ["5.0", "auto", "a.b.c"], ["5", "é.1", "auto\n"]),
        ("[.a]", [".", "a"], ["b"]),
        ("[[a]", ["[", "a"], ["b"]),
        (r"\.", ["."], ["a"]),
    ],
)
def test_patterns_are_read_as_java_reads_them(pattern: str, matching: list[str], others: list[str]) -> None:
    compiled = compile_pattern(pattern)
    assert [text for text in matching if not compiled.fullmatch(text)] == []
    assert [text for text in others if compiled.fullmatch(text)] == []
