"""Stories: the tricks that made this famous, one click each, and a guided tour."""

from __future__ import annotations

import streamlit as st

from trickcore import ImageError, WeightsError
from trickcore.runs.stories import BY_NAME
from ui import text
from ui.guard import guarded
from ui.pages.stories import story as storytelling
from ui.pages.stories import tour
from ui.widgets import viewport

dark, narrow = viewport.dark(), viewport.narrow()
step = tour.step()
title, notice = st.empty(), st.empty()
with st.container() if narrow and not step else st.sidebar:
    st.button(
        "Take the tour",
        key="tour-begin",
        icon=":material/tour:",
        width="stretch",
        help="Five questions for a first visit or for a class: say what you think will happen, then see.",
        on_click=tour.begin,
    )
    name = storytelling.chosen(narrow and not step)
story = BY_NAME[name]
title.header("What do you think will happen?" if step else story.title)
with guarded(notice, "This could not be told: {}. Try another story.", ImageError, WeightsError):
    if step:
        tour.show(step, dark, narrow)
    else:
        storytelling.tell(story, dark, narrow)
st.sidebar.caption(text.device())
