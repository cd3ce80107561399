"""Processes: a job run is a process group of its own, tied to the one who launched it."""
