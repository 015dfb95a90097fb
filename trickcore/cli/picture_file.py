"""A picture file that a command line names: a path, an address on the web, or standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from trickcore.pictures.from_web.fetch import picture_from_web


def on_the_web(name: str) -> bool:
    return name.lower().startswith(("http://", "https://"))


def read(name: str) -> bytes:
    """The file itself. Raises OSError for a path, WebError or ImageError, with a sentence, for an address."""
    if on_the_web(name):
        return picture_from_web(name)
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
