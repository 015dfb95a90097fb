"""A famous story, told again: run on the spot, and set beside what was published."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import Card, Recipe, engine
from trickcore.jobs import survival
from trickcore.jobs.networks import Network
from trickcore.language import _, later
from trickcore.measure.survival import Survival
from trickcore.pictures import drawing, samples
from trickcore.pictures import photograph_transforms as photograph
from trickcore.pictures.files import encode, enlarged
from trickcore.report import sentences
from trickcore.report.sentences import relation
from trickcore.runs.stories import BY_NAME, Story
from trickcore.text import counted, levels, percent, unbroken
from ui import classroom, state, text
from ui.pages.stories import besides, tour
from ui.session_run import Run, catalogue, digest, network_named, pixels_of, play, start
from ui.sidebar import apply_recipe
from ui.sidebar.picture_source import PHOTO_TYPES, keep, own
from ui.sidebar.url_state import from_link, to_link
from ui.widgets import downloads, main_button, progress
from ui.widgets.run_row import RunRow

ORIGINAL, TRICKED = later("Original {name}: {reading}, {sure}"), later("Tricked {name}: {reading}, {sure}")
STAYED = later("{before} ({was}) stayed {after} ({now})")
BECAME = later("{before} ({was}) became {after} ({now})")
VIEWS = 100  # random photographs counted in a story
RANGES = {"turned": photograph.ATHALYE, "printed": photograph.PRINTED}


@dataclass
class Telling:
    """A story as it was run on this visit."""

    key: object
    runs: list[Run] = field(default_factory=list)  # six for the story of six pictures
    count: Survival | None = None


def chosen(narrow: bool) -> str:
    """The story's name: a list beside the page, a menu on a phone. The link carries it."""
    names = list(BY_NAME)
    options: dict[str, Any] = {
        "options": names,
        "index": names.index(from_link("story", names, names[0])),
        "format_func": lambda name: _(BY_NAME[name].title),
        "key": "story",
        "persist_state": "session",
        "help": _("Each was told with a network of its time. Here it is run again, on this machine."),
        "on_change": tour.go,
        "args": (None,),
    }
    name: str = st.selectbox(_("Stories"), **options) if narrow else st.radio(_("Stories"), **options)
    to_link("story", name, names[0])
    return name


def teller(story: Story) -> tuple[Card, bool]:
    """The network the story runs on, and whether it is the one it was told with."""
    cards = {card.name: card for card in catalogue()}
    own = bool(story.told_on) and cards[story.told_on].ready
    return cards[story.told_on if own else story.recipe.network], own


def tell(story: Story, dark: bool, narrow: bool) -> None:
    """The story's words, the run, what is shown besides, and the way on."""
    card, own = teller(story)
    recipe, network = story.on(card.name), network_named(card.name)
    paper = _("the paper")
    source = f" · [{paper}]({story.source})" if story.source else ""
    st.markdown(f"{text.escape(unbroken(_(story.words)))}\n\n:gray[{text.escape(story.who)}{source}]")
    then, now = st.container(), st.empty()
    title = {card.name: _(card.title) for card in catalogue()}.get(story.told_on, "")
    figure = _(story.theirs)
    theirs = text.escape(unbroken(figure[:1].upper() + figure[1:]))
    then.markdown(
        _("**Then.** {theirs} ({network}).", theirs=theirs, network=title or _("a network of their own"))
    )
    data, noun, origin = _picture(story, network)
    telling = _telling(story, (story.name, card.name, digest(data)))
    if story.extra == "six":
        _six(telling, network, recipe, narrow)
    else:
        row = RunRow("", dark, narrow, advice=False, network=story.extra == "proved")
        _one(telling, network, data, noun, recipe, origin, row)
    said = [_("**Now.**"), _ours(telling), _where(card, own, title)]
    if story.wants and origin != "file":
        said.append(_("Shown on the cat, until you give a photo of {what}.", what=_(story.wants)))
    now.markdown(f"{' '.join(said)}{_related(telling)}")
    if telling.count is None and story.extra in RANGES:
        _count(telling, story)
    besides.show(story, telling.runs[0], telling.count, network, narrow)
    besides.further(story)
    _onward(story, telling, recipe, origin, narrow)


