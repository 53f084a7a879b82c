# SPDX-License-Identifier: GPL-2.0
"""How Sphinx makes HTML of these pages. `make docs` runs it; selftests/docs, too, without pictures."""

import importlib.util
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "sphinx"))

project = "The toy transport"
extensions = ["lessons"]
exclude_patterns = ["lessons/experiments"]
language = "en"
highlight_language = "none"
smartquotes = False
nitpicky = True

# What `make docs` has made of runs. Empty: no picture can be shown, and a placeholder says so.
lessons_runs = os.environ.get("TOY_RUNS", "")

# furo follows the reader's light or dark setting, as the pictures do; alabaster is everywhere where Sphinx is.
html_theme = "furo" if importlib.util.find_spec("furo") else "alabaster"
html_static_path = ["sphinx/static"]
html_css_files = ["lessons.css"]
html_title = project
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_last_updated_fmt = None
html_theme_options = {"navigation_with_keys": True} if html_theme == "furo" else {"fixed_sidebar": True}
