"""A PostgreSQL server of the tests' own: in a temporary folder, reached by a socket only."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, if they are installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@contextlib.contextmanager
def postgresql(folder: Path):
    """Start a server that keeps its files in a folder; gives the URL of its database."""
    folder.mkdir()
    as_user = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = [shutil.which("setpriv"), f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    bin = programs()
    data, log = folder / "data", folder / "log"

    def run(*command):
        subprocess.run([*as_user, *map(str, command)], check=True, capture_output=True, cwd=folder, timeout=120)

    run(bin / "initdb", "-D", data, "-A", "trust", "-U", "jangkau", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    run(bin / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")
    try:
        run(bin / "createdb", "-h", folder, "-U", "jangkau", "jangkau")
        yield f"postgresql://jangkau@/jangkau?host={folder}"
    finally:
        run(bin / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


@contextlib.contextmanager
def temporary_postgresql():
    """Start a server in a folder that is removed afterwards."""
    room = Path(tempfile.mkdtemp(prefix="jangkau-pg-"))
    room.chmod(0o755)
    try:
        with postgresql(room / "server") as url:
            yield url
    finally:
        shutil.rmtree(room, ignore_errors=True)
