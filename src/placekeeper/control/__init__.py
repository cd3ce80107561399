"""The use cases: one method, one transaction. What clients, the command line and job processes ask for."""
