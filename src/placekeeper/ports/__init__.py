"""The ports of the use cases. Adapters implement them, and wiring connects both."""
