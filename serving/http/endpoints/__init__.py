"""Handlers of the native endpoints, a file a room."""
