"""HTTP: the server, requests and answers, bounds, log and figures."""
