"""The node Remove Null Rows of Glue Studio: it gives frames the method gs_null_rows."""

from awsglue._studio import attach

attach("gs_null_rows")
