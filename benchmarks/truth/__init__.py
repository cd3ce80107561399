"""The same arrivals of files, given to Placekeeper and to three others: which rows each loses or doubles."""
