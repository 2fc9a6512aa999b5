"""NanoVerse: a 2D open world in which every player's own agent lives on while they are away."""

__version__ = "0.1.0"
