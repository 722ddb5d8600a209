"""Whom an offer changes, by how much, and which policy of contact earns most."""
