"""Which objects a run reads, and why."""
