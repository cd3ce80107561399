"""csv-spectrum, from npm: the CSV files that readers of others are tried on, with what they should hold."""

import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from placekeeper.runtime.formats.csv.dialect import Dialect
from placekeeper.runtime.formats.csv.reader import CsvReader

pytestmark = pytest.mark.clients

MISTAKEN = {"location_coordinates.csv": "Contact Phone Number"}
"""Columns of which the package's JSON has other values than its CSV."""


def test_every_file_of_csv_spectrum(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    subprocess.run([npm, "install", "--silent", "--prefix", tmp_path, "csv-spectrum@2"], check=True)
    package = tmp_path / "node_modules" / "csv-spectrum"
    read = 0
    for path in sorted((package / "csvs").glob("*.csv")):
        expected = json.loads((package / "json" / path.with_suffix(".json").name).read_text("utf-8"))
        reader = CsvReader(Dialect(multi_line=True), with_header=True)
        data = path.read_bytes()
        schema = reader.schema(io.BytesIO(data), path.name)
        batches = reader.read(io.BytesIO(data), path.name, schema)
        read += 1
        rows = [row for batch in batches for row in batch.to_pylist()]
        if path.name in MISTAKEN:
            expected = [expected]
            for row in (*rows, *expected):
                del row[MISTAKEN[path.name]]
        assert rows == expected, path.name
    assert read > 8
