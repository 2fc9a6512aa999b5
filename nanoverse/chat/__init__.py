"""Channels, delivery, reactions and the limits of talk."""
