"""The door: what Streamlit is told to run. Set-up and the list of pages are in parts/door.py."""

from parts import door, links

page = door.navigation()
links.arrive(page.url_path)
page.run()
