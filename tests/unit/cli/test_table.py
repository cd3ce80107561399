"""Tables fit a terminal: the last column is cut, a path on its left."""

from placekeeper.cli.output import table_lines

ROWS = [
    ("done", 12, "file:///a/long/folder/that/every/object/shares/one.csv"),
    ("new", 3, "it goes on and on, in words that are read from their beginning"),
    ("late", None, "s3://b/x"),
]


def test_a_path_keeps_its_end_and_a_text_its_beginning() -> None:
    lines = table_lines(("reason", "size", "object"), ROWS, 40)
    assert max(map(len, lines)) <= 40
    assert lines[1].startswith("done    12    …")
    assert lines[1].endswith("/object/shares/one.csv")
    assert lines[2].endswith("…")
    assert "it goes on" in lines[2]
    assert lines[3] == "late          s3://b/x"


def test_without_a_terminal_nothing_is_cut() -> None:
    assert table_lines(("reason", "size", "object"), ROWS)[1].endswith(str(ROWS[0][2]))
