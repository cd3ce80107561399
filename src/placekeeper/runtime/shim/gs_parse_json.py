"""The node Parse JSON Column of Glue Studio: it gives frames the method gs_parse_json."""

from awsglue._studio import attach

attach("gs_parse_json")
