"""Codes in files: reading and writing them, as this server and as others write them."""
