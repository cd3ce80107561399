"""Adapters behind ports.objects: they list, open, stage and publish local files and objects in S3."""
