"""The methods that the modules `gs_…` give to frames, as on AWS, where importing one adds its method."""

import functools
from typing import Any

from pyspark.sql import DataFrame

from awsglue.dynamicframe import DynamicFrame
from placekeeper.runtime.run import current
from placekeeper.runtime.studio.rows import Rows
from placekeeper.runtime.studio.table import TRANSFORMS


def attach(name: str) -> None:
    """Give DynamicFrame and DataFrame the method `name`."""
    function = TRANSFORMS[name].function

    @functools.wraps(function)
    def of_dataframe(self: DataFrame, *args: Any, **kwargs: Any) -> DataFrame:
        return function(Rows(self, current.session().now_ms()), *args, **kwargs)

    @functools.wraps(function)
    def of_dynamic_frame(self: DynamicFrame, *args: Any, **kwargs: Any) -> DynamicFrame:
        made = of_dataframe(self.toDF(), *args, **kwargs)
        return DynamicFrame.fromDF(made, self.glue_ctx, self.name)

    setattr(DataFrame, name, of_dataframe)
    setattr(DynamicFrame, name, of_dynamic_frame)
