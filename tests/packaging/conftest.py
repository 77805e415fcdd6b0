"""The bundle, made once for all tests that try it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bundling import product


@pytest.fixture(scope="session")
def built() -> Path:
    """The bundle's folder, made by the command that a person would use; archives in dist/.

    BUNDLE_MADE=1 tries the one that lies there: for who has just made it.
    """
    if not sys.platform.startswith("linux"):
        pytest.skip("the Linux bundle")
    if os.environ.get("BUNDLE_MADE") == "1":
        assert (product.BUILD / product.NAME).is_dir(), "make bundle comes first"
        return product.BUILD / product.NAME
    if shutil.which("objdump") is None or shutil.which("cc") is None:
        pytest.skip("no compiler or binutils here")
    subprocess.run(
        [sys.executable, "-m", "bundling"],
        check=True, cwd=product.ROOT, env={**os.environ, "PYTHONPATH": str(product.PACKAGING)},
    )  # fmt: skip
    return product.BUILD / product.NAME
