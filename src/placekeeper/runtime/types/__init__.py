"""Types: one table of them, how files' types become a frame's, what two become together."""
