"""How a sentence names things: with an article, or counted, as English has it."""

from __future__ import annotations

import re

# What has no article and no other form when it is counted: stuff, and what is many already.
_STUFF = re.compile(
    "(grass|dirt|sand|gravel|rock|mud|clay|snow|ice|water|shallows|moss|steppe|stone|ore|wood|planks|glass|thatch"
    "|tiles|seeds|wheat|bread|coal|copper|iron|gold)$"
)


def one(name: str) -> str:
    """Such as "a stick", "an iron axe" or "planks"."""
    return name if _STUFF.search(name) else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def counted(many: int, name: str) -> str:
    """Such as "1 stick", "2 sticks", "2 torches" or "2 planks"."""
    if many == 1 or _STUFF.search(name):
        return f"{many} {name}"
    if name.endswith("y"):
        return f"{many} {name[:-1]}ies"
    return f"{many} {name}{'es' if name.endswith(('s', 'x', 'ch', 'sh')) else 's'}"
