"""People: their accounts, passwords and sessions, and sign-in by an OpenID provider."""
