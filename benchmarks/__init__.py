"""Side by side with a rival in one run; ratios are printed, nothing is a test."""
