"""Placekeeper keeps your place in your data: AWS Glue's jobs and job bookmarks, open and self-hosted."""

__version__ = "0.1.0"
