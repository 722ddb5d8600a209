"""The process behind `liuke serve`: its socket, its connections, its one worker."""
