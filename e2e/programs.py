"""Where the programs and the test data are."""

from __future__ import annotations

import os
from pathlib import Path

# The folder that holds what is built, and the one that holds testdata/: for a test both are the
# folder that Bazel runs it in.
BUILT = Path(os.environ.get("COUNTERSIGN_BUILT", ".")).resolve()
_SOURCE = Path(__file__).parent.parent

VERIFIER = BUILT / "verifier" / "countersign-verifier"
SHIM = BUILT / "shim" / "countersign-shim"
COUNTERSIGN = BUILT / "cli" / "countersign"
TESTDATA = _SOURCE / "testdata"
