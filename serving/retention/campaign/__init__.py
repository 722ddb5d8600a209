"""A campaign: a request, the list that it became, and what the database keeps of both."""
