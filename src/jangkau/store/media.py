"""Photos by the SHA-256 of their bytes: they come in parts, in any order of attempts, and are whole or not there.

A part is written where it belongs, so that the same bytes may come twice, or at the same time. A file takes its name
only when its digest is right and it carries nothing that tells more than the picture.
"""

import contextlib
import os
import re
import shutil
from pathlib import Path

from jangkau.errors import InputError
from jangkau.fingerprints import sha256_of

FOLDER = "media"
LARGEST_PHOTO = 4_000_000
"""Bytes."""

RESERVE = 1_000_000_000
"""Bytes of the disk that photos leave free, for records and for a backup."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_TELLING = ((0xE1, b"Exif\x00"), (0xE1, b"http://ns.adobe.com/"), (0xED, b"Photoshop"))
"""Segments of a JPEG that hold where and with what it was taken: EXIF, XMP, IPTC."""


def path_of(sha256: str) -> Path:
    """Return where a photo lies inside the region folder."""
    if not _SHA256.fullmatch(sha256):
        raise InputError("field.bad_digest", value=sha256)
    return Path(FOLDER) / sha256[:2] / f"{sha256[2:]}.jpg"


def bytes_there(region: Path, sha256: str) -> int:
    """Return how many bytes of a photo have come [byte]; all of them when it is whole."""
    for file in (region / path_of(sha256), _incoming(region, sha256)):
        if file.is_file():
            return file.stat().st_size
    return 0


def left_for_photos(region: Path) -> int:
    """Return how many bytes of the disk photos may still take [byte]; below 0 when the reserve is touched."""
    return shutil.disk_usage(region).free - RESERVE


def write_part(region: Path, sha256: str, offset: int, part: bytes) -> int:
    """Write bytes of a photo where they belong; returns where the next ones go."""
    file = _incoming(region, sha256)
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        done = 0
        while done < len(part):
            done += os.pwrite(handle, part[done:], offset + done)
    finally:
        os.close(handle)
    return offset + len(part)


def finish(region: Path, sha256: str) -> Path:
    """Give a photo that has come its name; returns its path inside the region folder.

    Raises
    ------
    InputError
        When the bytes are not those that the digest names, are no JPEG, or hold more than a picture. They are dropped.
    """
    whole, file = path_of(sha256), _incoming(region, sha256)
    if (region / whole).is_file():
        file.unlink(missing_ok=True)
        return whole
    try:
        check_photo(file, sha256)
    except InputError:
        file.unlink(missing_ok=True)
        raise
    (region / whole).parent.mkdir(parents=True, exist_ok=True)
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())
    with contextlib.suppress(FileNotFoundError):  # another request has just done it
        file.replace(region / whole)
    return whole


def check_photo(file: Path, sha256: str) -> None:
    """Refuse a photo whose bytes are not as named or that is more than a picture (InputError)."""
    if not file.is_file() or sha256_of(file)[0] != sha256:
        raise InputError("field.photo_changed", value=sha256)
    told = told_by(file.read_bytes())
    if told is not None:
        raise InputError(told, value=sha256)


def told_by(photo: bytes) -> str | None:
    """Return the code of what is wrong with the bytes of a photo: no JPEG, or one that says where it was taken."""
    if not photo.startswith(b"\xff\xd8\xff"):
        return "field.no_jpeg"
    at = 2
    while at + 4 <= len(photo) and photo[at] == 0xFF:
        marker, size = photo[at + 1], int.from_bytes(photo[at + 2 : at + 4], "big")
        if marker == 0xDA:  # the picture itself begins
            return None
        if any(marker == kind and photo.startswith(sign, at + 4) for kind, sign in _TELLING):
            return "field.photo_tells"
        at += 2 + size
    return "field.no_jpeg"


def _incoming(region: Path, sha256: str) -> Path:
    path_of(sha256)
    return region / FOLDER / "incoming" / f"{sha256}.partial"
