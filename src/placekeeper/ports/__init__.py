"""The seams: what the use cases ask of the world. Adapters implement them, wiring joins them."""
