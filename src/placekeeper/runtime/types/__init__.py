"""Types: one table of them, the types that files' types become, and what two types become together."""
