"""`spark.read` and `df.write` on S3: the engine reads where we write."""

from pathlib import Path

import pytest

from s3 import S3Server
from workspace import S3Place, Workspace

BOTH_WAYS = """\
import sys
from awsglue.context import GlueContext
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["bucket"])
spark = GlueContext(SparkContext.getOrCreate()).spark_session
expected = [(1, "a"), (2, "b")]
for scheme in ("s3", "s3a"):
    rows = spark.createDataFrame(expected, "id bigint, part string")
    for format in ("csv", "json", "parquet"):
        path = f"{scheme}://{args['bucket']}/out/{scheme}/{format}"
        rows.write.format(format).save(path)
        back = spark.read.format(format).schema("id bigint, part string").load(path)
        found = sorted(tuple(row) for row in back.collect())
        assert found == expected, (path, found)
    typed = spark.read.csv(f"{scheme}://{args['bucket']}/in/", header=True)
    assert [tuple(row) for row in typed.collect()] == [("7", "x")]
"""

AT_ONCE = ("--output-visibility", "immediate")


@pytest.fixture
def bucket(s3: S3Server) -> str:
    name = s3.new_bucket()
    s3.client().put_object(Bucket=name, Key="in/1.csv", Body=b"id,part\n7,x\n")
    return name


def test_the_engine_reads_and_writes_where_we_do(tmp_path: Path, s3: S3Server, bucket: str) -> None:
    workspace = Workspace(tmp_path, S3Place(s3, bucket), s3.environ)
    ended = workspace.command("run", workspace.script(BOTH_WAYS), "--bucket", bucket, *AT_ONCE)
    assert ended.code == 0, ended.error


def test_an_endpoint_that_a_profile_names(tmp_path: Path, s3: S3Server, bucket: str) -> None:
    config = tmp_path / "config"
    config.write_text(
        f"[profile here]\naws_access_key_id={s3.access_key}\naws_secret_access_key={s3.secret_key}\n"
        f"services=local\n[services local]\ns3 =\n  endpoint_url={s3.endpoint}\n"
    )
    environ = {"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "here", "AWS_EC2_METADATA_DISABLED": "true"}
    workspace = Workspace(tmp_path, S3Place(s3, bucket), environ)
    ended = workspace.command("run", workspace.script(BOTH_WAYS), "--bucket", bucket, *AT_ONCE)
    assert ended.code == 0, ended.error
