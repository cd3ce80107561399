"""One machine's part: who runs what, locks, threads, the keys file, the clock."""
