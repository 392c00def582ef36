"""Writes testdata/captured_answers/ anew, from the programs as they are built now.

    bazel run //e2e:capture_answers

The difference to what is committed is then what has changed in the answers: look at it.
"""

from __future__ import annotations

import os
from pathlib import Path

from e2e.captured_answers import DIRECTORY, FILES, countersign_of, text_of
from e2e.stack import Stack


def main(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with Stack() as stack:
        countersign = countersign_of(stack)
        for name, ask in FILES.items():
            text = text_of(ask, countersign)
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
            print(f"{folder / name}: {text.count(chr(10))} lines")


if __name__ == "__main__":
    # Bazel runs it beside copies of the files, and says where the checkout is.
    checkout = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    main(Path(checkout) / "testdata" / DIRECTORY.name if checkout else DIRECTORY)
