"""What the pages under docs/ tell their readers to type: commands, and files to make, in their order.

A fenced block of ``sh`` is typed as it stands. A comment on the line before a block says more of it::

    <!-- file: teams.csv -->        the block is the content of this file
    <!-- not run: REASON -->        nobody types it here, and why
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"(?:<!-- (file|not run): (.+?) -->\n)?^( *)```(\w*)\n(.*?)^\3```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A block of a page: its language, its text, the file that it is, and why it is not run."""

    page: str
    line: int
    language: str
    text: str
    file: str | None = None
    reason: str | None = None

    @property
    def typed(self) -> list[list[str]]:
        """The commands to type here, as a shell splits them, without comments; none in blocks that are not run."""
        if self.language != "sh" or self.reason:
            return []
        joined = self.text.replace("\\\n", " ")
        split = (shlex.split(line, comments=True) for line in joined.splitlines())
        return [words for words in split if words]


def blocks(page: Path) -> list[Block]:
    """Return all fenced blocks of a page."""
    text = page.read_text("utf-8")
    found = []
    for m in BLOCK.finditer(text):
        word, said, indent, language, inside = m.groups()
        plain = "".join(line.removeprefix(indent) for line in inside.splitlines(keepends=True))
        given = {"file": said} if word == "file" else {"reason": said} if word else {}
        name = page.relative_to(ROOT).as_posix()
        found.append(Block(name, text.count("\n", 0, m.start()) + 1, language, plain, **given))
    return found
