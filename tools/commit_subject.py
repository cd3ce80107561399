"""Refuse a commit message whose subject is too long, or not followed by a blank line: git's commit-msg hook.

Usage: python tools/commit_subject.py FILE      (pre-commit gives the file; see CONTRIBUTING.md)
"""

import sys
from pathlib import Path

MOST_CHARACTERS = 72


def complaint(message: str) -> str | None:
    """Why a message is refused, or None."""
    lines = [line.rstrip() for line in message.splitlines() if not line.startswith("#")]
    subject = lines[0] if lines else ""
    if not subject:
        return "its subject is empty: say in one line what the commit does"
    if len(subject) > MOST_CHARACTERS:
        return f"its subject has {len(subject)} characters of at most {MOST_CHARACTERS}: put the why below it"
    if len(lines) > 1 and lines[1]:
        return "its second line is not blank, so git takes it for a part of the subject"
    return None


def main() -> None:
    wrong = complaint(Path(sys.argv[1]).read_text())
    if wrong:
        sys.exit(f"commit message refused: {wrong}")


if __name__ == "__main__":
    main()
