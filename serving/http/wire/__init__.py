"""Requests and answers as bytes: headers, bodies within bounds, compression."""
