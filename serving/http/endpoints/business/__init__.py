"""What answers about the business as a whole, and about who needs a look."""
