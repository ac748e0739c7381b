"""Compile numeric functions once for all processes: the decorator of every kernel.

Compiled code is kept in a folder named after the text of all kernels, so that a change in any of them, even one that
another calls, is never answered with old code.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, overload

import numba
from numba import njit

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows: two processes may then compile the same
    fcntl = None  # type: ignore[assignment]

PACKAGE = Path(__file__).parent

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])


@overload
def kernel(function: AnyFunction, /) -> AnyFunction: ...
@overload
def kernel(
    *, fastmath: set[str] = ..., allocates: bool = ..., inline: bool = ...
) -> Callable[[AnyFunction], AnyFunction]: ...
def kernel(
    function: Any = None, /, *, fastmath: set[str] | None = None, allocates: bool = False, inline: bool = False
) -> Any:
    """Compile a function that takes floats and arrays, holds no lock and divides as numpy does.

    Parameters
    ----------
    function : callable
    fastmath : set of str, optional
        Freedoms of rounding given to the compiler, by LLVM's names; see `jangkau.elementary`.
    allocates : bool
        Whether the function makes arrays. One that does not need not count the users of those it is given, which would
        take half of the time of a small function.
    inline : bool
        Whether to put the function's code wherever it is called. A loop that calls a function is done one by one, and
        a call hands over each array as seven numbers.
    """
    if function is None:
        return lambda f: _compiled(f, fastmath or False, allocates, inline)
    return _compiled(function, False, False, False)


def _compiled(function: Any, fastmath: Any, allocates: bool, inline: bool) -> Any:
    before = numba.config.CACHE_DIR  # type: ignore[attr-defined]
    numba.config.CACHE_DIR = str(folder())  # type: ignore[attr-defined]
    try:
        compiler: Any = njit
        return compiler(
            cache=True, nogil=True, error_model="numpy", fastmath=fastmath, _nrt=allocates, forceinline=inline
        )(function)
    finally:
        numba.config.CACHE_DIR = before  # type: ignore[attr-defined]


@cache
def folder() -> Path:
    """Return where compiled code is kept: beside the package where that can be written, else in the user's cache.

    An environment variable NUMBA_CACHE_DIR names another place.
    """
    own = f"kernels-{_fingerprint()}"
    given = numba.config.CACHE_DIR  # type: ignore[attr-defined]
    for parent in (Path(given),) if given else (PACKAGE / "__pycache__", Path.home() / ".cache" / "jangkau"):
        try:
            (parent / own).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        return parent / own
    return Path(tempfile.gettempdir()) / own


@contextmanager
def first_time(work: str) -> Iterator[bool]:
    """Say whether some work is done for the first time with these kernels, and let no other process do it meanwhile.

    Parameters
    ----------
    work : str
        A name. It counts as done when the block ends without an exception.

    Yields
    ------
    bool
        True for the first process; others wait for it, then get False and load what it compiled.
    """
    done = folder() / f"{work}.done"
    if done.is_file():
        yield False
        return
    with (folder() / f"{work}.lock").open("w") as lock:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        first = not done.is_file()
        yield first
        done.touch()


def _fingerprint() -> str:
    texts = {path.relative_to(PACKAGE).as_posix(): path.read_bytes() for path in PACKAGE.rglob("*.py")}
    kernels = hashlib.sha256()
    for name in sorted(texts):
        if b"@kernel" in texts[name]:
            kernels.update(name.encode() + b"\0" + texts[name])
    return kernels.hexdigest()[:16]
