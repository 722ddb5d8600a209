"""The facts of each feed as known at a moment, one module a history; none imports another."""
