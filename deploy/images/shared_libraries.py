"""Which shared libraries a program loads, and where they are."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

_RESOLVED = re.compile(r"^\s*(?:\S+ => )?(/\S+) \(0x[0-9a-f]+\)$")
_NO_FILE = re.compile(r"^\s*linux-(?:vdso|gate)\S* ")
# Only the libraries of the distribution: nothing of LD_LIBRARY_PATH or of the processor at hand.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def shared_libraries(program: Path) -> list[Path]:
    """Everything that the loader opens before `program` runs, the loader first of all included, as it
    names it. ValueError where something is missing or comes from outside of /lib and /usr/lib."""
    run = subprocess.run(["ldd", str(program)], env=_ENVIRONMENT, capture_output=True, text=True,
                         check=False, timeout=60)
    if run.returncode != 0:
        raise ValueError(f"{program}: ldd says: {run.stderr.strip() or run.stdout.strip()}")
    found = []
    for line in run.stdout.splitlines():
        if _NO_FILE.match(line):
            continue
        match = _RESOLVED.match(line)
        if not match:
            raise ValueError(f"{program}: cannot take this from ldd: {line.strip()}")
        found.append(Path(match.group(1)))
    for library in found:
        _check_place(library)
    return sorted(set(found))


def _check_place(library: Path) -> None:
    if not re.match(r"(/usr)?/lib(64)?/", str(library)):
        raise ValueError(f"{library}: is no library of the distribution")
    if "glibc-hwcaps" in library.parts:
        raise ValueError(f"{library}: is for this machine's processor, not for all")


def links_and_file(path: Path) -> tuple[list[Path], Path]:
    """The symbolic links at `path` and at what they point to, and the file at their end. Links among
    the directories, as /lib to /usr/lib, are followed silently."""
    links = []
    place = path.parent.resolve(strict=True) / path.name
    while place.is_symlink():
        links.append(place)
        target = place.parent / os.readlink(place)
        place = target.parent.resolve(strict=True) / target.name
    if not place.is_file():
        raise ValueError(f"{path}: is no file")
    return links, place
