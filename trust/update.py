#!/usr/bin/env python3
"""Takes the roots of trust of Sigstore's public instances out of the Python package `sigstore`, which carries them.

usage: trust/update.py [VERSION]

Writes the files of FILES beside this one, and what they were taken from into README.md. Without VERSION it takes the
newest that pip finds. pip downloads the package from wherever it is configured to; nothing of it is installed or run.
Look at what has changed before it is committed: it is what evidence is believed by.
"""

import datetime
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).parent
# Ours: where it is in the package.
FILES = {
    "sigstore_trusted_root.json": "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev/trusted_root.json",
    "sigstore_tuf_root.json": "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev/root.json",
    "sigstore_staging_trusted_root.json": "https%3A%2F%2Ftuf-repo-cdn.sigstage.dev/trusted_root.json",
    "sigstore_staging_tuf_root.json": "https%3A%2F%2Ftuf-repo-cdn.sigstage.dev/root.json",
}


def download(version, folder):
    """The package as a file."""
    package = "sigstore" + ("==" + version if version else "")
    command = ["pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder, package]
    subprocess.run([sys.executable, "-m", *command], check=True)
    (wheel,) = pathlib.Path(folder).glob("sigstore-*.whl")
    return wheel


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def main(version=None):
    with tempfile.TemporaryDirectory() as folder:
        wheel = download(version, folder)
        today = datetime.datetime.now(datetime.timezone.utc).date()
        lines = ["taken on %s, SHA-256" % today, "%s  %s" % (sha256(wheel.read_bytes()), wheel.name)]
        with zipfile.ZipFile(wheel) as package:
            for name, inside in FILES.items():
                data = package.read("sigstore/_store/" + inside)
                (HERE / name).write_bytes(data)
                lines.append("%s  %s" % (sha256(data), name))
    readme = HERE / "README.md"
    text, replaced = re.subn(r"(?s)```\n.*?```", "```\n%s\n```" % "\n".join(lines), readme.read_text("utf-8"))
    assert replaced == 1, "README.md must have one block"
    readme.write_text(text, "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
