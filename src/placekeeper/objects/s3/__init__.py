"""S3, and other stores with its API."""
