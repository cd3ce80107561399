"""The look at a script before anything runs: what will not work, where, and what to do instead."""
