"""The handlers of what campaigns brought."""
