"""Starts `in_a_namespace.py` in namespaces of its own for network and mounts, where the system allows them."""

import subprocess
import sys
from pathlib import Path

import pytest

from .far_country import may_be_made

INSIDE = Path(__file__).with_name("in_a_namespace.py")


@pytest.mark.slow
def test_faults_of_lines_and_disk():
    if why := may_be_made():
        pytest.skip(f"no namespaces here: {why}")
    command = ["unshare", "-rnm", sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, str(INSIDE)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
