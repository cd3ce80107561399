"""The node Regex Extractor of Glue Studio: it gives frames the method gs_regex_extract."""

from awsglue._studio import attach

attach("gs_regex_extract")
