"""The investigators' pages. They describe the screen; every answer on them comes from linkage.investigate.

Read in this order: app.py (the frame around every page), session.py (what a session remembers), reading.py (the one
open snapshot), words.py and links.py (how things are said and addressed), app_pages/, components/.
"""
