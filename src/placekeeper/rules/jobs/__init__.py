"""Jobs and job runs: definitions, arguments, life."""
