"""Forms about the business as a whole, and who needs a look."""
