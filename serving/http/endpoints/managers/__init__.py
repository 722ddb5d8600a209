"""What answers about account managers and their tasks."""
