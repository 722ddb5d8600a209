"""The forms of requests and answers, a file a subject."""
