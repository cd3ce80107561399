"""The API of job processes."""
