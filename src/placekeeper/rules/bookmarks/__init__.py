"""What a bookmark remembers: versions, AWS's string, sealed texts."""
