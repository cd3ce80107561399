"""The transforms of DynamicFrame: functions from frames to frames, on the public DataFrame API alone."""
