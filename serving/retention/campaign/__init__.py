"""A campaign: a request, the list that was made of it, and what the database keeps of both."""
