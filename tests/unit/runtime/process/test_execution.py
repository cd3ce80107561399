"""How a script ends, and the exact traceback that its author sees."""

import json
import linecache
import re
import sys
from pathlib import Path

import pytest
from botocore.exceptions import NoCredentialsError

import placekeeper.runtime
from placekeeper.model.errors import (
    ListingFailed,
    ObjectChanged,
    PublishFailed,
    RecordUnreadable,
    StateError,
    UsageError,
)
from placekeeper.model.jobs import RunSummary
from placekeeper.runtime.frames.attempts import RETURNED_NONE
from placekeeper.runtime.process.execution import execute
from placekeeper.runtime.process.script import describe
from placekeeper.runtime.run import current
from placekeeper.runtime.run.bad_files import Outcome
from placekeeper.runtime.run.secrets import Secrets

VECTOR = Path(__file__).parents[3] / "vectors" / "worker_errors.json"
ROOT = Path(placekeeper.runtime.__file__).parents[3]
WORKER_ERRORS = json.loads(VECTOR.read_text().replace("{ROOT}", str(ROOT)))
"""`str(error)` as Sail 0.7 and Spark 4.1 gave it: tasks of a scan, functions of /tmp/cap/user_script.py."""

SCRIPT = "/jobs/script.py"
ENGINES = ("sail", "spark")
CARETS = re.compile(r" +[~^][ ~^]*\n")
HEADER = "Traceback (most recent call last):\n"


class PythonException(Exception):
    """What engines raise on the driver."""


PythonException.__module__ = "pyspark.errors.exceptions.base"


OURS = Path(placekeeper.runtime.__file__).with_name("session.py")
FAKE_SESSION = """
class FakeSession:
    said_before = ()
    secrets = Secrets()

    def __init__(self, **raising):
        self._raising = raising
        self.calls = []

    def finish(self):
        self._call("finish")

    def fail(self):
        self._call("fail")

    def read(self):
        self._call("read")

    def outcome(self, error_message):
        return Outcome(error_message)

    def summary(self):
        self.calls.append("summary")
        return RunSummary()

    def _call(self, name):
        self.calls.append(name)
        if name in self._raising:
            raise self._raising[name]
"""
"""Remembers how the run ended; `raising` is what its methods raise. Its frames are those of our session."""

fakes = {"RunSummary": RunSummary, "Outcome": Outcome, "Secrets": Secrets}
exec(compile(FAKE_SESSION, str(OURS), "exec"), fakes)
FakeSession = fakes["FakeSession"]


class FakeClient:
    """Takes the summary; `raising` is what it raises."""

    def __init__(self, raising=None):
        self.raising = raising
        self.message = "not said"

    def put_summary(self, summary, error_message):
        if self.raising:
            raise self.raising
        self.message = error_message
        return ()


class Ran:
    """A script's end."""

    def __init__(self, code, client, session, output):
        self.code, self.message, self.calls = code, client.message, session.calls
        self.output = output.out
        lines = output.err.splitlines(keepends=True)
        self.said = "".join(line for line in lines if line.startswith("placekeeper:"))
        # carets differ between Python versions
        self.printed = "".join(
            line for line in lines if not line.startswith("placekeeper:") and not CARETS.fullmatch(line)
        )


