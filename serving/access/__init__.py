"""Who may send a request: keys, each made once for a role and stored as a hash."""
