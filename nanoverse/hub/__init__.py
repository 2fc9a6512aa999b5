"""Base models from the model hub: fetched once, then used as they lie on this machine."""

from .models import Fetched, resolve

__all__ = ["Fetched", "resolve"]