@pytest.fixture
def run(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", sys.argv)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    # it would run the exit functions of this process
    monkeypatch.setattr("placekeeper.runtime.process.script.wind_down", lambda *_, **__: None)

    def run(source, session=None, client=None, script=SCRIPT):
        session, client = session or FakeSession(), client or FakeClient()
        code = execute(session, client, script=script, source=source, argv=["--x", "1"])
        return Ran(code, client, session, capsys.readouterr())

    yield run
    current.deactivate()
    linecache.cache.pop(SCRIPT, None)


def test_a_script_that_ends_well(run):
    ran = run("import sys\nprint(__name__, __file__, sys.argv)\n")
    assert (ran.code, ran.message, ran.printed, ran.said) == (0, None, "", "")
    assert ran.output == f"__main__ {SCRIPT} {[SCRIPT, '--x', '1']}\n"
    assert ran.calls == ["finish", "summary"]


def test_an_error_at_top_level(run):
    ran = run("x = 1\n\nraise ValueError('no such day')\n")
    assert ran.printed == (
        f'{HEADER}  File "/jobs/script.py", line 3, in <module>\n'
        "    raise ValueError('no such day')\n"
        "ValueError: no such day\n"
    )
    assert (ran.code, ran.message) == (1, "ValueError: no such day")
    assert ran.said == "placekeeper: FAILED with the error above\n"
    assert ran.calls == ["fail", "summary"]


def test_an_error_in_a_function_with_its_cause(run):
    ran = run(
        "def day(text):\n"
        "    try:\n"
        "        return {}[text]\n"
        "    except KeyError as error:\n"
        "        raise RuntimeError('two\\nlines') from error\n"
        "day('x')\n"
    )
    assert ran.printed == (
        f'{HEADER}  File "/jobs/script.py", line 3, in day\n'
        "    return {}[text]\n"
        "KeyError: 'x'\n"
        "\n"
        "The above exception was the direct cause of the following exception:\n"
        "\n"
        f'{HEADER}  File "/jobs/script.py", line 6, in <module>\n'
        "    day('x')\n"
        '  File "/jobs/script.py", line 5, in day\n'
        "    raise RuntimeError('two\\nlines') from error\n"
        "RuntimeError: two\n"
        "lines\n"
    )
    assert ran.message == "RuntimeError: two\nlines"
    assert ran.said == "placekeeper: FAILED with the error above\n"


def test_an_error_while_another_is_handled(run):
    ran = run("try:\n    raise KeyError('a')\nexcept KeyError:\n    raise ValueError('b')\n")
    assert ran.printed == (
        f'{HEADER}  File "/jobs/script.py", line 2, in <module>\n'
        "    raise KeyError('a')\n"
        "KeyError: 'a'\n"
        "\nDuring handling of the above exception, another exception occurred:\n\n"
        f'{HEADER}  File "/jobs/script.py", line 4, in <module>\n'
        "    raise ValueError('b')\n"
        "ValueError: b\n"
    )


def test_a_library_that_the_script_called_is_visible(run):
    ran = run("import json\njson.loads('{')\n")
    assert ran.printed.startswith(
        f"{HEADER}  File \"/jobs/script.py\", line 2, in <module>\n    json.loads('{{')\n"
    )
    assert "json/decoder.py" in ran.printed


def test_a_syntax_error(run):
    ran = run("x = 1\ndef f(:\n")
    assert ran.printed == '  File "/jobs/script.py", line 2\n    def f(:\nSyntaxError: invalid syntax\n'
    assert ran.message == "SyntaxError: invalid syntax (script.py, line 2)"


def test_a_missing_module(run):
    ran = run("import no_such_module\n")
    assert ran.printed == (
        f'{HEADER}  File "/jobs/script.py", line 1, in <module>\n'
        "    import no_such_module\n"
        "ModuleNotFoundError: No module named 'no_such_module'\n"
    )
    assert ran.message == "ModuleNotFoundError: No module named 'no_such_module'"


def test_an_error_in_a_module_of_the_script_s_own(run, tmp_path):
    (tmp_path / "helper_of_execute.py").write_text("def f():\n    raise ValueError('deep')\n")
    script = str(tmp_path / "script.py")
    ran = run("import helper_of_execute\nhelper_of_execute.f()\n", script=script)
    assert ran.printed == (
        f'{HEADER}  File "{script}", line 2, in <module>\n'
        "    helper_of_execute.f()\n"
        f'  File "{tmp_path}/helper_of_execute.py", line 2, in f\n'
        "    raise ValueError('deep')\n"
        "ValueError: deep\n"
    )


def test_a_folder_whose_name_begins_like_ours_is_not_ours(run):
    script = f"{Path(current.__file__).parents[2]}_jobs/script.py"
    assert f'File "{script}", line 1' in run("raise ValueError('x')\n", script=script).printed


@pytest.mark.parametrize("ending", ["", "sys.exit()", "sys.exit(0)", "sys.exit(None)", "raise SystemExit"])
def test_ends_that_are_good(run, ending):
    ran = run(f"import sys\n{ending}\n")
    assert (ran.code, ran.message, ran.printed, ran.said) == (0, None, "", "")
    assert ran.calls == ["finish", "summary"]


@pytest.mark.parametrize(
    ("ending", "printed", "message"),
    [
        ("sys.exit(3)", "", "The script exited with code 3."),
        ("sys.exit(True)", "", "The script exited with code 1."),
        ("sys.exit('no input today')", "no input today\n", "no input today"),
        ("raise SystemExit('bye')", "bye\n", "bye"),
        ("sys.exit(['a'])", "['a']\n", "['a']"),
        ("sys.exit('')", "\n", "The script exited with an empty message."),
    ],
)
def test_ends_that_are_not(run, ending, printed, message):
    ran = run(f"import sys\n{ending}\n")
    assert (ran.code, ran.printed, ran.message) == (1, printed, message)
    told_once = " with the error above" if printed.strip() else f": {message}"
    assert ran.said == f"placekeeper: FAILED{told_once}\n"
    assert ran.calls == ["fail", "summary"]


def test_a_run_that_is_ended_does_not_say_that_it_failed(run):
    ran = run("raise KeyboardInterrupt\n")
    assert (ran.code, ran.message) == (1, "The run was interrupted.")
    assert ran.said == "placekeeper: The run was interrupted.\n"
    assert ran.calls == ["fail", "summary"]


@pytest.mark.parametrize("script", ["", "raise SystemExit(0)\n"])
@pytest.mark.parametrize("error", [PublishFailed("gone"), OSError("no route")])
def test_output_that_cannot_be_published_at_the_end(run, script, error):
    ran = run(script, FakeSession(finish=error))
    name = type(error).__name__
    assert ran.printed == f"{name}: {error}\n"
    assert ran.said == "placekeeper: FAILED with the error above\n"
    assert (ran.code, ran.message) == (1, f"{name}: {error}")
    assert ran.calls == ["finish", "fail", "summary"]


@pytest.mark.parametrize("error", [OSError("no route"), ListingFailed("no route")])
def test_what_cannot_be_dropped_does_not_hide_why_the_run_failed(run, error):
    ran = run("raise ValueError('x')\n", FakeSession(fail=error))
    assert (ran.code, ran.message) == (1, "ValueError: x")
    assert ran.said == (
        "placekeeper: staged files could not be removed, and a later run removes them: no route\n"
        "placekeeper: FAILED with the error above\n"
    )


def test_a_server_that_is_away_does_not_hide_why_the_run_failed(run):
    ran = run("raise ValueError('x')\n", client=FakeClient(StateError("no answer")))
    assert ran.said == "placekeeper: no answer\nplacekeeper: FAILED with the error above\n"


READ = "from placekeeper.runtime.run import current\n\ncurrent.session().read()\n"
READ_FRAME = '  File "/jobs/script.py", line 3, in <module>\n    current.session().read()\n'


def caused(error, cause):
    error.__cause__ = cause
    return error


def test_an_error_of_ours_is_one_line_and_the_script_s_own(run):
    error = RecordUnreadable("s3://b/x.json", "line 2, column 6", "broken JSON")
    ran = run(READ, FakeSession(read=caused(error, KeyError("inner"))))
    assert ran.printed == (
        f"{HEADER}{READ_FRAME}RecordUnreadable: s3://b/x.json, line 2, column 6: broken JSON\n"
    )
    assert ran.said == "placekeeper: FAILED with the error above\n"
    assert ran.message == "RecordUnreadable: s3://b/x.json, line 2, column 6: broken JSON"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("name", "kind", "begin", "end"),
    [
        (
            "changed",
            ObjectChanged,
            "file:///tmp/cap/data/x.csv changed while it was being read (it was listed as ",
            "a new object under a new name, or rename it into place when complete.",
        ),
        (
            "unreadable_json",
            RecordUnreadable,
            "file:///tmp/cap/data/x.json, line 2, column 6: broken JSON: Expecting value",
            "",
        ),
    ],
)
def test_an_error_of_ours_in_a_task_is_one_line_too(run, engine, name, kind, begin, end):
    ran = run(READ, FakeSession(read=PythonException(WORKER_ERRORS[engine][name])))
    shown, _, sentence = ran.printed.partition(READ_FRAME)
    assert shown == HEADER
    assert sentence == f"{ran.message}\n"
    assert ran.message.startswith(f"{kind.__name__}: {begin}")
    assert ran.message.endswith(end)
    assert "\n" not in ran.message


