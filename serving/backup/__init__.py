"""Backup and restore: everything that could not be computed again, as one checked file."""
