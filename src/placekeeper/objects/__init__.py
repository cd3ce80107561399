"""Adapters behind ports.objects: local files and S3, listed, opened, staged and published."""
