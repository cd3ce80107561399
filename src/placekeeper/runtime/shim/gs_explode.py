"""The node Explode Array Or Map Into Rows of Glue Studio: it gives frames the method gs_explode."""

from awsglue._studio import attach

attach("gs_explode")
