"""The use cases of clients, the command line and job processes: one method, one transaction."""
