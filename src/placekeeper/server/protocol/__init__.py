"""AWS JSON 1.1, driven by botocore's model of Glue."""
