"""What the service counts and writes down about its requests."""
