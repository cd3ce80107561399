"""The node Split String of Glue Studio: it gives frames the method gs_split."""

from awsglue._studio import attach

attach("gs_split")
