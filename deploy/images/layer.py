"""A layer of a container image: a tar archive in which nothing depends on when, where or by whom it was made."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from pathlib import Path, PurePosixPath


class Layer:
    """Files, directories and symbolic links, by absolute path. Directories above them come by themselves,
    and what lies behind the links of a merged /usr (/lib and the like) goes to where they point."""

    def __init__(self, merged_usr: bool = True) -> None:
        self._entries: dict[str, tuple[tarfile.TarInfo, bytes]] = {}
        self._merged: dict[str, str] = {}
        for name in ("bin", "sbin", "lib", "lib64") if merged_usr else ():
            self.add_directory(f"/usr/{name}")
            self.add_link(f"/{name}", f"usr/{name}")
            self._merged[name] = f"usr/{name}"

    def add_file(self, path: str, contents: bytes, mode: int = 0o644) -> None:
        """ValueError if there is already something else."""
        entry = tarfile.TarInfo()
        entry.size = len(contents)
        entry.mode = mode
        self._add(path, entry, contents)

    def add_directory(self, path: str, mode: int = 0o755) -> None:
        entry = tarfile.TarInfo()
        entry.type = tarfile.DIRTYPE
        entry.mode = mode
        self._add(path, entry)

    def add_link(self, path: str, target: str) -> None:
        entry = tarfile.TarInfo()
        entry.type = tarfile.SYMTYPE
        entry.linkname = target
        entry.mode = 0o777
        self._add(path, entry)

    def copy(self, file: Path, mode: int = 0o644) -> None:
        """A file of this machine, to the same path."""
        self.add_file(str(file), file.read_bytes(), mode)

    def archive(self) -> bytes:
        """Sorted by path; owned by root; of 1970."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name in sorted(self._entries):
                entry, contents = self._entries[name]
                archive.addfile(entry, io.BytesIO(contents))
        return buffer.getvalue()

    def _add(self, path: str, entry: tarfile.TarInfo, contents: bytes = b"") -> None:
        entry.name = self._place(path)
        for directory in reversed(PurePosixPath(entry.name).parents[:-1]):
            if str(directory) not in self._entries:
                self.add_directory(f"/{directory}")
        before = self._entries.get(entry.name)
        if before and not _same(before, (entry, contents)):
            raise ValueError(f"{path}: is in the layer twice, with different contents")
        self._entries[entry.name] = entry, contents

    def _place(self, path: str) -> str:
        parts = PurePosixPath(path).parts
        if not parts or parts[0] != "/" or ".." in parts or len(parts) < 2:
            raise ValueError(f"{path!r}: is no absolute path of a file")
        name = "/".join(parts[1:])
        first, slash, rest = name.partition("/")
        return self._merged[first] + slash + rest if slash and first in self._merged else name


def compress(archive: bytes) -> bytes:
    """gzip, without the time and the name that it usually carries."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as file:
        file.write(archive)
    return buffer.getvalue()


def digest(blob: bytes) -> str:
    return "sha256:" + hashlib.sha256(blob).hexdigest()


def _same(one: tuple[tarfile.TarInfo, bytes], other: tuple[tarfile.TarInfo, bytes]) -> bool:
    def described(entry: tarfile.TarInfo) -> tuple[object, ...]:
        return entry.type, entry.mode, entry.linkname

    return described(one[0]) == described(other[0]) and one[1] == other[1]
