"""The node Autobalance Processing of Glue Studio: it gives frames the method gs_repartition."""

from awsglue._studio import attach

attach("gs_repartition")
