"""Parts that several formats share: options, compression, encodings, values as text."""
