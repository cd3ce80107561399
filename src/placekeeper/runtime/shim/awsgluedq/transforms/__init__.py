"""Transforms of data quality."""

from awsgluedq.transforms.evaluate_data_quality import EvaluateDataQuality

__all__ = ["EvaluateDataQuality"]
