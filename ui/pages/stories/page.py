"""Stories: the tricks that made this famous, one click each, and a guided tour."""

from __future__ import annotations

import streamlit as st

from trickcore import ImageError, WeightsError
from trickcore.language import _, later
from trickcore.runs.stories import BY_NAME
from ui import text
from ui.guard import guarded
from ui.pages.stories import story as storytelling
from ui.pages.stories import sum_up, tour
from ui.widgets import viewport

TITLE = later("A sum-up for a class")

dark, narrow = viewport.dark(), viewport.narrow()
step, summed = tour.step(), sum_up.asked()
title, notice = st.empty(), st.empty()
with st.container() if narrow and not (step or summed) else st.sidebar:
    st.button(
        _("Take the tour"),
        key="tour-begin",
        icon=":material/tour:",
        width="stretch",
        help=_("Seven questions for a first visit or for a class: say what you think will happen, then see."),
        on_click=tour.begin,
    )
    name = storytelling.chosen(narrow and not (step or summed))
    if not narrow:
        sum_up.offer()
story = BY_NAME[name]
title.header(_("What do you think will happen?") if step else _(TITLE) if summed else _(story.title))
with guarded(notice, _("This could not be told: {}. Try another story."), ImageError, WeightsError):
    if step:
        tour.show(step, dark, narrow)
    elif summed:
        sum_up.show(st.empty())
    else:
        storytelling.tell(story, dark, narrow)
        if narrow:  # under what one looks at
            sum_up.offer()
st.sidebar.caption(text.device())
