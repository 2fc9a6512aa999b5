"""NanoVerse: a 2D open world in which every player's own agent lives on while they are away."""

import os

# A world of one's own does not report to others: huggingface_hub, which the model and its training bring along, would
# send what is used to its makers. It reads this once, when it is imported.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"
