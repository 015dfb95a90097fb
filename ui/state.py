"""What a visit keeps: every key of Streamlit's session state that is ours, with its type.

Data is set by our code alone and is listed here. Widgets are Streamlit's: their values are reached by
`widget`, with the key that the widget was drawn with. No other module touches `st.session_state`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

if TYPE_CHECKING:
    from trickcore import Recipe
    from trickcore.classroom.records import Challenge
    from trickcore.classroom.records import Entry as HandIn
    from trickcore.explain.records import Answer, Dream
    from trickcore.jobs.networks import Network
    from trickcore.jobs.one_for_all import UniversalFrame
    from trickcore.jobs.proofs import DigitBounds
    from trickcore.pictures.drawing import Stroke
    from trickcore.report.sum_up import Finding
    from trickcore.training.records import GanReport, GanSettings, Gap, GapReport
    from ui.background import BackgroundJob
    from ui.pages.ask.add_gradient import Climb
    from ui.pages.classroom.hand_in import Pending
    from ui.pages.defend.accuracy import Measurement
    from ui.pages.defend.proof import Attack
    from ui.pages.defend.share_proved import Shares
    from ui.pages.defend.side_by_side import Duel
    from ui.pages.defend.vote_count import Vote
    from ui.pages.stories.story import Telling
    from ui.pages.survive.adaptive_attack import Attempt as AdaptiveAttempt
    from ui.pages.survive.any_photo.sticker_count import Made as Sticker
    from ui.pages.survive.other_networks import Attempts
    from ui.pages.survive.random_views import Counting
    from ui.pages.survive.smallest_epsilon import Search
    from ui.pages.survive.tougher import Tough
    from ui.pages.survive.transfer_table import Travels
    from ui.pages.train.live_training import Training
    from ui.pages.why.plane_training import PlaneTraining
    from ui.session_run import Run
    from ui.widgets.access.announcer import Announcements

T = TypeVar("T")


class Entry(Generic[T]):
    """A value under one key, or none yet."""

    def __init__(self, key: str) -> None:
        self.key = key

    def exists(self) -> bool:
        return self.key in st.session_state

    def get(self) -> T | None:
        value: T | None = st.session_state.get(self.key)
        return value

    def set(self, value: T) -> T:
        """Keeps the value, and gives it back."""
        st.session_state[self.key] = value
        return value

    def pop(self) -> T | None:
        """The value, which is then forgotten."""
        value: T | None = st.session_state.pop(self.key, None)
        return value

    def forget(self) -> None:
        """The same, as a button's callback."""
        self.pop()


class Made(Entry[T]):
    """A value that is made when it is first asked for, such as a dictionary of results."""

    def __init__(self, key: str, make: Callable[[], T]) -> None:
        super().__init__(key)
        self._make = make

    def get(self) -> T:
        value: T = st.session_state[self.key] if self.exists() else self.set(self._make())
        return value


class Widget(Entry[Any]):
    """What a widget stands at, of whatever type; set before it is drawn, as in a button's callback."""

    def get(self) -> Any:
        return super().get()


def widget(key: str) -> Widget:
    return Widget(key)


def as_in_a_link(name: str) -> list[Any]:
    """What a widget of the page stands at, as Streamlit writes it into a link, None where nothing is chosen;
    an empty list where there is no such widget.

    Streamlit takes a value out of the address both where it is none and where it goes without saying, so
    what the widget itself would write is compared. It has no public way to ask.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return []
    try:
        session: Any = context.session_state
        kept = session._state._new_widget_state
        metadata = kept.widget_metadata[session._state._key_id_mapper.get_id_from_key(name)]
        return [metadata.serializer(st.session_state[name])]
    except (AttributeError, KeyError):  # the page has no such widget, or Streamlit keeps it elsewhere
        return []


TEXTS = ("string_value", "string_array_value")


def set_anew() -> None:
    """Every choice of the page is set to what it stands at: the browser is then told what it is called now.

    As in `as_in_a_link`, Streamlit has no public way to ask which widgets there are.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return
    session: Any = context.session_state
    kept = session._state
    for key, number in list(kept._key_id_mapper._key_id_mapping.items()):
        metadata = kept._new_widget_state.widget_metadata.get(number)
        if metadata is not None and metadata.value_type in TEXTS and key in st.session_state:
            st.session_state[key] = st.session_state[key]


# The visit's run and network
run: Entry[Run] = Entry("run")  # the trick in hand
other: Entry[Run] = Entry("other")  # a run that is kept to be compared with
mine: Entry[Network] = Entry("mine")  # the network trained on the page Train
kept: Made[dict[object, Any]] = Made("kept", dict)  # results made of the trick in hand, by CurrentTrick.key

# The panel
kind: Entry[Recipe] = Entry("kind")  # where the controls began: for photos or for digits
wish: Entry[str] = Entry("wish")  # what was pressed since the page was last run: "go", "stop", "repair"
web_trouble: Entry[str] = Entry("web.trouble")  # why the web did not give the picture asked for last
gallery_turn: Made[int] = Made("gallery.turn", int)  # counts up when code chooses the sample


def put_aside(start: Recipe, key: str) -> Entry[Any]:
    """The value of a control while the panel is about the other kind of picture than `start` is for."""
    return Entry(f"{start.target}.{key}")


def file(uploader: str) -> Entry[tuple[str, bytes] | None]:
    """The visitor's own file of an uploader: its name and what is in it."""
    return Entry(f"own.{uploader}")


def strokes(canvas: str) -> Made[tuple[Stroke, ...]]:
    """What is drawn on a canvas."""
    return Made(f"{canvas}.strokes", tuple)


def given_strokes(canvas: str) -> Entry[tuple[Stroke, ...]]:
    """What a canvas was last told to start from."""
    return Entry(f"{canvas}.given")


