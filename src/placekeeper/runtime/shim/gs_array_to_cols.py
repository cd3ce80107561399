"""The node Array To Columns of Glue Studio: it gives frames the method gs_array_to_cols."""

from awsglue._studio import attach

attach("gs_array_to_cols")