USER_FRAMES = (
    '  File "/tmp/cap/user_script.py", line 2, in fix\n'
    "    return helper(record)\n"
    '  File "/tmp/cap/user_script.py", line 6, in helper\n'
    "    return 1 / 0\n"
)
OWN_FRAME = '  File "/tmp/cap/user_script.py", line 14, in own\n    raise Mine("two\\nlines")\n'


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("name", "frames", "said"),
    [
        ("map", USER_FRAMES, "ZeroDivisionError: division by zero"),
        ("own", OWN_FRAME, "Mine: two\nlines"),
        ("udf", USER_FRAMES[USER_FRAMES.index("  File", 5) :], "ZeroDivisionError: division by zero"),
        (
            "none",
            "",
            f"ValueError: {RETURNED_NONE}. Return the record; to leave records out, use filter before map.",
        ),
    ],
)
def test_an_error_in_a_user_s_function(run, engine, name, frames, said):
    ran = run(READ, FakeSession(read=PythonException(WORKER_ERRORS[engine][name])))
    assert ran.printed == f"{HEADER}{READ_FRAME}{frames}{said}\n"
    assert ran.message == said


def test_an_error_in_a_function_of_an_rdd(run):
    error = PythonException(WORKER_ERRORS["spark"]["rdd"])
    ran = run(READ, FakeSession(read=error))
    assert ran.printed == f"{HEADER}{READ_FRAME}{USER_FRAMES}ZeroDivisionError: division by zero\n"
    assert describe(error) == "ZeroDivisionError: division by zero"


