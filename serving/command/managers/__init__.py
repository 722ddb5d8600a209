"""Commands about account managers and their tasks."""
