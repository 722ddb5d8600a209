"""Did it work? A campaign's list as a randomised test, and what that test says."""