def _picture(story: Story, network: Network) -> tuple[bytes, str, str]:
    """The story's picture, or one's own where the story needs one that cannot ship."""
    if story.wants and classroom.own_pictures():
        key = f"story-{story.name}"
        given = st.file_uploader(
            _("Your own photo of {what}", what=_(story.wants)),
            type=PHOTO_TYPES,
            max_upload_size=20,
            key=key,
            help=_(
                "The photo of the story is not ours to give away. Any photo of the same animal will do; it "
                "stays on the computer that runs this page. Until then the method is shown on the cat."
            ),
            on_change=keep,
            args=(key,),
        )
        data = own(key, shown=given is not None)
        if data is not None:
            st.caption(_("A link to this story does not carry your own picture."))
            return data, later("photo"), "file"
    kind, __, name = story.origin.partition(":")
    if kind == "sample":
        return samples.sample(name), name, story.origin
    if kind == "digit":
        return drawing.drawn_png(name), name[0], story.origin
    canvas = samples.blank(name, network.size, channels=network.channels)  # type: ignore[arg-type]
    return canvas, f"{name} canvas", story.origin


def _telling(story: Story, key: object) -> Telling:
    tellings = state.stories.get()
    if story.name not in tellings or tellings[story.name].key != key:
        tellings[story.name] = Telling(key)
    return tellings[story.name]


def _one(
    telling: Telling,
    network: Network,
    data: bytes,
    noun: str,
    recipe: Recipe,
    origin: str,
    row: RunRow,
) -> None:
    if not telling.runs:
        last = state.run.get()  # perhaps it is the trick in hand
        same = last is not None and (last.network.identity, last.recipe, last.digest, last.growing) == (
            network.identity,
            recipe,
            digest(data),
            False,
        )
        telling.runs.append(last if last is not None and same else start(network, data, noun, recipe, origin))
    run = telling.runs[0]
    row.play(run) if run.growing else row.show(run)


def _six(telling: Telling, network: Network, recipe: Recipe, narrow: bool) -> None:
    """Every sample, original and tricked, one after the other."""
    before, after = (_tiles(3 if narrow else 6) for _which in range(2))
    for number, name in enumerate(samples.SAMPLES):
        if len(telling.runs) <= number:
            telling.runs.append(start(network, samples.sample(name), name, recipe, f"sample:{name}"))
        run = telling.runs[number]
        play(run)
        assert run.verdict is not None
        for tiles, frame, reading, which in (
            (before, run.frames[0], run.verdict.before, ORIGINAL),
            (after, run.frames[-1], run.verdict.after, TRICKED),
        ):
            sure = percent(reading.probability)
            alt = _(which, name=_(name), reading=reading.name, sure=sure)
            with tiles[number]:
                st.image(encode(enlarged(pixels_of(frame))), width="stretch", alt=alt)
                st.markdown(text.caption(reading.name, reading.probability))


def _tiles(across: int) -> list[DeltaGenerator]:
    """A place for each sample."""
    grid = st.grid(across, min_column_width=4, wrap=False, gap=8)
    return [grid.cell().container(gap="xxsmall") for _ in samples.SAMPLES]


def _ours(telling: Telling) -> str:
    """What was measured, in a sentence."""
    recipe = telling.runs[0].recipe
    if len(telling.runs) > 1:
        hits = sum(run.verdict is not None and run.verdict.outcome == "tricked" for run in telling.runs)
        goal = text.a(telling.runs[0].labels[recipe.target or 0])
        found = _(
            "{hits} of {of} saved pictures are read as {goal}", hits=hits, of=len(telling.runs), goal=goal
        )
    else:
        verdict = telling.runs[0].verdict
        if verdict is None:
            return _("The run was not finished.")
        before, after = verdict.before, verdict.after
        same = after.label == before.label
        found = _(
            STAYED if same else BECAME,
            before=text.escape(before.name),
            was=percent(before.probability),
            after=text.escape(after.name),
            now=percent(after.probability),
        )
        if verdict.target is not None and after.label != verdict.target:
            found = _("{found} (the wanted class has {sure})", found=found, sure=percent(verdict.wanted))
    run = telling.runs[0]
    if recipe.how.asks:
        cost = _("after {cost}", cost=sentences.cost(run.frames, recipe))
    else:
        cost = _("in {steps}", steps=counted(run.frames[-1].index, "step"))
    return _in_all(telling, found, cost)


