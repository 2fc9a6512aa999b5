"""Who drives a body, and answers for it, while its player is away."""
