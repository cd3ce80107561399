"""The node Identifier of Glue Studio: it gives frames the method gs_sequence_id."""

from awsglue._studio import attach

attach("gs_sequence_id")
