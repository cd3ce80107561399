"""The server: AWS JSON 1.1 for clients, and the endpoints of the job process."""
