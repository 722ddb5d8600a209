"""The forms of account managers and their tasks."""
