"""Tasks for many customers at once: a preview of who gets which and why others do not, and undo."""
