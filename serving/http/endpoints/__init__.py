"""Native endpoints: a file a room, each handler one call of that room."""
