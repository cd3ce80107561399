"""Engines: Sail inside the process, Apache Spark beside it, behind one small interface."""
