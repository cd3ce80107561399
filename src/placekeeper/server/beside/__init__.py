"""Services of AWS beside Glue that clients ask at the same endpoint."""
