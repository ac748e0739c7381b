"""By what a file is known again: its SHA-256."""

import hashlib
from pathlib import Path

BLOCK_BYTES = 1 << 20


def sha256_of(file: Path) -> tuple[str, int]:
    """Return the SHA-256 [hexadecimal] and size [byte] of a file, or of all files of a folder by name."""
    total, size = hashlib.sha256(), 0
    for part in [file] if file.is_file() else sorted(p for p in file.rglob("*") if p.is_file()):
        if part != file:
            total.update(str(part.relative_to(file)).encode())
        with part.open("rb") as stream:
            while block := stream.read(BLOCK_BYTES):
                total.update(block)
                size += len(block)
    return total.hexdigest(), size
