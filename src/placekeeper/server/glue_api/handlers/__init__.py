"""Handlers of Glue's operations, one module per kind of resource."""
