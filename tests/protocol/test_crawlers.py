"""boto3 against the server: crawlers and classifiers, and what the process of a crawl says."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from placekeeper.control.service import Control
from placekeeper.launch.orders import Orders
from placekeeper.model.crawling import CrawlState
from placekeeper.wiring.missing_engine import refuse_crawl

ARN = "arn:aws:glue:eu-central-1:000000000000:crawler/"
both = pytest.mark.parametrize("database_kind", ["sqlite", "postgres"])


def crawler(name: str = "c", **more: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "Role": "role",
        "DatabaseName": "db",
        "Targets": {"S3Targets": [{"Path": "s3://b/t"}]},
        **more,
    }


@pytest.fixture
def refused(careless: Any) -> Callable[..., str]:
    """The code of the error that a call gets."""

    def call(operation: str, **params: Any) -> str:
        with pytest.raises(ClientError) as error:
            getattr(careless, operation)(**params)
        assert error.value.response["Error"]["Message"]
        return str(error.value.response["Error"]["Code"])

    return call


@pytest.fixture
def begun(control: Control, glue: Any) -> Callable[[str], tuple[Any, str]]:
    """A crawl that a launcher has taken, and its token."""

    def begin(name: str) -> tuple[Any, str]:
        with control.crawl_lifecycle._store.write() as tx:
            if not tx.launchers.renew("me"):
                tx.launchers.insert("me", host="here")
        glue.start_crawler(Name=name)
        (waiting,) = control.crawl_lifecycle.waiting()
        taken = control.crawl_lifecycle.take(waiting, "me")
        assert taken is not None
        return taken

    return begin


@both
def test_a_crawler_is_shown_with_the_defaults_of_aws(glue: Any, departures: Any, post: Any) -> None:
    glue.create_crawler(**crawler(Schedule="cron(0 1 * * ? *)", Tags={"a": "b"}, TablePrefix="x_"))
    shown = glue.get_crawler(Name="c")["Crawler"]
    assert (shown["State"], shown["CrawlElapsedTime"], shown["Version"]) == ("READY", 0, 1)
    assert shown["Schedule"] == {"ScheduleExpression": "cron(0 1 * * ? *)", "State": "SCHEDULED"}
    assert shown["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    assert "LastCrawl" not in shown
    assert glue.get_tags(ResourceArn=ARN + "c")["Tags"] == {"a": "b"}
    assert departures("GetCrawler", post("GetCrawler", {"Name": "c"}).json) == []


@both
def test_what_cannot_be_created(glue: Any, refused: Callable[..., str]) -> None:
    glue.create_crawler(**crawler())
    assert refused("create_crawler", **crawler()) == "AlreadyExistsException"
    for wrong in (
        {"Targets": {}},
        {"Schedule": "rate(1 day)"},
        {"Classifiers": ["absent"]},
        {"Configuration": "{"},
        {"Tags": {"aws:x": "y"}},
    ):
        assert refused("create_crawler", **crawler("d", **wrong)) == "InvalidInputException"
    assert glue.list_crawlers()["CrawlerNames"] == ["c"]


@both
def test_an_update_changes_what_it_names(glue: Any, refused: Callable[..., str], begun: Any) -> None:
    glue.create_crawler(**crawler(Description="old", Schedule="cron(0 1 * * ? *)"))
    glue.update_crawler(Name="c", DatabaseName="other", SchemaChangePolicy={"UpdateBehavior": "LOG"})
    shown = glue.get_crawler(Name="c")["Crawler"]
    assert (shown["DatabaseName"], shown["Description"], shown["Version"]) == ("other", "old", 2)
    assert shown["SchemaChangePolicy"] == {"UpdateBehavior": "LOG", "DeleteBehavior": "DEPRECATE_IN_DATABASE"}
    assert shown["Schedule"]["State"] == "SCHEDULED"
    assert refused("update_crawler", Name="absent") == "EntityNotFoundException"
    assert refused("update_crawler", Name="c", Schedule="cron(x)") == "InvalidInputException"
    begun("c")
    assert refused("update_crawler", Name="c", Role="r") == "CrawlerRunningException"
    assert refused("delete_crawler", Name="c") == "CrawlerRunningException"


@both
def test_listings(glue: Any) -> None:
    for number in range(5):
        glue.create_crawler(**crawler(f"c{number}", Tags={"odd": str(number % 2)}))
    names = [f"c{number}" for number in range(5)]
    pages = glue.get_paginator("get_crawlers").paginate(PaginationConfig={"PageSize": 2})
    assert [shown["Name"] for page in pages for shown in page["Crawlers"]] == names
    first = glue.list_crawlers(MaxResults=3)
    assert (first["CrawlerNames"], len(glue.list_crawlers(NextToken=first["NextToken"])["CrawlerNames"])) == (
        names[:3],
        2,
    )
    assert glue.list_crawlers(Tags={"odd": "1"})["CrawlerNames"] == ["c1", "c3"]
    odd = glue.list_crawlers(Tags={"odd": "1"}, MaxResults=1)
    assert glue.list_crawlers(Tags={"odd": "1"}, NextToken=odd["NextToken"])["CrawlerNames"] == ["c3"]
    found = glue.batch_get_crawlers(CrawlerNames=["c3", "absent", "c1"])
    assert [shown["Name"] for shown in found["Crawlers"]] == ["c3", "c1"]
    assert found["CrawlersNotFound"] == ["absent"]
    pages = glue.get_paginator("get_crawler_metrics").paginate(PaginationConfig={"PageSize": 2})
    assert [one["CrawlerName"] for page in pages for one in page["CrawlerMetricsList"]] == names
    named = glue.get_crawler_metrics(CrawlerNameList=["c1", "absent"])["CrawlerMetricsList"]
    assert [one["CrawlerName"] for one in named] == ["c1"]


@both
def test_schedules(glue: Any, refused: Callable[..., str]) -> None:
    glue.create_crawler(**crawler())
    assert "Schedule" not in glue.get_crawler(Name="c")["Crawler"]
    assert refused("start_crawler_schedule", CrawlerName="c") == "NoScheduleException"
    assert refused("stop_crawler_schedule", CrawlerName="c") == "SchedulerNotRunningException"
    glue.update_crawler_schedule(CrawlerName="c", Schedule="cron(0 1 * * ? *)")
    assert refused("start_crawler_schedule", CrawlerName="c") == "SchedulerRunningException"
    glue.stop_crawler_schedule(CrawlerName="c")
    assert glue.get_crawler(Name="c")["Crawler"]["Schedule"]["State"] == "NOT_SCHEDULED"
    glue.start_crawler_schedule(CrawlerName="c")
    assert glue.get_crawler(Name="c")["Crawler"]["Schedule"]["State"] == "SCHEDULED"
    assert refused("update_crawler_schedule", CrawlerName="c", Schedule="cron(1)") == "InvalidInputException"
    for operation in ("start_crawler_schedule", "stop_crawler_schedule", "update_crawler_schedule"):
        assert refused(operation, CrawlerName="absent") == "EntityNotFoundException"


@both
def test_start_and_stop(glue: Any, control: Control, refused: Callable[..., str], begun: Any) -> None:
    glue.create_crawler(**crawler())
    assert refused("start_crawler", Name="absent") == "EntityNotFoundException"
    assert refused("stop_crawler", Name="absent") == "EntityNotFoundException"
    assert refused("stop_crawler", Name="c") == "CrawlerNotRunningException"
    glue.start_crawler(Name="c")
    assert glue.get_crawler(Name="c")["Crawler"]["State"] == "RUNNING"
    assert refused("start_crawler", Name="c") == "CrawlerRunningException"
    glue.stop_crawler(Name="c")  # nobody has taken it
    shown = glue.get_crawler(Name="c")["Crawler"]
    assert (shown["State"], shown["LastCrawl"]["Status"]) == ("READY", "CANCELLED")

    crawl, _ = begun("c")
    glue.stop_crawler(Name="c")
    assert glue.get_crawler(Name="c")["Crawler"]["State"] == "STOPPING"
    assert refused("stop_crawler", Name="c") == "CrawlerStoppingException"
    control.crawl_lifecycle.move(crawl, CrawlState.STOPPED)
    assert [one["State"] for one in glue.list_crawls(CrawlerName="c")["Crawls"]] == ["STOPPED", "STOPPED"]
    glue.delete_crawler(Name="c")
    assert refused("list_crawls", CrawlerName="c") == "EntityNotFoundException"
    assert refused("get_tags", ResourceArn=ARN + "c") == "EntityNotFoundException"


@both
def test_the_history_is_paged_and_filtered(
    glue: Any, control: Control, refused: Callable[..., str], begun: Any
) -> None:
    glue.create_crawler(**crawler())
    crawls = []
    for state, why in ((CrawlState.COMPLETED, None), (CrawlState.FAILED, "no"), (CrawlState.COMPLETED, None)):
        crawl, _ = begun("c")
        control.crawl_lifecycle.move(crawl, state, why)
        crawls.append(crawl)

    def listed(*filters: tuple[str, str, str], **more: Any) -> list[str]:
        names = ("FieldName", "FilterOperator", "FieldValue")
        sent = [dict(zip(names, one, strict=True)) for one in filters]
        return [one["CrawlId"] for one in glue.list_crawls(CrawlerName="c", Filters=sent, **more)["Crawls"]]

    ids = [crawl.id for crawl in reversed(crawls)]
    assert listed() == ids
    assert listed(("STATE", "EQ", "FAILED")) == ids[1:2]
    assert listed(("STATE", "NE", "FAILED")) == [ids[0], ids[2]]
    assert listed(("CRAWL_ID", "EQ", ids[2])) == ids[2:]
    assert listed(("START_TIME", "GT", str(crawls[0].started_ms))) == ids[:2]
    assert listed(("START_TIME", "LE", str(crawls[0].started_ms)), ("STATE", "EQ", "FAILED")) == []
    first = glue.list_crawls(CrawlerName="c", MaxResults=2)
    assert glue.list_crawls(CrawlerName="c", NextToken=first["NextToken"])["Crawls"][0]["CrawlId"] == ids[2]
    assert glue.list_crawls(CrawlerName="c", MaxResults=2)["Crawls"][1]["ErrorMessage"] == "no"
    wrong = [{"FieldName": "START_TIME", "FilterOperator": "GT", "FieldValue": "today"}]
    assert refused("list_crawls", CrawlerName="c", Filters=wrong) == "InvalidInputException"
    (figures,) = glue.get_crawler_metrics(CrawlerNameList=["c"])["CrawlerMetricsList"]
    assert figures["LastRuntimeSeconds"] > 0
    assert glue.get_crawler(Name="c")["Crawler"]["LastCrawl"]["Status"] == "SUCCEEDED"


@both
@pytest.mark.parametrize(
    ("kind", "spec", "change"),
    [
        ("CsvClassifier", {"Delimiter": ";", "ContainsHeader": "PRESENT"}, {"Delimiter": "|"}),
        ("JsonClassifier", {"JsonPath": "$.rows[*]"}, {"JsonPath": "$"}),
        ("XMLClassifier", {"Classification": "xml", "RowTag": "row"}, {"RowTag": "item"}),
        ("GrokClassifier", {"Classification": "log", "GrokPattern": "%{IP:ip}"}, {"CustomPatterns": "X y"}),
    ],
)
def test_classifiers(
    glue: Any, refused: Callable[..., str], kind: str, spec: dict[str, Any], change: dict[str, Any]
) -> None:
    glue.create_classifier(**{kind: {"Name": "k", **spec}})
    shown = glue.get_classifier(Name="k")["Classifier"][kind]
    assert (shown["Version"], {name: shown[name] for name in spec}) == (1, spec)
    glue.update_classifier(**{kind: {"Name": "k", **change}})
    after = glue.get_classifiers()["Classifiers"][0][kind]
    assert (after["Version"], {name: after[name] for name in spec | change}) == (2, spec | change)
    assert refused("create_classifier", **{kind: {"Name": "k", **spec}}) == "AlreadyExistsException"
    assert refused("create_classifier") == "InvalidInputException"
    other = {"CsvClassifier": {"Name": "k"}} if kind != "CsvClassifier" else {"XMLClassifier": {"Name": "k"}}
    assert refused("update_classifier", **other) == "InvalidInputException"
    assert refused("update_classifier", **{kind: {"Name": "x", **change}}) == "EntityNotFoundException"
    glue.create_crawler(**crawler(Classifiers=["k"]))
    glue.delete_classifier(Name="k")
    assert refused("delete_classifier", Name="k") == "EntityNotFoundException"
    assert refused("get_classifier", Name="k") == "EntityNotFoundException"


def test_classifiers_are_paged(glue: Any) -> None:
    for number in range(3):
        glue.create_classifier(CsvClassifier={"Name": f"k{number}"})
    pages = glue.get_paginator("get_classifiers").paginate(PaginationConfig={"PageSize": 2})
    found = [one["CsvClassifier"]["Name"] for page in pages for one in page["Classifiers"]]
    assert found == ["k0", "k1", "k2"]


def table(location: str, *columns: str, keys: tuple[str, ...] = ()) -> dict[str, Any]:
    parameters = {"UPDATED_BY_CRAWLER": "c", "classification": "json"}
    return {
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": "int"} for name in columns],
            "Location": location,
            "SerdeInfo": {"Parameters": {}},
        },
        "PartitionKeys": [{"Name": name, "Type": "string"} for name in keys],
        "Parameters": parameters,
    }


def part(location: str, *columns: str) -> dict[str, Any]:
    spec = table(location, *columns)
    return {"StorageDescriptor": spec["StorageDescriptor"], "Parameters": spec["Parameters"]}


@pytest.fixture
def process(glue: Any, say: Callable[..., Any], begun: Any, control: Control) -> Callable[..., Any]:
    """One crawl of the crawler c, whose process says these things; the answers."""

    def crawl(*calls: tuple[str, dict[str, Any]]) -> list[Any]:
        taken, token = begun("c")
        answers = [say(call, token, body) for call, body in calls]
        assert {answer.status for answer in answers} <= {200}, [answer.raw for answer in answers]
        assert say("crawl-end", token, {}).status == 200
        control.crawl_lifecycle.move(taken, CrawlState.COMPLETED)
        assert say("crawl-task", token, {}).status == 403
        return [answer.json for answer in answers]

    return crawl


@both
@pytest.mark.parametrize("behavior", ["DEPRECATE_IN_DATABASE", "DELETE_FROM_DATABASE", "LOG"])
def test_tables_and_partitions_come_and_go(glue: Any, process: Callable[..., Any], behavior: str) -> None:
    glue.create_database(DatabaseInput={"Name": "db"})
    glue.create_crawler(**crawler(SchemaChangePolicy={"DeleteBehavior": behavior}, TablePrefix="P_"))
    found = {"name": "t", "spec": table("s3://b/t/", "a", keys=("day",))}
    parts = [{"values": [str(n)], "spec": part(f"s3://b/t/{n}/", "a")} for n in (1, 2)]
    (made,) = process(("crawl-table", found | {"partitions": parts}))
    assert (made["table"], made["said"]) == ("db.p_t", ["created", "partitions created: 2"])
    assert process(("crawl-table", found | {"partitions": parts}))[0]["said"] == []
    assert glue.get_table(DatabaseName="db", Name="p_t")["Table"]["VersionId"] == "0"

    (changed,) = process(("crawl-table", found | {"partitions": parts[1:]}))
    assert [said for said in changed["said"] if "without files: 1" in said]
    left = glue.get_partitions(DatabaseName="db", TableName="p_t")["Partitions"]
    assert [one["Values"] for one in left] == [["2"]] if behavior.startswith("DELETE") else [["1"], ["2"]]
    marked = ["DEPRECATED_BY_CRAWLER" in one["Parameters"] for one in left]
    assert any(marked) is (behavior == "DEPRECATE_IN_DATABASE")

    process(("crawl-gone", {"tables": [["db", "p_t"], ["db", "absent"]]}))
    there = glue.get_tables(DatabaseName="db")["TableList"]
    assert len(there) == (behavior != "DELETE_FROM_DATABASE")
    if behavior == "DEPRECATE_IN_DATABASE":
        assert "DEPRECATED_BY_CRAWLER" in there[0]["Parameters"]
        process(("crawl-table", found | {"partitions": parts}))
        found_again = glue.get_table(DatabaseName="db", Name="p_t")["Table"]
        assert "DEPRECATED_BY_CRAWLER" not in found_again["Parameters"]
        assert [one["State"] for one in glue.list_crawls(CrawlerName="c")["Crawls"]] == ["COMPLETED"] * 5


@both
def test_a_name_that_is_taken_gets_a_hash(glue: Any, process: Callable[..., Any]) -> None:
    glue.create_database(DatabaseInput={"Name": "db"})
    glue.create_table(DatabaseName="db", TableInput={"Name": "t"})
    glue.create_crawler(**crawler())
    found = {"name": "t", "spec": table("s3://b/t/", "a")}
    (first,), (second,) = process(("crawl-table", found)), process(("crawl-table", found))
    assert first["table"] == second["table"] != "db.t"
    assert first["table"].startswith("db.t_")
    assert len(glue.get_tables(DatabaseName="db")["TableList"]) == 2


@both
def test_other_partition_keys_replace_the_partitions(glue: Any, process: Callable[..., Any]) -> None:
    glue.create_database(DatabaseInput={"Name": "db"})
    glue.create_crawler(**crawler(Configuration='{"Version":1.0,"CreatePartitionIndex":true}'))
    one = {"name": "t", "spec": table("s3://b/t/", "a", keys=("x",))}
    process(("crawl-table", one | {"partitions": [{"values": ["1"], "spec": part("s3://b/t/1/", "a")}]}))
    made = glue.get_table(DatabaseName="db", Name="t")["Table"]
    assert made["Parameters"]["partition_filtering.enabled"] == "true"
    (index,) = glue.get_partition_indexes(DatabaseName="db", TableName="t")["PartitionIndexDescriptorList"]
    assert [key["Name"] for key in index["Keys"]] == ["x"]
    two = {"name": "t", "spec": table("s3://b/t/", "a", keys=("y", "z"))}
    process(
        ("crawl-table", two | {"partitions": [{"values": ["1", "2"], "spec": part("s3://b/t/1/2/", "a")}]})
    )
    left = glue.get_partitions(DatabaseName="db", TableName="t")["Partitions"]
    assert [one["Values"] for one in left] == [["1", "2"]]


def test_the_token_of_a_crawl_reaches_nothing_else(
    glue: Any, say: Callable[..., Any], begun: Any, control: Control
) -> None:
    glue.create_crawler(**crawler())
    crawl, token = begun("c")
    assert say("open", token, {"name": "x", "option": "job-bookmark-enable"}).status == 400
    assert say("crawl-task", token, {}).json["message"].startswith("Database db not found")
    assert say("crawl-task", "absent", {}).status == 403
    run, of_run = control.run_starter.register("j", script_location="x", arguments={}, launcher="l")
    assert run.id
    assert say("crawl-task", of_run, {}).status == 400
    assert control.crawls.find(crawl.id).state is CrawlState.RUNNING


def test_without_the_readers_of_an_engine_a_crawl_says_what_to_install(
    glue: Any, server: Any, begun: Any, control: Control, capsys: pytest.CaptureFixture[str]
) -> None:
    glue.create_crawler(**crawler())
    crawl, token = begun("c")
    orders = Orders(
        run_id=crawl.id,
        command="crawler",
        glue_version="",
        url=server.url,
        token=token,
        script="",
        segments="",
        arguments=(),
        environ={},
        cwd="/",
        folder="/absent",
        modules="",
    )
    assert refuse_crawl(orders) == 1
    why = control.crawls.find(crawl.id).error_message or ""
    assert "a crawl needs the extra 'sail'" in why
    assert why in capsys.readouterr().err


def test_the_log_says_that_schedules_do_not_fire(glue: Any, capsys: pytest.CaptureFixture[str]) -> None:
    glue.create_crawler(**crawler(), Schedule="cron(15 12 * * ? *)")
    told = capsys.readouterr()
    assert "schedules do not fire yet: call StartCrawler" in told.out + told.err
