"""HTTP, sessions, sockets and the 20 Hz loop that joins them to the world."""
