"""The node To Timestamp of Glue Studio: it gives frames the method gs_to_timestamp."""

from awsglue._studio import attach

attach("gs_to_timestamp")