def test_frames_that_pyspark_has_put_into_the_traceback_are_shown_once(run):
    """As PySpark 4 does it: after its own frames come those of the task."""
    source = (
        "def f():\n"
        "    raise ValueError('x')\n"
        "def engine(error):\n"
        "    try:\n"
        "        f()\n"
        "    except ValueError as original:\n"
        "        raise error.with_traceback(original.__traceback__) from None\n"
        "from placekeeper.runtime.run import current\n"
        "engine(current.session().error)\n"
    )
    text = (
        f'\n  An exception was thrown from the Python worker.\n{HEADER}  File "{SCRIPT}", line 5, in engine\n'
        f"    f()\n  File \"{SCRIPT}\", line 2, in f\n    raise ValueError('x')\nValueError: x\n"
    )
    session = FakeSession()
    session.error = PythonException(text)
    ran = run(source, session)
    assert ran.printed == (
        f'{HEADER}  File "{SCRIPT}", line 9, in <module>\n    engine(current.session().error)\n'
        f'  File "{SCRIPT}", line 7, in engine\n'
        "    raise error.with_traceback(original.__traceback__) from None\n"
        f'  File "{SCRIPT}", line 5, in engine\n    f()\n'
        f"  File \"{SCRIPT}\", line 2, in f\n    raise ValueError('x')\n"
        "ValueError: x\n"
    )


def test_causes_within_a_task_are_shown_if_they_are_the_script_s(run):
    text = (
        f'Some words\n{HEADER}  File "/opt/lib/python3.11/json/decoder.py", line 3, in raw\n    x\n'
        f'  File "/jobs/fix.py", line 7, in fix\n    y\njson.decoder.JSONDecodeError: bad\n'
        "\nThe above exception was the direct cause of the following exception:\n\n"
        f'{HEADER}  File "/opt/lib/python3.11/site-packages/placekeeper/runtime/x.py", line 1, in z\n    z\n'
        '  File "/opt/lib/python3.11/contextlib.py", line 1, in c\n    c\n'
        f'  File "/jobs/fix.py", line 9, in fix\n    w\nfix.Mine: worse\n\n\tat java.lang.Thread.run\n'
    )
    ran = run(READ, FakeSession(read=PythonException(text)))
    assert ran.printed == (
        f'{HEADER}  File "/opt/lib/python3.11/json/decoder.py", line 3, in raw\n    x\n'
        '  File "/jobs/fix.py", line 7, in fix\n    y\njson.decoder.JSONDecodeError: bad\n'
        "\nThe above exception was the direct cause of the following exception:\n\n"
        f'{HEADER}{READ_FRAME}  File "/jobs/fix.py", line 9, in fix\n    w\nfix.Mine: worse\n'
    )
    assert ran.message == "Mine: worse"


