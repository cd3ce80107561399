"""Bookmarks: their history, plans, marks of single objects, exchange with AWS."""
