"""Trick: pick a network, a picture and a class, and watch the answer change step by step."""

from __future__ import annotations

from contextlib import nullcontext

import streamlit as st

from trickcore import ImageError
from trickcore.language import _
from ui import session_run as runs
from ui import state, text, visits
from ui.guard import guarded
from ui.pages.classroom import hand_in, set_challenge
from ui.session_run import Run, noise_of, seen, start
from ui.sidebar import class_link, controls, panel
from ui.widgets import comparison, progress, remedy_buttons, viewport
from ui.widgets.access import announcer
from ui.widgets.run_view import RunView


def play(run: Run, *, arrived: bool) -> None:
    """Let the run grow to its end, drawing a frame whenever the browser has had time for the last."""
    stage.clear()
    if run.frames:
        stage.draw(run, wishes, whole=True)
    announcer.started(_("Tricking the picture"))
    with visits.told(stage.verdict):
        runs.play(run, draw=lambda: stage.draw(run, wishes), least=0.0 if arrived else runs.pace())


def name_it(run: Run | None, *, current: bool) -> None:
    """The page's title says what is going on."""
    target = recipe.target
    already = bool(current and run and run.frames and target == int(run.frames[0].probs.argmax()))
    name = asked.labels[target] if target is not None else None
    stage.title.header(text.title(picture.noun, name, already))


dark, narrow = viewport.dark(), viewport.narrow()
handing_in = st.empty()
stage = RunView(dark, narrow)
below = st.empty()
elsewhere = stage.quick if narrow else None  # on a phone what matters most stands under the pictures
arrived = not state.run.exists()
if arrived:
    stage.wait()
with st.sidebar:
    with progress.spinning(_("Waking the network"), stage.verdict) if arrived else nullcontext():
        asked = panel.settings(stage.notice, elsewhere)
    if elsewhere:
        live = controls.live()
    with (elsewhere or st).container(horizontal=True, vertical_alignment="center"):
        if not elsewhere:
            live = controls.live()
        stop_place = controls.go(possible=asked.possible, narrow=narrow)
network, picture, recipe, wishes = asked.network, asked.picture, asked.recipe, asked.wishes

run = state.run.get()
wish = controls.wish()
current = asked.made(run)
trouble, broken = "", False
if run is not None and run.growing and wish == "stop":
    if not run.frames:  # it was in the queue: the picture as it is, at least
        run.grow()
    run.close(stopped=True)
    run.finish()
elif run is not None and current and wish == "repair":
    remedy_buttons.repair(run)
elif network is not None and picture.data is not None and (wish == "go" or (live and not current)):
    try:
        fresh = start(network, picture.data, picture.noun, recipe, picture.origin)
    except ImageError as error:
        trouble = str(error)
    else:
        if run is not None:
            run.close()
        run = state.run.set(fresh)
        current = True

name_it(run, current=current)
if run is not None and (trouble or picture.wrong):
    stage.clear()  # the run stays in hand, but what it says is not of this picture
    stage.rest(None)
elif run is not None:
    failed = _("The network could not go on: {}. Try another picture, network or setting.")
    with guarded(stage.notice, failed) as guard:
        if run.growing:
            controls.stop(stop_place)
            play(run, arrived=arrived)
            name_it(run, current=current)
        if run.frames:
            if wishes.noise and run.verdict is not None:
                if run.noise is None:
                    with stage.notice, st.spinner(_("Trying random noise of the same size…")):
                        run.noise = noise_of(run)
                stage.noise = run.noise
            stage.show(run, wishes)
            with below.container():
                comparison.offer(run)
                comparison.show(run, dark=dark, narrow=narrow)
        if words := text.begun_again(run):
            stage.notice.info(words, icon=":material/restart_alt:")
    if guard.failed:
        run.close(stopped=run.growing)
        broken = True
        if not run.frames:  # nothing of it was reached, so there is none to come back to
            state.run.pop()
    stop_place.empty()
elif not trouble and network is not None and picture.data is not None:
    try:
        stage.rest(seen(network, picture.data))
        stage.notice.info(_("Press **Trick it** to begin."), icon=":material/auto_fix_high:")
    except ImageError as error:
        trouble = str(error)
        stage.rest(None)
else:
    stage.rest(None)
if broken:
    pass  # the notice says why
elif trouble or picture.wrong:
    stage.notice.error(text.escape(trouble or picture.wrong), icon=":material/broken_image:")
elif picture.data is None:
    before = _("Until then, this is the run before your last change.") if run is not None else ""
    stage.notice.info(f"{picture.ask} {before}".strip(), icon=":material/add_photo_alternate:")
elif run is not None and asked.possible and not current:
    stage.notice.info(_("This is the run before your last change. Press **Trick it** to run it again."))
hand_in.show(handing_in, run if current and not (trouble or broken) else None)
with st.sidebar:
    if run is not None and current and picture.data is not None:
        set_challenge.offer(run, picture.data)
    class_link.share()
    st.caption(text.device())
