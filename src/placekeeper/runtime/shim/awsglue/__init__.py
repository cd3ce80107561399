"""The `awsglue` that Glue scripts import, on Placekeeper. Names and signatures are those of AWS Glue 6.0."""

from awsglue.dynamicframe import DynamicFrame

__all__ = ["DynamicFrame"]
