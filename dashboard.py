"""What Streamlit is told to run. Set-up and the list of pages are in ui/app.py."""

from ui import app
from ui.guard import last_resort
from ui.pages.classroom import pupil
from ui.sidebar import link_notice, url_state

page = app.navigation()
url_state.arrive(page.url_path)
if pupil.welcome(page.url_path):
    with last_resort(), link_notice.told():
        page.run()
    app.finish()
