"""Who is named in the scenes and prompts that are stored as JSON; `learning.dialogue` has their format.

Conditions for queries, in which `:name` is a player's name. Only the places are looked at where the format names
people: weather, a kind of talk or a whole line may read like a name, too. That is dear, and most of what is stored does
not hold the name at all, which is seen at a glance: letters stand in JSON as they are, or as an escape.
"""

from __future__ import annotations


def _holds(column: str) -> str:
    """The text of the column may name :name somewhere."""
    return rf"""(instr({column}, :name) OR instr({column}, '\u'))"""


def talked(scene: str, at: str = "$") -> str:
    """The scene at this path of a column tells that its body talked with :name."""
    return f"""({_holds(scene)}
        AND 'talked with ' || :name IN (SELECT value FROM json_each({scene}, '{at}.did')))"""


def without_talk(scene: str, at: str = "$") -> str:
    """What is in this column, but its scene at this path tells no more that its body talked with :name."""
    return f"""json_set({scene}, '{at}.did', json((SELECT json_group_array(value)
        FROM json_each({scene}, '{at}.did') WHERE value <> 'talked with ' || :name)))"""


def shows(scene: str, at: str = "$") -> str:
    """The scene names :name."""
    return f"""({_holds(scene)} AND (json_extract({scene}, '{at}.name') = :name OR {talked(scene, at)}
        OR :name IN (SELECT value FROM json_each({scene}, '{at}.near'))))"""


def speaks(prompt: str, also: str = "true") -> str:
    """In the prompt :name says something, of which `also` holds; there `turn.value` is the turn."""
    return f"""({_holds(prompt)} AND EXISTS (SELECT 1 FROM json_each({prompt}, '$.turns') AS turn
        WHERE json_extract(turn.value, '$.speaker') = :name AND {also}))"""


def says(prompt: str) -> str:
    """In the prompt :name says one of :texts (JSON)."""
    return speaks(prompt, "json_extract(turn.value, '$.text') IN (SELECT value FROM json_each(:texts))")


def names(prompt: str) -> str:
    """The prompt names :name, in its scene or as somebody who speaks."""
    return f"({shows(prompt, '$.scene')} OR {speaks(prompt)})"
