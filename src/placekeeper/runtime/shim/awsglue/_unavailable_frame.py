"""Methods of AWS's DynamicFrame that are not there yet: each says so, and what to do instead."""

from typing import NoReturn

from awsglue._absent import absent


class UnavailableFrame:
    """A part of DynamicFrame: no method of it returns."""

    @property
    def _rdd(self) -> NoReturn:
        absent("DynamicFrame._rdd", "use map, filter or toDF: engines without a JVM have no RDDs")
