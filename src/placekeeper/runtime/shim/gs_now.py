"""The node Add Current Timestamp of Glue Studio: it gives frames the method gs_now."""

from awsglue._studio import attach

attach("gs_now")
