"""Avro: containers of blocks, decoded and encoded by fastavro."""
