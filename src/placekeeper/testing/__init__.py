"""Tests of Glue scripts in plain pytest: fixtures, and what they return."""
