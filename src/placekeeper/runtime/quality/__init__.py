"""Data quality: rulesets in DQDL, evaluated on frames (docs/reference/studio.md)."""
