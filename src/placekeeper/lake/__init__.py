"""Tables of lake formats, by the libraries that know them; each library is an extra."""
