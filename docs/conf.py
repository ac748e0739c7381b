"""How `make site` turns these pages into a site. The lists in index.md are its navigation."""

import re

from sphinx.application import Sphinx

project = "Jangkau"
root_doc = "index"
extensions = ["myst_parser"]
highlight_language = "text"
nitpicky = True
myst_heading_anchors = 4

html_theme = "furo"
html_title = "Jangkau"
html_show_copyright = False
html_show_sourcelink = False
html_copy_source = False
html_use_index = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#14616c", "color-brand-content": "#14616c"},
    "dark_css_variables": {"color-brand-primary": "#63c3cf", "color-brand-content": "#63c3cf"},
}

LISTED = re.compile(r"^- \[[^]]*\]\(([^)#]+)\.md\)", re.M)
"""A page in a list: the first link of its line."""


def add_navigation(_app: Sphinx, name: str, content: list[str]) -> None:
    """Give each list of the first page to the sidebar, under the list's heading."""
    if name == root_doc:
        for section in content[0].split("\n## ")[1:]:
            if pages := LISTED.findall(section):
                heading = section.splitlines()[0]
                content[0] += f"\n```{{toctree}}\n:caption: {heading}\n:hidden:\n\n" + "\n".join(pages) + "\n```\n"


def setup(app: Sphinx) -> None:
    """Read the navigation from the first page."""
    app.connect("source-read", add_navigation)
