#!/usr/bin/env python3
"""Runs clang-tidy over our C++ files, tests apart, on all cores.

usage: clang_tidy.py OUTPUT_BASE GENERATED       (bazel info output_base, bazel info bazel-bin)

A file that was clean is remembered by the contents of everything of ours that it includes, in
${XDG_CACHE_HOME:-~/.cache}/countersign/clang-tidy, and not looked at again until some of it changes.
"""

import concurrent.futures
import hashlib
import os
import re
import subprocess
import sys
import time

# Elsewhere the headers named openssl/ are Debian's.
BORINGSSL_USERS = ("bench/", "crypto/")

KEEP_SECONDS = 30 * 24 * 3600
CACHE = os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "countersign", "clang-tidy"
)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def our_files():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.cc"],
        check=True,
        stdout=subprocess.PIPE,
        universal_newlines=True,
    )
    return [
        path
        for path in listed.stdout.split()
        if not path.endswith(("_test.cc", "_fuzz.cc")) and os.path.exists(path)
    ]


def own_closure(path, roots, seen):
    """Adds `path` and every file of ours that it includes, directly or not, to `seen`."""
    if path in seen:
        return
    seen.add(path)
    for header in re.findall(rb'^\s*#\s*include\s*"([^"]+)"', read(path), re.MULTILINE):
        for root in roots:
            candidate = os.path.join(root, header.decode())
            if os.path.exists(candidate):
                own_closure(candidate, roots, seen)
                break


def key_of(path, command, roots):
    files = set()
    own_closure(path, roots, files)
    digest = hashlib.sha256(repr(command).encode() + read(".clang-tidy"))
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + hashlib.sha256(read(name)).digest())
    return digest.hexdigest()


def check(path, flags, roots):
    """Returns what clang-tidy says against the file, or nothing."""
    command = ["clang-tidy", "--quiet", path, "--"] + flags
    mark = os.path.join(CACHE, key_of(path, command, roots))
    if os.path.exists(mark):
        os.utime(mark)
        return ""
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, check=False
    )
    if result.returncode == 0:
        with open(mark, "w", encoding="utf-8"):
            return ""
    return result.stdout or result.stderr


def forget_old_marks():
    for name in os.listdir(CACHE):
        path = os.path.join(CACHE, name)
        if os.path.getmtime(path) < time.time() - KEEP_SECONDS:
            os.remove(path)


def main(output_base, generated):
    external = os.path.join(output_base, "external")
    flags = ["-x", "c++", "-std=c++20", "-Wall", "-Wextra", "-Wno-missing-field-initializers"]
    flags += ["-iquote", ".", "-iquote", generated]
    flags += ["-isystem", os.path.join(external, "com_google_absl/include")]
    boringssl = []
    for directory in ["boringssl/src/include", "boringssl/src"]:
        boringssl += ["-isystem", os.path.join(external, directory)]

    os.makedirs(CACHE, exist_ok=True)
    forget_old_marks()
    failed = 0
    said = set()
    files = our_files()

    def check_one(path):
        extra = boringssl if path.startswith(BORINGSSL_USERS) else []
        return check(path, flags + extra, [".", generated])

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for complaint in pool.map(check_one, files):
            if complaint:
                failed += 1
                # What is wrong with a header is said by every file that includes it.
                for paragraph in re.split(r"\n(?=\S+:\d+:\d+: error:)", complaint.strip()):
                    if paragraph not in said:
                        said.add(paragraph)
                        print(paragraph, flush=True)
    print("clang-tidy: %d files, %d with complaints" % (len(files), failed))
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
