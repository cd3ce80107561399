"""What a script reads from."""