def _in_all(telling: Telling, found: str, cost: str) -> str:
    """With how far values moved in all: what was allowed, and the saved files' own where it is another."""
    recipe, moved = telling.runs[0].recipe, 0
    for run in telling.runs:
        if run.verdict is not None:
            moved = max(moved, round(run.verdict.change.linf * 255))
    if not recipe.how.reads("eps"):
        first, last = telling.runs[0].frames[0], telling.runs[0].frames[-1]
        few = sentences.pixels_changed(pixels_of(first), pixels_of(last), recipe)
        return f"{found}, {cost}. {few or sentences.least(telling.runs[0].frames, recipe)}"
    allowed = levels(recipe.eps)
    if moved == recipe.eps:
        return _(
            "{found}, {cost}, by at most {levels} of 255 in all.", found=found, cost=cost, levels=allowed
        )
    return _(
        "{found}, {cost}, by at most {levels} of 255 in all, as saved {moved}.",
        found=found,
        cost=cost,
        levels=allowed,
        moved=moved,
    )


def _related(telling: Telling) -> str:
    """A remark where the new answer is right for the picture, too."""
    run = telling.runs[0]
    if run.verdict is None or len(telling.runs) > 1:
        return ""
    return relation(run.verdict, samples.truth(run.origin, run.labels))


def _where(card: Card, own: bool, title: str) -> str:
    if own:
        return _("Run on {network}, as it was told.", network=_(card.title))
    if not title and card.digits:
        return _("Run on {network}, one of ours.", network=card.title)
    if not title:
        return _("Run on {network}.", network=card.title)
    return _(
        "Run on {network}, since {other} is not on this machine; Trick can fetch it.",
        network=card.title,
        other=title,
    )


def _count(telling: Telling, story: Story) -> None:
    """How many random photographs of the tricked picture still fool the network."""
    run = telling.runs[0]
    original = encode(pixels_of(run.frames[0]))
    with progress.shown(_("Photographing it"), later("photograph")) as bar:
        for (count,) in engine.stream(
            survival.survival,
            run.network,
            original,
            [run.png],
            run.recipe.target,
            RANGES[story.extra],
            VIEWS,
            seed=run.recipe.seed,
        ):
            telling.count = count
            bar.tell(count.clean.asked, VIEWS)


def _onward(story: Story, telling: Telling, recipe: Recipe, origin: str, narrow: bool) -> None:
    run = telling.runs[0]
    with st.container(horizontal=True, gap="small"):
        if main_button.button(
            _("Open it in Trick"),
            key="story-open",
            icon=":material/auto_fix_high:",
            help=_("The same picture and settings on the page Trick, where all of them can be changed."),
            on_click=_open,
            args=(run, recipe, origin),
        ):
            st.switch_page("ui/pages/trick.py", query_params=apply_recipe.in_link(recipe, origin))
        if story.extra == "gradient":
            st.page_link("ui/pages/ask/page.py", label=_("Go on in Ask"), icon=":material/contact_support:")
        elif story.extra in RANGES:
            st.page_link("ui/pages/survive/page.py", label=_("Go on in Survive"), icon=":material/print:")
    downloads.exports(run, narrow=narrow)


def _open(run: Run, recipe: Recipe, origin: str) -> None:
    """The story's run becomes the trick in hand, and the panel shows its settings."""
    apply_recipe.apply(recipe, origin)
    state.run.set(run)
