"""Stories: the tricks that made this famous, one click each, and a guided tour."""

from __future__ import annotations

import logging

import streamlit as st

from trickcore import ImageError, WeightsError
from trickcore.runs.stories import BY_NAME
from ui import text
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
try:
    if step:
        tour.show(step, dark, narrow)
    else:
        storytelling.tell(story, dark, narrow)
except (ImageError, WeightsError) as error:
    notice.error(text.escape(str(error)), icon=":material/broken_image:")
except Exception as error:  # a page never shows a traceback; the terminal does
    logging.getLogger(__name__).exception("a story failed")
    notice.error(f"This could not be told: {text.escape(str(error))}. Try another story.")
st.sidebar.caption(text.device())
