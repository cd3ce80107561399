"""The node UUID of Glue Studio: it gives frames the method gs_uuid."""

from awsglue._studio import attach

attach("gs_uuid")
