"""Manifests as JSON: those of Placekeeper 0.1 are still read."""

import msgspec
import pytest

from placekeeper.model.manifests import ManifestCodec
from placekeeper.model.publication import StagedFile, UploadPart

RUN = "jr_356310c75c0ead382f9b6d40754e4463d6ebfa2fbf5adea881255e91859377b2"
NAME = "run-356310c75c0e-00-part-r-00000-7b041f40.c000.snappy.parquet"

LOCAL_0_1 = (
    f'[{{"path":"file:///tmp/out/part=a/{NAME}","size":294,"rows":1,'
    f'"staged":"file:///tmp/out/part=a/_placekeeper/{RUN}/a7c799337c98499b8b96ea098626720d.staged"}}]'
)
"""As a run of 0.1 has left it in its state, but for the folder."""

S3_0_1 = (
    '[{"path":"s3://lake/out/part=a/run-1-00.parquet","size":5242881,"rows":7,"upload_id":"u-1",'
    '"parts":[[1,"\\"9b2c\\""],[2,"\\"77aa\\""]]}]'
)
"""As 0.1 encodes an open upload."""

LOCAL = StagedFile(
    path=f"file:///tmp/out/part=a/{NAME}",
    size=294,
    rows=1,
    staged=f"file:///tmp/out/part=a/_placekeeper/{RUN}/a7c799337c98499b8b96ea098626720d.staged",
)
S3 = StagedFile(
    path="s3://lake/out/part=a/run-1-00.parquet",
    size=5242881,
    rows=7,
    upload_id="u-1",
    parts=(UploadPart(1, '"9b2c"'), UploadPart(2, '"77aa"')),
)


class Row(msgspec.Struct, frozen=True, kw_only=True, tag_field="effect", tag="row"):
    """Another kind."""

    table: str


@pytest.mark.parametrize("codec", [ManifestCodec(), ManifestCodec(tuple[StagedFile | Row, ...])])
def test_what_0_1_has_written_is_files(codec: ManifestCodec) -> None:
    assert codec.decode(LOCAL_0_1) == (LOCAL,)
    assert codec.decode(S3_0_1) == (S3,)
    assert codec.decode("[]") == ()


def test_a_manifest_says_its_kinds() -> None:
    codec = ManifestCodec(tuple[StagedFile | Row, ...])
    manifest = (LOCAL, Row(table="t"), S3)
    text = codec.encode(manifest)
    assert '"effect":"file"' in text
    assert codec.decode(text) == manifest


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="row"):
        ManifestCodec().decode('[{"effect":"row","table":"t"}]')
