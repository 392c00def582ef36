"""Unpacks an OCI image and starts its program from there, without a container engine."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tarfile
from pathlib import Path
from typing import Any

_ENTER = Path(__file__).with_name("enter_image.sh").resolve()
_USER_NAMESPACE = ["unshare", "--map-root-user", "--mount"]
_MOUNT_NAMESPACE = ["unshare", "--mount"]


class Layout:
    """An OCI image layout with one image of one layer."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        [manifest] = self._json(directory / "index.json")["manifests"]
        self.digest: str = manifest["digest"]
        self.manifest = self._json(self.blob(self.digest))
        self.config = self._json(self.blob(self.manifest["config"]["digest"]))
        [layer] = self.manifest["layers"]
        self.layer = self.blob(layer["digest"])

    def blob(self, digest: str) -> Path:
        return self._directory / "blobs" / digest.replace(":", "/")

    def members(self) -> list[tarfile.TarInfo]:
        with tarfile.open(self.layer) as archive:
            return archive.getmembers()

    @staticmethod
    def _json(file: Path) -> Any:
        return json.loads(file.read_text(encoding="utf-8"))


class ImageRoot:
    """The image unpacked into `directory`. What is mounted is there for programs that are made
    afterwards."""

    def __init__(self, layout: Layout, directory: Path) -> None:
        self._layout = layout
        self._root = directory / "root"
        self._directory = directory
        self._mounts: list[str] = []
        with tarfile.open(layout.layer) as archive:
            archive.extractall(self._root)  # noqa: S202; it is our own

    @property
    def path(self) -> Path:
        return self._root

    def mount(self, source: Path, target: str) -> str:
        """Shows a file or directory at the absolute path `target`, read-only; returns `target`."""
        place = self._root / target.lstrip("/")
        if source.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        self._mounts.append(f"{source.resolve()}:{target}")
        return target

    def program(self) -> Path:
        """An executable that runs the image's entry point, as its configuration says, with what it
        is given. RuntimeError where this machine lets nobody do so."""
        config = self._layout.config["config"]
        user, group = config["User"].split(":")
        if user != group or not int(user):
            raise ValueError(f"runs as {config['User']}")
        how, namespace = _how_to_enter()
        command = ["env", "-i", *config["Env"], *namespace, "--", "sh", str(_ENTER), how, user,
                   str(self._root), *self._mounts, "--", *config["Entrypoint"]]
        name = Path(config["Entrypoint"][0]).name
        file = self._directory / name
        file.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
        file.chmod(0o755)
        return file


def _how_to_enter() -> tuple[str, list[str]]:
    refusals = []
    ways = {"namespace": (_USER_NAMESPACE, ["unshare", "--map-user=1", "--map-group=1", "--"])}
    if os.geteuid() == 0:
        ways["root"] = (_MOUNT_NAMESPACE, ["/usr/sbin/chroot", "--userspec=1:1", "/"])
    for how, (namespace, become_user) in ways.items():
        run = subprocess.run([*namespace, "--", *become_user, "true"], capture_output=True,
                             text=True, check=False, timeout=20)
        if run.returncode == 0:
            return how, namespace
        refusals.append(run.stderr.strip())
    raise RuntimeError("an image's root cannot be entered on this machine, which allows neither "
                       f"user namespaces nor, to root, mount namespaces: {'; '.join(refusals)}")
