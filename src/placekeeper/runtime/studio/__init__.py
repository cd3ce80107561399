"""The transforms of Glue Studio's visual jobs, the `gs_…` of its scripts (docs/reference/studio.md)."""