def canvas_revision(canvas: str) -> Made[int]:
    """Counts up when code replaces what is drawn, so that the browser's older strokes are known."""
    return Made(f"{canvas}.revision", int)


# For everybody
language: Entry[str] = Entry("language")  # that the visit speaks

# What a run of the script has drawn, for everybody
announcements: Entry[Announcements] = Entry("announcements")  # what is to be said of it
charts: Made[dict[int, tuple[Any, Any, str]]] = Made("charts", dict)  # place, figure and words, by the place

# The link
link_page: Entry[str] = Entry("link.page")  # the page that was run last
link_again: Entry[bool] = Entry("link.again")  # whether the page is run a second time
link_brought: Made[dict[str, list[str]]] = Made("link.brought", dict)  # what the address brought to this page
link_once: Made[dict[str, list[str]]] = Made("link.once", dict)  # the same, for whoever asks first
link_unread: Made[dict[str, list[str]]] = Made("link.unread", dict)  # brought, and not looked at yet
link_refused: Made[list[str]] = Made("link.refused", list)  # settings that the link asked for wrongly
link_digits: Entry[bool | None] = Entry("link.digits")  # whether the page's picture is a digit


def last_in_link(name: str) -> Entry[str]:
    """The value of a setting that we put into the link ourselves."""
    return Entry(f"link.{name}")


def class_link(word: str) -> Entry[str | None]:
    """What a link for a class said after "hide" or "pin"."""
    return Entry(f"lesson.{word}")


def title(page: str) -> Entry[str]:
    """A page's heading, until it is known anew."""
    return Entry(f"title.{page}")


# Ask
answers: Made[dict[object, Answer]] = Made("answers", dict)
climb: Entry[Climb] = Entry("climb")  # the gradient added again and again
adding: Entry[int] = Entry("adding")  # how many additions were asked for
class_pictures: Made[dict[object, dict[str, Dream]]] = Made("dreams", dict)

# Why
plane_training: Entry[PlaneTraining] = Entry("plane_training")  # of the network with two pixels

# Survive
random_views: Entry[Counting] = Entry("counted")
tougher: Entry[Tough] = Entry("tougher")
only_here: Made[dict[object, Run]] = Made("here.runs", dict)
other_networks: Entry[Attempts] = Entry("others")
transfer_table: Entry[Travels] = Entry("travels")
defences: Made[dict[object, tuple[int, int]]] = Made("defences.kept", dict)  # right of so many clean pictures
adaptive_attacks: Made[dict[object, AdaptiveAttempt]] = Made("adapted", dict)
smallest_epsilon: Entry[Search] = Entry("smallest")
stickers: Made[dict[object, Sticker]] = Made("stickers", dict)  # as they were made, by their settings
universals: Made[dict[object, BackgroundJob[UniversalFrame]]] = Made("universals", dict)

# Defend and Train
side_by_side: Entry[Duel] = Entry("duel")
accuracy: Entry[Measurement] = Entry("measured")
proofs: Made[dict[object, DigitBounds]] = Made("proofs", dict)  # bounds of digits, by network and picture
proof_attack: Entry[Attack] = Entry("proof_attack")  # the search for what breaks an answer
shares_proved: Entry[Shares] = Entry("shares_proved")
votes: Made[dict[object, Vote]] = Made("votes", dict)  # of noisy copies, by network, picture and settings
training: Entry[Training] = Entry("training")
gaps: Made[dict[Gap, BackgroundJob[GapReport]]] = Made("gaps", dict)  # networks taught with one
gans: Made[dict[GanSettings, BackgroundJob[GanReport]]] = Made("gans", dict)
gan_guesses: Entry[str] = Entry("gan.guesses")  # "l" or "r" for each pair that was guessed at
train_wish: Entry[str] = Entry("train_wish")  # what was pressed: "train", "go", "stop"

# Sweep
sweep_files: Entry[list[tuple[str, bytes]]] = Entry("sweep.files")  # pictures given, by name

# Stories
stories: Made[dict[str, Telling]] = Made("told", dict)  # as they were run, by their names
tour_runs: Made[dict[str, Run]] = Made("tour.runs", dict)
tour_gap: Entry[GapReport] = Entry("tour.gap")  # a network that never saw one of the digits
sum_up: Entry[list[Finding]] = Entry("sum_up")  # the tour's answers, for a class
tour_right: Made[dict[int, bool]] = Made("tour.right", dict)  # whether a step was foreseen
tour_guesses: Entry[dict[int, str]] = Entry("tour.guesses")  # the option chosen at a step

# The class
pupil_token: Entry[str] = Entry("class.pupil")  # the device's own, as the browser keeps it
teacher_token: Entry[str] = Entry("class.teacher")
class_code: Entry[str] = Entry("class.code")  # that the pupil's link brought
challenge: Entry[Challenge] = Entry("class.challenge")  # that holds this pupil's controls
class_version: Entry[int] = Entry("class.version")  # of the class, when a pupil's page last looked
class_question: Entry[int] = Entry("class.question")  # the open question that this pupil waits for
pending: Entry[Pending] = Entry("class.pending")  # a picture that is being handed in
ticket: Entry[str] = Entry("class.ticket")  # for the next hand-in
to_vote: Entry[tuple[tuple[int, int], HandIn | None]] = Entry("class.to_vote")  # by version and pupil
standing: Entry[tuple[int, int]] = Entry("class.standing")  # version and hand-in that were last looked at
handed_in: Entry[HandIn] = Entry("class.handed_in")  # the last that was measured
wall: Entry[dict[str, Any]] = Entry("class.wall")  # what was last on it
projecting: Entry[bool] = Entry("class.projecting")  # whether the teacher's page is the wall
