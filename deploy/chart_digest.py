#!/usr/bin/env python3
"""Prints one digest of all files of a chart: chart_digest.py DIRECTORY."""

import hashlib
import os
import sys


def chart_digest(directory):
    """SHA-256 over the names and bytes of the files in the directory, as sha256:HEX."""
    digest = hashlib.sha256()
    paths = []
    for folder, _, names in os.walk(directory, followlinks=True):
        paths += [os.path.relpath(os.path.join(folder, name), directory) for name in names]
    for path in sorted(paths):
        with open(os.path.join(directory, path), "rb") as file:
            content = file.read()
        digest.update(f"{path}\n{len(content)}\n".encode())
        digest.update(content)
    return f"sha256:{digest.hexdigest()}"


if __name__ == "__main__":
    print(chart_digest(sys.argv[1]))
