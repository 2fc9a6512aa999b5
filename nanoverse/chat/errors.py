"""What chat refuses."""

from __future__ import annotations


class ChatError(Exception):
    """Something was not said, or not done; the text is one sentence for the player."""


class TooFast(ChatError):
    """It would have been fine a moment later."""
