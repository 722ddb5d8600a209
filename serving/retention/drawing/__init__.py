"""Who is in the control group, drawn before anything is chosen, and what it can show."""
