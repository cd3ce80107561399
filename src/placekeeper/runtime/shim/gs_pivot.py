"""The node Pivot Rows Into Columns of Glue Studio: it gives frames the method gs_pivot."""

from awsglue._studio import attach

attach("gs_pivot")
