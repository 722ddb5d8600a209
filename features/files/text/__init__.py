"""Delimited text and JSON: the encoding by evidence, the delimiter, the header, the lines."""
