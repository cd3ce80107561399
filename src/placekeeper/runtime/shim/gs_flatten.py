"""The node Flatten of Glue Studio: it gives frames the method gs_flatten."""

from awsglue._studio import attach

attach("gs_flatten")
