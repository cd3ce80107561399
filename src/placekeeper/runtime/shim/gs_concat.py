"""The node Concatenate Columns of Glue Studio: it gives frames the method gs_concat."""

from awsglue._studio import attach

attach("gs_concat")
