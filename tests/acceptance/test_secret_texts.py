"""Passwords that a run knows are in nothing that it prints or keeps, whoever prints them."""

import json

from workspace import Workspace

LITERAL, DYNAMIC = "hunter2 literal", "word:of@the/secret"
_READ = (
    'glue.create_dynamic_frame.from_options("postgresql", {"url": "jdbc:postgresql://127.0.0.1:1/d", '
    '"dbtable": "t", "user": "u", "password": %s})'
)
SCRIPT = f"""\
import json, logging, sys, threading, traceback
from awsglue.context import GlueContext
from pyspark.context import SparkContext

glue = GlueContext(SparkContext.getOrCreate())
secret = json.load(open(THE_FILE))
try:
    {_READ % repr(LITERAL)}
except Exception:
    logging.exception("no")
    traceback.print_exc()
try:
    {_READ % "secret"}
except Exception:
    pass
print("the secret is", secret)
thread = threading.Thread(target=lambda: 1 / 0 if "{LITERAL}" else 1)
thread.start(); thread.join()
sys.stdout.buffer.write(b"bytes\\n")
raise ValueError("it was " + secret + " and {LITERAL}") or (lambda password="{LITERAL}": 1)
"""


def test_no_password_is_printed_or_kept(local: Workspace) -> None:
    path = local.folder / "secret.json"
    path.write_text(json.dumps(DYNAMIC))
    ended = local.run(local.script(SCRIPT.replace("THE_FILE", repr(str(path)))))
    assert ended.code == 1
    assert "ValueError: it was *** and ***" in ended.error
    assert ended.summary["error_message"].startswith("ValueError: it was *** and ***")
    assert "ZeroDivisionError" in ended.error
    logs = local.inside("runs", "logs", ended.summary["id"])
    assert "the secret is ***" in logs.output
    assert "bytes" in logs.output
    kept = [one.read_bytes() for one in (local.state / "logs").rglob("*") if one.is_file()]
    assert kept
    for text in (ended.error, ended.output, logs.output, logs.error):
        assert LITERAL not in text
        assert DYNAMIC not in text
    for data in kept:
        for secret in (LITERAL, DYNAMIC):
            assert secret.encode() not in data
