"""The command line: tables for people, --json for programs, exit codes that say what happened."""
