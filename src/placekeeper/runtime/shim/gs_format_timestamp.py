"""The node Format Timestamp of Glue Studio: it gives frames the method gs_format_timestamp."""

from awsglue._studio import attach

attach("gs_format_timestamp")
