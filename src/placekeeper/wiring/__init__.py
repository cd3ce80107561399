"""The one place that names concrete adapters and joins them to the use cases."""
