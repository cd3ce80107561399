"""The face that speaks AWS JSON 1.1, and the endpoints of the job process."""
