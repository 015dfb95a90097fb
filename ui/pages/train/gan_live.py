"""Watch them learn: losses and beliefs as they grow, and 25 drawings from gibberish to digits."""

from __future__ import annotations

import streamlit as st

from trickcore import engine
from trickcore.jobs import digits, forgeries
from trickcore.language import _, later
from trickcore.pictures.files import encode, enlarged
from trickcore.pictures.mnist import DigitsError
from trickcore.pictures.mosaic import gif, mosaic
from trickcore.plots.digits import gan as charts
from trickcore.text import percent
from trickcore.training.records import GanReport, GanSettings
from ui import state
from ui.background import BackgroundJob
from ui.guard import DOWNLOAD, guarded
from ui.pages.train.teach import MNIST, SMALL, fetch_mnist
from ui.session_run import FrameClock
from ui.sidebar import controls
from ui.sidebar.url_state import LINK
from ui.widgets import chart_slot, progress

ABOUT = later(
    "The **forger** (the generator) turns noise (random numbers) into pictures. The **detective** (the "
    "discriminator) is shown real digits and forged ones and says how likely each is real. The forger never "
    "sees a real digit: it learns only which change would look more real to the detective."
)
HELP_LOSS = later(
    "How wrong each of them is (counted in nats): the lower, the better for it. The detective's is low "
    "when it tells real from forged (1.39 is guessing); the forger's is low when the detective takes its "
    "pictures for real (0.69 against a detective who guesses). Neither goes to 0: what one wins the other "
    "loses."
)
HELP_BELIEF = later(
    "The probability of being real that the detective gives, on average, to 200 real digits it has never "
    "seen and to 200 forged ones. When the two lines meet it cannot tell them apart. It is taught to say "
    "90\u00a0% of a real one, not 100\u00a0%, so that it is never too sure."
)
HELP_GRID = later(
    "The same 25 noises at every moment. Each picture is drawn from 32 random numbers and nothing else."
)
FEW = 6  # trainings kept of a visit
ACROSS = 5


def section(dark: bool, narrow: bool) -> None:
    """The panel, the drawings, and both charts."""
    words = st.container()
    notice, scene, below = st.empty(), st.container(), st.container()
    words.markdown(_(ABOUT))
    with below if narrow else st.sidebar:
        asked = _asked()
        place = st.container(horizontal=True, gap="small").empty()
    if asked is None:
        return
    jobs = state.gans.get()
    for other, job in jobs.items():
        if other != asked and not job.done:
            job.stop(True)
    while len(jobs) >= FEW and asked not in jobs:
        jobs.pop(next(iter(jobs)))
    job = jobs.setdefault(asked, BackgroundJob(forgeries.learn, asked))
    failed = _("The training could not go on: {}. Try other settings.")
    with scene:
        board = Board(asked, dark, narrow)
    with guarded(notice, failed, DigitsError, ValueError, icon=DOWNLOAD) as guard:
        clock = FrameClock()
        with progress.shown(_("Teaching both networks"), "percent", notice) as bar:
            for newest in job.grow(place, "gan"):
                bar.tell(100 * newest.step / asked.steps, 100)
                if clock.due():
                    board.draw(job.items)
        if job.items:
            board.finish(job.items)
    if guard.failed:
        del jobs[asked]


def _asked() -> GanSettings | None:
    """On which digits, and how long; None while they are not here."""
    source = st.segmented_control(
        _("Digits"),
        [SMALL, MNIST],
        default=SMALL,
        format_func=_,
        required=True,
        width="stretch",
        key="gan_on",
        help=_("*Small digits*: 1,797 real ones from scikit-learn's package. *MNIST*: 6,000 of the 60,000."),
        **LINK,
    )
    mnist = source == MNIST
    if mnist and not engine.call(digits.mnist_here):
        fetch_mnist()
        return None
    steps = st.slider(
        _("Steps"),
        100,
        2_000,
        600,
        50,
        key="gan_steps",
        help=_(
            "In each step the detective learns from 64 real and 64 forged digits, then the forger from the "
            "detective."
        ),
        **LINK,
    )
    return GanSettings(mnist, steps, controls.seed())


class Board:
    """Where the two are shown."""

    def __init__(self, asked: GanSettings, dark: bool, narrow: bool) -> None:
        self.asked, self.dark = asked, dark
        left, right = st.columns([1, 1.25], gap="medium")
        left.markdown(_("**What the forger draws**"), help=_(HELP_GRID))
        self.grid, self.scrubber, self.told = left.empty(), left.empty(), left.empty()
        self.take = left.empty()
        right.markdown(_("**What the detective believes**: how likely is it real?"), help=_(HELP_BELIEF))
        self.beliefs = right.empty()
        right.markdown(_("**Loss**"), help=_(HELP_LOSS))
        self.losses = right.empty()

    def draw(self, reports: list[GanReport]) -> None:
        """The newest moment of a training that goes on."""
        self._charts(reports, None, chart_slot.growing)
        self._grid(reports[-1])

    def finish(self, reports: list[GanReport]) -> None:
        """All of it, and whichever moment is looked at."""
        last = reports[-1]
        at = last.step
        if len(reports) > 1:
            at = self.scrubber.select_slider(
                _("Step"),
                [one.step for one in reports],
                value=last.step,
                key=f"gan-step-{self.asked}-{last.step}",
                help=_("Look back: the pictures and the dotted line in the charts follow."),
            )
        now = next(one for one in reports if one.step == at)
        self._charts(reports, at, chart_slot.finished)
        self._grid(now)
        self.told.caption(
            _(
                "After {steps:,} steps and {seconds:.1f}\u00a0s the detective finds real digits {real} "
                "likely to be real and forged ones {forged}, on average.",
                steps=now.step,
                seconds=now.seconds,
                real=percent(now.believed_real),
                forged=percent(now.believed_forged),
            )
        )
        self.take.download_button(
            "GIF",
            lambda: gif([mosaic(one.pixels, ACROSS) for one in reports]),
            f"forger-seed-{self.asked.seed}.gif",
            "image/gif",
            key=f"gan-gif-{len(reports)}",
            icon=":material/download:",
            on_click="ignore",
            help=_("The 25 drawings over all moments, from noise to digits."),
        )

    def _charts(self, reports: list[GanReport], at: int | None, show: object) -> None:
        assert callable(show)
        losses, beliefs = charts.gan_charts(reports, steps=self.asked.steps, marked=at, dark=self.dark)
        now = reports[-1]
        show(
            self.beliefs,
            beliefs,
            _(
                "Believed real: {real} of real digits, {forged} of forged",
                real=percent(now.believed_real),
                forged=percent(now.believed_forged),
            ),
        )
        show(
            self.losses,
            losses,
            _(
                "Losses: detective {detective:.2f}, forger {forger:.2f} nats",
                detective=now.discriminator,
                forger=now.generator,
            ),
        )

    def _grid(self, now: GanReport) -> None:
        picture = enlarged(mosaic(now.pixels, ACROSS), 432)
        alt = _("25 drawings of the forger after {steps} steps", steps=now.step)
        self.grid.image(encode(picture), width=400, output_format="PNG", alt=alt)
