"""What DynamicFrame does, as functions from frames to frames, on the public DataFrame API alone."""
