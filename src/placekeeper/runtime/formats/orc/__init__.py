"""ORC: read and written by stripes."""
