"""The forms of requests and answers beside those of scoring: a file a room."""
