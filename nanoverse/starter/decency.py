"""What a family game does not say: the filter of the training text and the count of the evaluation."""

from __future__ import annotations

import codecs
import re

# Stems of slurs and obscenities, turned by 13 letters so that nobody has to read them here.
_STEMS = codecs.decode(
    "shpx shx fuvg ovgpu phag qvpx pbpx chffl nffubyr nefrubyr onfgneq juber fyhg avttre avttn snttbg "
    "snt snttvg ergneq penc"
    " cvff gjng jnax obyybpx oybjwbo qvyqb chffvrf gvgf gvggvrf obbof obbo cbea cravf intvan frk frkl "
    "frkhny anxrq arxvq beny"
    " enc rcr encr encrq encvfg uragnv znfgheongr betnfz phz whmm fcvp puvax xvxr genaal qlxr ubzb "
    "ybyvgn ahqr ahqrf xxx anmv"
    " uvgyre jgs fgsh zvys urebva pbpnvar jrrq qeht qehtf fhvpvqr xvyy zheqre qnza qnzarq uryy nff nffrf "
    "nany urapx gheq qbhpur"
    " qnzavg qnzzvg ergneqrq ergneqf penccl cvffrq cvffvat wnpxnff qhzonff onqnff fznegnff nffung",
    "rot13",
).split()
# These stems begin harmless words too, so only the whole word counts.
_WHOLE = codecs.decode(
    "pbpx uryy beny frkl xvyy jrrq qeht qnza gvgf obbo ergneq penc cvff nany", "rot13"
).split()
# These are found inside longer words, too; none that is harmless holds one.
_INSIDE = codecs.decode("shpx fuvg ovgpu tbqqnz", "rot13").split()
_WORDS = frozenset(_STEMS)
_LONG = tuple(stem for stem in _STEMS if len(stem) >= 4 and stem not in _WHOLE)
_LEET = str.maketrans("013$@", "oiesa")
_MACHINE = re.compile(
    r"https?:|www\.|\.(com|org|net|deb|conf|iso|tar|txt|sh|gz)\b|[/\\$`|{}<>@#=~^%]|--|&&|::|\b\d+\.\d+"
    r"|[a-z]\*+[a-z]"  # a pattern of names, or a word that is masked because it is not said here
    r"|\b(sudo|apt|apt-get|dpkg|chmod|grep|mkdir|wget|install|mount|fdisk|ssh|cd|ls|rm|mv|cp|etc|dev|usr|xorg|grub|modprobe)\b",
    re.IGNORECASE,
)


def obscene(text: str) -> bool:
    """Whether a slur or an obscenity stands in the text."""
    return any(
        word in _WORDS or word.startswith(_LONG) or any(stem in word for stem in _INSIDE)
        for word in re.findall(r"[a-z]+", text.lower().translate(_LEET))
    )


def like_a_machine(text: str) -> bool:
    """Whether a line reads like a link, a path, a pattern or a shell command rather than talk."""
    return _MACHINE.search(text) is not None