IN_TASK = f'{HEADER}  File "/opt/lib/python3.11/site-packages/placekeeper/x.py", line 1, in z\n    z\n'
STORE_SAID = "s3://b/k: the store refused or failed: (403) Forbidden"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (  # in a frame of the first of two exceptions
            (
                f'{IN_TASK}  File "/opt/lib/python3.11/site-pack\n'
                '[truncated]\nile "/a/b.py", line 7, in put\n'
                f'    x\n  File "/opt/lib/python3.11/site-packages/placekeeper/y.py", line 2, in y\n    y\n'
                f"OSError: {STORE_SAID}\n"
            ),
            f"OSError: {STORE_SAID}",
        ),
        (  # in the sentence of the first, and the second is whole
            (
                f"{IN_TASK}botocore.exceptions.ClientError: An error (Sign\n[truncated]\nthat failed\n\n"
                "The above exception was the direct cause of the following exception:\n\n"
                f"{IN_TASK}OSError: {STORE_SAID}\n"
            ),
            f"OSError: {STORE_SAID}",
        ),
        (  # in the last sentence
            f"{IN_TASK}ValueError: a long\n[truncated]\nsentence\n",
            "ValueError: a long … sentence",
        ),
    ],
)
def test_an_error_in_a_task_whose_text_was_cut_says_what_it_said_last(run, text, message):
    ran = run(READ, FakeSession(read=PythonException(f"\n  An exception was thrown from a worker.\n{text}")))
    assert ran.message == message
    assert ran.printed == f"{HEADER}{READ_FRAME}{message}\n"


def test_an_engine_s_error_that_is_no_task_s_stays_as_it_is(run):
    ran = run(READ, FakeSession(read=PythonException("cannot resolve attribute")))
    assert ran.printed == (
        f"{HEADER}{READ_FRAME}pyspark.errors.exceptions.base.PythonException: cannot resolve attribute\n"
    )
    assert ran.message == "PythonException: cannot resolve attribute"


def test_a_script_s_own_error_is_not_searched():
    text = WORKER_ERRORS["spark"]["changed"]
    assert describe(RuntimeError(text)) == f"RuntimeError: {text.strip()}"


def test_what_is_to_be_done_is_said_after_an_error_that_was_told(run):
    """The session adds the ways out to the error that the traceback ends with."""
    session = FakeSession(read=RecordUnreadable("s3://b/x.json", "line 2", "broken JSON"))
    session.outcome = lambda message: Outcome(f"{message}. Mend the file and run again")
    ran = run(READ, session)
    assert ran.said == "placekeeper: FAILED with the error above. Mend the file and run again\n"
    assert ran.message == "RecordUnreadable: s3://b/x.json, line 2: broken JSON. Mend the file and run again"


def test_another_reason_than_the_error_that_was_told_is_said_in_full(run):
    session = FakeSession(read=RecordUnreadable("s3://b/x.json", "line 2", "broken JSON"))
    session.outcome = lambda _message: Outcome("2 of 3 objects cannot be read")
    assert run(READ, session).said == "placekeeper: FAILED: 2 of 3 objects cannot be read\n"


def test_no_error_of_ours_shows_where_it_is_defined(run):
    source = (
        "from placekeeper.model.errors import UsageError\n"
        "from placekeeper.rules.jobs.arguments import GlueArgumentError\n"
        "try:\n    raise UsageError('a needs b')\n"
        "except UsageError as error:\n    raise ExceptionGroup('both', [error, GlueArgumentError('c')])\n"
    )
    printed = run(source).printed
    assert "UsageError: a needs b\n" in printed
    assert "GlueArgumentError: c\n" in printed
    assert "placekeeper." not in printed.replace("from placekeeper.", "")


def test_describing():
    class Broken(Exception):
        def __str__(self):
            raise ValueError("no text")

    assert describe(UsageError("a needs b")) == "UsageError: a needs b"
    assert describe(NoCredentialsError()).startswith(
        "NoCredentialsError: Unable to locate credentials. boto3 finds none on this machine"
    )
    assert describe(ValueError()) == "ValueError: no message"
    assert describe(Broken()) == "Broken: <exception str() failed>"
    assert len(describe(ValueError("x" * 10_000))) == 4000


def test_the_token_of_the_run_is_told_to_nobody(run):
    """boto3's errors name the endpoint, and the endpoint has the token in it."""
    url = "url = 'http://127.0.0.1:4580/_placekeeper/v1/glue/' + 'ab' * 32 + '/'\n"
    masked = "no answer of http://127.0.0.1:4580/_placekeeper/v1/glue/…/"
    ran = run(f"{url}raise ValueError(f'no answer of {{url}}')\n")
    assert ran.message == f"ValueError: {masked}"
    assert masked in ran.printed
    assert "abab" not in ran.printed
    left = run(f"import sys\n{url}sys.exit(f'no answer of {{url}}')\n")
    assert (left.message, left.printed) == (masked, f"{masked}\n")
