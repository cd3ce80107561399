"""Jobs and job runs: define, start, see through."""
