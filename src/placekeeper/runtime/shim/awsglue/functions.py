"""Functions of columns that AWS Glue has beside Spark's."""

from pyspark.sql import Column
from pyspark.sql import functions as F


def replaceArrayElement(srcCol: Column | str, replaceCol: Column | str, idx: int) -> Column:
    """The array of `srcCol` with the value of `replaceCol` in the place of the element `idx`, from 0."""
    value = F.col(replaceCol) if isinstance(replaceCol, str) else replaceCol
    return F.transform(srcCol, lambda element, place: F.when(place == F.lit(idx), value).otherwise(element))


def namedStruct(*cols: Column | str) -> Column:
    """A struct of names and values in turn: `namedStruct(lit("a"), col("x"), lit("b"), col("y"))`."""
    return F.named_struct(*cols)


def explodeWithIndex(col: Column | str) -> Column:
    """A row for each element of an array: its place, `index`, from 0, and its value, `val`."""
    return F.posexplode(col).alias("index", "val")
