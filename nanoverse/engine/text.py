"""Tokens -> pieces of text, as they come.

A token may end inside a character or may complete a stop string, so text is held back until neither is possible.
"""

from __future__ import annotations

from typing import Protocol

HALF_A_CHARACTER = "\ufffd"  # what decoders make of it; a true one at the end of a text is left out with it


class Decoder(Protocol):
    """The part of `tokenizers.Tokenizer` that is needed here."""

    def decode(self, ids: list[int], skip_special_tokens: bool = True) -> str: ...


class TextStream:
    """Turns one request's tokens into text. `stopped` is set once a stop string was met; the text ends before it."""

    def __init__(self, decoder: Decoder, stop: tuple[str, ...]) -> None:
        self._decoder = decoder
        self._stop = stop
        self._tokens: list[int] = []
        self._shown = 0  # tokens before this have all their text out; they only give context to the next ones
        self._read = 0
        self._held = ""
        self.stopped = False

    def push(self, token: int) -> str:
        """The text that is certain now that `token` is known; often one word, sometimes empty."""
        self._tokens.append(token)
        text = self._unread()
        if text.endswith(HALF_A_CHARACTER):
            return ""
        self._shown, self._read = self._read, len(self._tokens)
        return self._release(text)

    def finish(self) -> str:
        """What was held back; to be called once, after the last token, unless `stopped`."""
        piece = self._release(self._unread().rstrip(HALF_A_CHARACTER))
        return piece if self.stopped else piece + self._held

    def _unread(self) -> str:
        known = self._decoder.decode(self._tokens[self._shown : self._read])
        return self._decoder.decode(self._tokens[self._shown :])[len(known) :]

    def _release(self, text: str) -> str:
        text = self._held + text
        ends = [at for at in (text.find(stop) for stop in self._stop) if at >= 0]
        if ends:
            self.stopped = True
            return text[: min(ends)]
        keep = max((_overlap(text, stop) for stop in self._stop), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` with which `stop` begins."""
    for length in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0
