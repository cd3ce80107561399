"""The scan and the sink on a real S3: what tasks upload is seen by nobody before it is published."""

import io

import pyarrow.parquet as pq

from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.scan import scan
from placekeeper.runtime.sink import write
from placekeeper.runtime.sink.names import SinkNames


def keys(s3, bucket: str) -> list[str]:
    return [item["Key"] for item in s3.client().list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_from_s3_to_s3(engine, s3):
    bucket = s3.new_bucket()
    for number in range(3):
        s3.client().put_object(Bucket=bucket, Key=f"in/{number}.csv", Body=f"id,k\n{number},a b\n")
    objects, staging = ObjectStores.of(s3.environ), OutputStaging.of(s3.environ)
    chosen = [objects.stat(f"s3://{bucket}/in/{number}.csv") for number in range(3)]
    options = {"withHeader": True}
    frame = scan(engine, objects, chosen, FORMATS.reader("csv", options), None)
    manifest = write(
        frame.dataframe.coalesce(1),
        staging,
        target=f"s3://{bucket}/out/",
        output=FORMATS.output("parquet", {}),
        format="parquet",
        partition_keys=["k"],
        run_id="jr_" + "0123456789abcdef" * 4,
        names=SinkNames("jr_" + "0123456789abcdef" * 4, "00"),
        immediate=False,
        checkpoint=lambda _name: None,
    )
    assert [key for key in keys(s3, bucket) if key.startswith("out/")] == []
    for file in manifest:
        staging.publish(file)
    (key,) = [key for key in keys(s3, bucket) if key.startswith("out/")]
    assert key.startswith("out/k=a b/run-0123456789ab-00-part-r-00000-")
    body = s3.client().get_object(Bucket=bucket, Key=key)["Body"].read()
    table = pq.read_table(io.BytesIO(body)).sort_by("id")
    assert table.to_pydict() == {"id": ["0", "1", "2"]}
