"""Keys from a file, and AES-256-GCM."""
