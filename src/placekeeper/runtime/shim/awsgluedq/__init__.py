"""The `awsgluedq` that scripts of Glue Studio import, on Placekeeper."""
