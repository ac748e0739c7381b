"""Make the gallery: run each example of docs/examples, keep its figure, and write the page that shows both."""

import ast
import runpy
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

DOCS = Path(__file__).parent
NAMES = ("profile", "loss", "coverage", "posterior", "plan")
LEAD = """# Gallery: five studies in ten lines each

Jangkau's floors below the commands are a library. Each example computes in at most ten lines (the rest draws), on an invented
regency whose truth is known, so that it runs as it is: `python docs/examples/coverage.py`. Everything that it calls is in the
[Python reference](python.md); with data of your own: [Use it from Python](../how-to/python.md).

Made from `docs/examples` by `make docs`.
"""


def main() -> None:
    """Run every example, keep its figure, write the page."""
    sys.stdout.reconfigure(line_buffering=True)
    for name in NAMES:
        figure = runpy.run_path(str(DOCS / f"examples/{name}.py"))["figure"]
        figure.savefig(DOCS / f"pictures/gallery-{name}.png", dpi=110, metadata={"Software": None})
    (DOCS / "reference/gallery.md").write_text(page(), "utf-8")


def page() -> str:
    """Return the page: of each example what it is about, its figure and its code."""
    parts = [LEAD]
    for name in NAMES:
        code = (DOCS / f"examples/{name}.py").read_text("utf-8")
        title, _, about = (ast.get_docstring(ast.parse(code)) or "").partition("\n\n")
        body = code.split('"""\n\n', 1)[1]
        parts.append(
            f"\n## {title.removesuffix('.')}\n\n{about}\n\n![{title}](../pictures/gallery-{name}.png)\n\n```python\n{body}```\n"
        )
    return "".join(parts)


if __name__ == "__main__":
    main()
