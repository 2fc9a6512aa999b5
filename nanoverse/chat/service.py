"""Talk between players and agents: said, stored, delivered.

A message is delivered after its commit and in commit order, to those who may see it and to nobody else. Whatever
cannot be done raises `ChatError` with a sentence for the player.
"""

from __future__ import annotations

from nanoverse.chat.company import Company
from nanoverse.chat.reading import Reading
from nanoverse.chat.second_thoughts import SecondThoughts
from nanoverse.chat.speaking import Speaking


class Chat(Speaking, Reading, Company, SecondThoughts):
    """All that players and agents can do with words; each part is a file of its own, on one database and one set of
    limits (see `Base`)."""
