"""What is to be swept: pictures, networks, methods, epsilons and the goal, in the order one thinks."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from trickcore import Card, Recipe, engine
from trickcore.jobs import digits as digit_jobs
from trickcore.language import _, later
from trickcore.runs.methods import METHODS
from trickcore.sweep.background import pictures_of, sweeps
from trickcore.sweep.picture_sets import MNIST, SAMPLES, SMALL, PictureSet
from trickcore.sweep.plan import CLEAN_ANSWER, LEAST_LIKELY, RANDOM, UNTARGETED, Plan, PlanError
from trickcore.sweep.results import ResultsError
from trickcore.text import counted
from ui import classroom, state, text
from ui.session_run import catalogue
from ui.sidebar import controls
from ui.sidebar.picture_source import PHOTO_TYPES
from ui.sidebar.url_state import LINK

PHOTOS, DIGITS = later("Sample photos"), later("Digits")
OF_MNIST, OWN = later("MNIST's digits"), later("Your photos")
SOURCES = {PHOTOS: SAMPLES, DIGITS: SMALL, OF_MNIST: MNIST}
MOST = {DIGITS: 1_797, OF_MNIST: 2_000}
MOST_FILES, MOST_TRIALS = 60, 40_000
GOALS = {
    later("A random class"): RANDOM,
    later("The least likely"): LEAST_LIKELY,
    later("Any other"): UNTARGETED,
}
CHOICES = {
    True: (12.0, 25.5, 38.0, 48.0, 64.0, 76.5, 128.0),
    False: (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 8.0, 16.0, 32.0),
}
START_EPS = {True: (12.0, 25.5, 48.0, 76.5), False: (0.5, 1.0, 2.0, 4.0)}
YOURS = later("your photos")  # as a plan calls them
QUESTIONS = 500  # of methods that only ask
HELP_GOAL = later(
    "*A random class*: for each picture another, drawn from the seed. *The least likely*: the class the "
    "network finds least likely for the picture as it is, the hardest (Kurakin et al. 2016). *Any other*: it "
    "only has to stop being read as what it is (untargeted)."
)


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A plan, and the pictures it is for."""

    plan: Plan
    pictures: PictureSet
    digits: bool


def _help_methods() -> str:
    each = (f"*{_(method.title)}*: {_(method.words)}" for method in METHODS.values())
    return " ".join([_("Each picture is tried with each of them."), *each])


def choice() -> Choice | None:
    """The controls, and what they amount to; None, with a word of what is missing, until they are whole."""
    source = _source()
    digits = source in (DIGITS, OF_MNIST)
    pictures = _pictures(source)
    networks = _networks(digits)
    methods = st.pills(
        _("Methods"),
        [name for name in METHODS if name != "hopskipjump"],
        selection_mode="multi",
        default=["gradient"],
        format_func=lambda name: _(METHODS[name].title),
        key="sweep_methods",
        help=_help_methods(),
        **LINK,
    )
    eps = st.pills(
        _("Epsilons (grey levels of 255)"),
        CHOICES[digits],
        selection_mode="multi",
        default=START_EPS[digits],
        format_func=lambda value: f"{value:g}",
        key=f"sweep_eps_{'digits' if digits else 'photos'}",
        help=_("How far any colour value may move. Each picture is tried with each of them."),
        **LINK,
    )
    goal = st.segmented_control(
        _("What each shall become"),
        list(GOALS),
        default="A random class",
        format_func=_,
        required=True,
        wrap=True,
        key="sweep_goal",
        help=_(HELP_GOAL),
        **LINK,
    )
    steps = st.slider(
        _("Steps"),
        1,
        100,
        10,
        key="sweep_steps",
        help=_(
            "How many small changes are made to each picture, by the methods that count steps. Those that "
            "only ask may ask {n} questions.",
            n=QUESTIONS,
        ),
        **LINK,
    )
    seed = controls.seed()
    if pictures is None:
        return None
    if not (networks and methods and eps):
        st.info(_("Choose at least one network, one method and one epsilon."), icon=":material/checklist:")
        return None
    plan = Plan(
        pictures.source if source != OWN else YOURS,
        tuple(networks),
        tuple(methods),
        tuple(sorted(float(value) for value in eps)),
        GOALS[goal],
        (seed,),
        Recipe(steps=steps, questions=QUESTIONS),
        labels=CLEAN_ANSWER if source in (PHOTOS, OWN) else "auto",
    )
    return Choice(plan, pictures, digits)


def _source() -> str:
    sources = [PHOTOS, DIGITS]
    if engine.call(digit_jobs.mnist_here):
        sources.append(OF_MNIST)
    if classroom.own_pictures():
        sources.append(OWN)
    source: str = st.selectbox(
        _("Pictures"),
        sources,
        format_func=_,
        key="sweep_pictures",
        help=_(
            "Six photos and 1,797 small digits come with this page. Of a photo, what the network says "
            "of it as it is counts as right. Your own stay on the computer that runs this page."
        ),
        **LINK,
    )
    return source


def _pictures(source: str) -> PictureSet | None:
    try:
        if source == PHOTOS:
            return pictures_of(SAMPLES, None)
        if source != OWN:
            count = st.slider(
                _("How many"),
                20,
                MOST[source],
                100,
                10,
                key=f"sweep_count_{'mnist' if source == OF_MNIST else 'small'}",
                help=_("More digits give a surer figure and take longer."),
                **LINK,
            )
            return pictures_of(SOURCES[source], count)
        return _own()
    except (PlanError, ResultsError) as error:
        st.error(text.escape(str(error)), icon=":material/block:")
        return None


def _own() -> PictureSet | None:
    given = st.file_uploader(
        _("Your photos"),
        type=PHOTO_TYPES,
        accept_multiple_files=True,
        max_upload_size=20,
        key="sweep_files",
        help=_(
            "Up to {most} pictures, of up to 20 MB each. The centre of each is cut out as a square.",
            most=MOST_FILES,
        ),
    )
    if given:
        state.sweep_files.set([(file.name, file.getvalue()) for file in given[:MOST_FILES]])
    files = state.sweep_files.get()
    if len(given) > MOST_FILES:
        st.caption(_("The first {most} are taken.", most=MOST_FILES))
    if not files:
        st.info(_("Choose some photos to begin."), icon=":material/add_photo_alternate:")
        return None
    if not given:
        st.caption(_("Kept for your visit: {photos}.", photos=counted(len(files), "photo")))
    return sweeps().given(files)


def _networks(digits: bool) -> list[str]:
    cards = {card.name: card for card in catalogue() if card.ready and card.digits is digits and not card.own}
    start = ["digits-standard", "digits-robust"] if digits else list(cards)[:1]
    chosen: list[str] = st.pills(
        _("Networks"),
        list(cards),
        selection_mode="multi",
        default=[name for name in start if name in cards],
        format_func=lambda name: _title(cards, name),
        key=f"sweep_networks_{'digits' if digits else 'photos'}",
        help=_("Those that are on this machine. Each picture is tried on each of them."),
        **LINK,
    )
    return list(chosen or [])


def _title(cards: dict[str, Card], name: str) -> str:
    return _(cards[name].title) if name in cards else name
