"""The node Derived Column of Glue Studio: it gives frames the method gs_derived."""

from awsglue._studio import attach

attach("gs_derived")
