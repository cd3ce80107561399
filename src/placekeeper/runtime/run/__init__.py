"""One run of a script: what it reads, writes and remembers."""
