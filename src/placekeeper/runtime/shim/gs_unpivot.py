"""The node Unpivot Columns Into Rows of Glue Studio: it gives frames the method gs_unpivot."""

from awsglue._studio import attach

attach("gs_unpivot")
