"""What a screen reader says of a run: that it began and what came of it, once each, whatever is drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import count

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.language import _, language
from ui import state

# The region stands beside the page, so that no run takes it away, and in a frame of its own, so that who
# reads on, or looks for a word, does not meet the outcome twice. It is filled once it is there: what comes
# with its words in it is not read out.
_JS = """
const EMPTY = '<!doctype html><html lang="en"><title>Announcements</title><div role="status"></div></html>';
const region = () => document.getElementById("trick-announcer")?.contentDocument?.querySelector("[role]");
let number = 0;

export default function ({ data }) {
  if (!document.getElementById("trick-announcer")) {
    const frame = document.createElement("iframe");
    Object.assign(frame, { id: "trick-announcer", tabIndex: -1, srcdoc: EMPTY });
    frame.style.cssText = "position: fixed; width: 1px; height: 1px; border: 0; clip-path: inset(50%)";
    document.body.append(frame);
  }
  document.getElementById("trick-announcer").title = data.title;
  if (number === data.number) return;
  number = data.number;
  const tell = () => {
    if (number !== data.number) return;
    const page = region()?.ownerDocument;
    if (!page) return setTimeout(tell, 100);
    [page.title, page.documentElement.lang] = [data.title, data.language];
    region().textContent = data.words;
  };
  setTimeout(tell, 100);
}
"""
_say = st.components.v2.component("trick.announcer", js=_JS)
_numbers = count(1)
SENTENCES = 3  # of an outcome, its first word among them; what was measured can be read


@dataclass
class Announcements:
    """What there is to say of one run of the script."""

    place: DeltaGenerator | None = None
    begun: bool = False
    outcomes: dict[int, tuple[DeltaGenerator, str]] = field(default_factory=dict)  # the last at each place
    said: str = ""  # the last outcomes, of this run or one before


def begin() -> None:
    """Called when a page begins to draw, where an element of a pixel's height does no harm."""
    state.announcements.set(Announcements(st.empty(), said=_held().said))


def started(doing: str) -> None:
    """Something that takes its time began. Of several in one run of the script the first is told."""
    held = _held()
    if not held.begun:
        held.begun = True
        _tell(held, f"{doing}…")


def outcome(place: DeltaGenerator, words: str) -> None:
    """What came of it, in Markdown; what is drawn at the same place later in the run stands for it."""
    _held().outcomes[id(place)] = (place, spoken(words))


def end() -> None:
    """Called when the page is drawn: the outcomes are told, unless they are those that were told last."""
    held = _held()
    words = " ".join(told for _place, told in held.outcomes.values())
    if held.begun or words not in ("", held.said):
        held.said = words
        _tell(held, words or _("Done."))
    held.outcomes.clear()


def spoken(markdown: str) -> str:
    """The first sentences of a text in Markdown, as they are read out."""
    plain = re.sub(r":material/\w+:", "", markdown)
    plain = re.sub(r":[\w-]+\[([^\]]*)\](\{[^}]*\})?", r"\1", plain)
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", plain)
    plain = re.sub(r"(?<!\\)[*`]", "", plain)
    plain = re.sub(r"\\(.)", r"\1", plain)
    return " ".join(re.split(r"(?<=[.!?]) ", plain.strip())[:SENTENCES])


def _held() -> Announcements:
    return state.announcements.get() or state.announcements.set(Announcements())


def _tell(held: Announcements, words: str) -> None:
    if held.place is None:
        return
    number = next(_numbers)
    with held.place:
        title = _("Announcements")
        data = {"number": number, "words": words, "title": title, "language": language()}
        _say(key=f"said-{number}", data=data, height=1)
