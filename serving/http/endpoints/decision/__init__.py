"""The addresses of the decision and of what came of it."""
