"""Trick: pick a network, a picture and a class, and watch the answer change step by step."""

from __future__ import annotations

import logging

import streamlit as st

from parts import controls, door, pictures, viewport, words
from parts.more import more
from parts.run import Clock, Run, digest, guess, network, seen, start
from parts.stage import Stage
from trickcore import Card, Classifier, ImageError, Recipe, WeightsError, fetch, labels_of


def awake(card: Card) -> Classifier | None:
    """The network, if it can be had without asking; else the stage offers what can be done."""
    if not card.ready:
        offer(
            card, f"**{card.title}** is not on this machine yet: a download of {card.megabytes:.0f} MB, once."
        )
        return None
    try:
        return network(card.name)
    except WeightsError as error:
        offer(card, words.escape(str(error)), broken=True)
    except ValueError as error:
        stage.notice.error(words.escape(str(error)), icon=":material/block:")
    return None


def offer(card: Card, why: str, *, broken: bool = False) -> None:
    with stage.notice.container():
        (st.error if broken else st.info)(why, icon=":material/download:")
        pressed = st.button(f"Download {card.title} ({card.megabytes:.0f} MB)", key="fetch", type="primary")
    if pressed:
        try:
            with st.spinner(f"Downloading {card.title}, {card.megabytes:.0f} MB…", show_time=True):
                fetch(card.name, refetch=broken)
            st.rerun()
        except (WeightsError, ValueError) as error:
            stage.notice.error(words.escape(str(error)), icon=":material/wifi_off:")


def look(drawing: bytes) -> str:
    return guess(classifier, drawing) if classifier else ""


def play(run: Run) -> None:
    """Let the run grow to its end, drawing a frame whenever the browser has had time for the last."""
    stage.clear()
    if run.frames:
        stage.draw(run, wishes, whole=True)
    clock = Clock()
    while run.grow():
        if clock.due():
            stage.draw(run, wishes)
    run.finish()


def name_it(run: Run | None, *, current: bool) -> None:
    """The page's title says what is going on."""
    already = bool(current and run and run.frames and target == int(run.frames[0].probs.argmax()))
    stage.title.header(words.title(picture.noun, labels[target] if target is not None else None, already))


door.check()
dark, narrow = viewport.dark(), viewport.narrow()
stage = Stage(dark, narrow)
elsewhere = stage.quick if narrow else None  # on a phone what matters most stands under the pictures
seed = controls.seed_so_far()
if "run" not in st.session_state:
    stage.wait()
with st.sidebar:
    with st.container():  # keeps its place whether or not something is said while the network wakes
        card = controls.network()
        classifier = awake(card)
    labels = classifier.labels if classifier else labels_of(card.name)
    begin = controls.start_of(card)
    picture = pictures.picture(card, classifier.size if classifier else (224, 224), seed, look, elsewhere)
    target = controls.goal(labels, begin, elsewhere, seed)
    eps = controls.epsilon(begin, elsewhere)
    recipe, wishes = more(labels, Recipe(network=card.name, target=target, eps=eps, steps=controls.steps()))
    possible = classifier is not None and picture.data is not None
    if elsewhere:
        live = controls.live()
    with (elsewhere or st).container(horizontal=True, vertical_alignment="center"):
        if not elsewhere:
            live = controls.live()
        stop_place = controls.go(possible=possible)

run: Run | None = st.session_state.get("run")
wish = controls.wish()
current = run is not None and (run.recipe, run.digest) == (recipe, digest(picture.data or b""))
trouble = ""
if run is not None and run.growing and wish == "stop":
    run.close(stopped=True)
    run.finish()
elif classifier is not None and picture.data is not None and (wish == "go" or (live and not current)):
    try:
        fresh = start(classifier, picture.data, picture.noun, recipe)
    except ImageError as error:
        trouble = str(error)
    else:
        if run is not None:
            run.close()
        run = st.session_state.run = fresh
        current = True

name_it(run, current=current)
if run is not None:
    try:
        if run.growing:
            controls.stop(stop_place)
            play(run)
            name_it(run, current=current)
        if run.frames:
            stage.show(run, wishes)
    except Exception as error:  # a page never shows a traceback; the terminal does
        logging.getLogger(__name__).exception("a run failed")
        run.close()
        trouble = f"The network could not go on: {error}. Try another picture, network or setting."
    stop_place.empty()
elif not trouble and classifier is not None and picture.data is not None:
    try:
        stage.rest(seen(classifier, picture.data))
        stage.notice.info("Press **Trick it** to begin.", icon=":material/auto_fix_high:")
    except ImageError as error:
        trouble = str(error)
        stage.rest(None)
else:
    stage.rest(None)
if trouble or picture.wrong:
    stage.notice.error(words.escape(trouble or picture.wrong), icon=":material/broken_image:")
elif picture.data is None:
    stage.notice.info(picture.ask, icon=":material/add_photo_alternate:")
elif run is not None and possible and not current:
    stage.notice.info("This is the run before your last change. Press **Trick it** to run it again.")
st.sidebar.caption(words.device())
