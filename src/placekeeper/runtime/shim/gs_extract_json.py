"""The node Extract JSON Path of Glue Studio: it gives frames the method gs_extract_json."""

from awsglue._studio import attach

attach("gs_extract_json")
