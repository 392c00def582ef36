"""The Debian packages that files of this machine come from: whose they are, that they are what the package
brought, and what is to be said about the package."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

_STATUS = Path("/var/lib/dpkg/status")
# What is about this machine, or about files of the package that are not taken.
_LEFT_OUT = ("Conffiles", "Config-Version", "Triggers-Pending", "Triggers-Awaited")


class DebianPackages:
    """Reads dpkg's records. ValueError, with what to do, where they do not answer."""

    def __init__(self, status: Path = _STATUS) -> None:
        """`status` is in the format of /var/lib/dpkg/status."""
        self._stanzas: dict[str, str] = {}
        self._md5sums: dict[str, dict[str, str]] = {}
        for stanza in status.read_text(encoding="utf-8").split("\n\n"):
            name = _field(stanza, "Package")
            if name and _field(stanza, "Status") == "install ok installed":
                self._stanzas.setdefault(name, stanza)

    def owners(self, files: Iterable[Path]) -> dict[Path, str]:
        """The package of each file, whose contents have been compared with the package's md5sums."""
        wanted = list(files)
        packages = self._search(wanted)
        for file in wanted:
            if file not in packages:
                raise ValueError(f"{file}: belongs to no Debian package")
            self._check(file, packages[file])
        return packages

    def record(self, package: str) -> bytes:
        """The package's stanza, as scanners read it from /var/lib/dpkg/status.d."""
        kept = []
        keep = True
        for line in self._stanza(package).strip("\n").split("\n"):
            if not line.startswith((" ", "\t")):
                keep = line.split(":", 1)[0] not in _LEFT_OUT
            if keep:
                kept.append(line)
        return ("\n".join(kept) + "\n").encode()

    def copyright(self, package: str) -> Path:
        """The file with the package's licenses."""
        file = Path("/usr/share/doc") / package / "copyright"
        if not file.is_file():
            raise ValueError(f"{file}: is missing; install {package} again without dpkg's "
                             "path-exclude=/usr/share/doc/*")
        return file.resolve()

    def files(self, package: str, pattern: str) -> list[Path]:
        """The package's files whose whole path matches the regular expression, sorted."""
        self._stanza(package)
        return sorted(Path("/") / name for name in self._sums(package)
                      if re.fullmatch(pattern, "/" + name))

    def _stanza(self, package: str) -> str:
        if package not in self._stanzas:
            raise ValueError(f"the Debian package {package} is not installed; ./dev setup installs "
                             "what is needed")
        return self._stanzas[package]

    def _search(self, files: list[Path]) -> dict[Path, str]:
        # dpkg knows some files by the path that they had before /lib became a link to /usr/lib.
        spellings = {}
        for file in files:
            spellings[str(file)] = file
            if str(file).startswith("/usr/lib"):
                spellings[str(file)[len("/usr"):]] = file
        found = {}
        # It fails where it does not know one spelling, and still prints the others.
        output = _run(["dpkg-query", "--search", *spellings], may_fail=True)
        for line in output.splitlines():
            names, _, path = line.partition(": ")
            if path in spellings and not names.startswith("diversion by "):
                found[spellings[path]] = names.split(",")[0].split(":")[0]
        return found

    def _sums(self, package: str) -> dict[str, str]:
        if package not in self._md5sums:
            stanza = self._stanza(package)
            name = package
            if _field(stanza, "Multi-Arch") == "same":
                name += ":" + _field(stanza, "Architecture")
            lines = _run(["dpkg-query", "--control-show", name, "md5sums"]).splitlines()
            sums = {}
            for line in lines:
                md5, _, path = line.partition("  ")
                sums[path] = md5
            conffiles = re.search(r"^Conffiles:\n((?: .*\n?)*)", stanza, re.MULTILINE)
            for line in (conffiles.group(1) if conffiles else "").splitlines():
                path, md5 = line.split()[:2]
                sums[path.lstrip("/")] = md5
            self._md5sums[package] = sums
        return self._md5sums[package]

    def _check(self, file: Path, package: str) -> None:
        sums = self._sums(package)
        name = str(file).lstrip("/")
        expected = sums.get(name) or sums.get(name.removeprefix("usr/"))
        found = hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()
        if expected != found:
            raise ValueError(f"{file}: is not as the package {package} brought it; "
                             f"apt-get install --reinstall {package}")


def _field(stanza: str, name: str) -> str:
    match = re.search(rf"^{re.escape(name)}: *(.*)$", stanza, re.MULTILINE)
    return match.group(1) if match else ""


def _run(command: list[str], may_fail: bool = False) -> str:
    run = subprocess.run(command, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                         capture_output=True, text=True, check=False, timeout=60)
    if run.returncode != 0 and not may_fail:
        raise ValueError(f"{' '.join(command)}: {run.stderr.strip()}")
    return run.stdout
