#!/usr/bin/env python3
"""Runs clang-tidy over our C++ files, tests apart, on all cores.

usage: clang_tidy.py OUTPUT_BASE GENERATED       (bazel info output_base, bazel info bazel-bin)

Nearly all that clang-tidy does for a file, it does for the headers of others that the file includes. So files that do
not disturb each other are put into one text and looked at together. Only if there is anything to say about it are they
looked at one by one, and what is said then counts: a batch can be clean, but no fault is found by it.

A file that was clean is remembered by the contents of everything of ours that it includes, in
${XDG_CACHE_HOME:-~/.cache}/countersign/clang-tidy, wherever the checkout is, and not looked at again until some of it
changes.
"""

import concurrent.futures
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time

# Elsewhere the headers named openssl/ are Debian's.
BORINGSSL_USERS = ("bench/", "cli/certificates/", "crypto/")

# Half as many of them take together about twice as long as one of them alone, and some 700 MB of memory.
MOST_IN_A_BATCH = 28

KEEP_SECONDS = 30 * 24 * 3600


def cache_directory():
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(cache, "countersign", "clang-tidy")


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


class Headers:
    """Where headers are looked for: ours and the generated ones, and those of others."""

    def __init__(self, output_base, generated):
        external = os.path.join(output_base, "external")
        self.own = [".", generated]
        self._others = [os.path.join(external, name, "include") for name in ("com_google_absl", "nlohmann_json")]
        self._boringssl = [os.path.join(external, "boringssl", name) for name in ("src/include", "src")]

    def others(self, path):
        return self._others + (self._boringssl if path.startswith(BORINGSSL_USERS) else [])

    def flags(self, path):
        flags = ["-x", "c++", "-std=c++20"]
        for directory in self.own:
            flags += ["-iquote", directory]
        for directory in self.others(path):
            flags += ["-isystem", directory]
        return flags


def own_closure(name, roots, seen):
    """Adds the file `name` of one of the roots, and all it includes of theirs, directly or not: {name: path}."""
    for root in roots:
        path = os.path.join(root, name)
        if name not in seen and os.path.exists(path):
            seen[name] = path
            for header in re.findall(rb'^\s*#\s*include\s*"([^"]+)"', read(path), re.MULTILINE):
                own_closure(header.decode(), roots, seen)


def digest_of_headers(directory):
    digest = hashlib.sha256()
    for parent, directories, names in os.walk(directory):
        directories.sort()
        for name in sorted(names):
            if name.endswith((".h", ".inc")):
                path = os.path.join(parent, name)
                digest.update(os.path.relpath(path, directory).encode() + b"\0" + hashlib.sha256(read(path)).digest())
    return digest.digest()


class Memory:
    """Which files were clean, by the contents of what was looked at: the same in every checkout."""

    def __init__(self, headers, version):
        self._headers = headers
        self._digests = {}
        self._keys = {}
        self._base = version.encode() + read(".clang-tidy")
        os.makedirs(cache_directory(), exist_ok=True)
        self._forget_old()

    def key_of(self, path):
        files = {}
        own_closure(path, self._headers.own, files)
        digest = hashlib.sha256(self._base)
        for directory in self._headers.others(path):
            if directory not in self._digests:
                self._digests[directory] = digest_of_headers(directory)
            digest.update(self._digests[directory])
        for name in sorted(files):
            digest.update(name.encode() + b"\0" + hashlib.sha256(read(files[name])).digest())
        return digest.hexdigest()

    def has(self, path):
        self._keys[path] = self.key_of(path)
        mark = os.path.join(cache_directory(), self._keys[path])
        if not os.path.exists(mark):
            return False
        os.utime(mark)
        return True

    def add(self, path):
        """Of a file that `has` was asked about before it was looked at. One that was changed meanwhile is not remembered."""
        if self.key_of(path) == self._keys[path]:
            with open(os.path.join(cache_directory(), self._keys[path]), "w", encoding="utf-8"):
                pass

    @staticmethod
    def _forget_old():
        for name in os.listdir(cache_directory()):
            path = os.path.join(cache_directory(), name)
            if os.path.getmtime(path) < time.time() - KEEP_SECONDS:
                os.remove(path)


def names_declared(text):
    """The names that a file of ours declares outside of classes and functions, which two in one text must not share.

    Said by lines as clang-format leaves them: what is at the margin is no member and no local. Names that would not
    disturb (overloads, those of another namespace) are among them.
    """
    names = set(re.findall(r"^#define (\w+)", text, re.MULTILINE))
    for line in re.findall(r"^[A-Za-z].*", text, re.MULTILINE):
        if line.startswith(("namespace", "template", "extern", "using namespace")):
            continue
        declared = re.match(r"(?:[^(={;:]|::)*", line).group().replace(" final ", " ")
        name = re.search(r"(::)?\b(\w+)\W*$", declared)
        if name and not name.group(1):
            names.add(name.group(2))
    return names


def batches_of(paths):
    """Lists of files that can be looked at together, neighbours first."""
    batches = []  # (kind, names, paths)
    for path in sorted(paths):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        names = names_declared(text)
        # The kernel's headers declare what the C library's do, too.
        kind = (path.startswith(BORINGSSL_USERS), "#include <linux/" in text)
        for kind_of_batch, taken, members in batches:
            if kind_of_batch == kind and len(members) < MOST_IN_A_BATCH and not taken & names:
                taken |= names
                members.append(path)
                break
        else:
            batches.append((kind, names, [path]))
    return [members for _, _, members in batches]


def complaint_about(path, flags):
    """What clang-tidy says against the file, or nothing."""
    result = subprocess.run(
        ["clang-tidy", "--quiet", "--config-file=.clang-tidy", path, "--"] + flags,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        check=False,
    )
    if result.returncode == 0:
        return ""
    # Where it was ended by a signal it may have said nothing, and where it crashed nothing of the file.
    how = "clang-tidy ended with status %d" % result.returncode
    return result.stdout.strip() or "%s: %s\n%s" % (path, how, result.stderr.strip())


def complaint_about_all(paths, headers):
    """What clang-tidy says against the files' texts one after the other, or nothing."""
    with tempfile.NamedTemporaryFile(suffix=".cc") as batch:
        for path in paths:
            batch.write(read(path) + b"\n")
        batch.flush()
        return complaint_about(batch.name, headers.flags(paths[0]))


def check(paths, headers, memory):
    """Returns what clang-tidy says against the files of a batch that it had to look at alone: {path: complaint or ""}."""
    together = complaint_about_all(paths, headers) if len(paths) > 1 else ""
    alone = paths if together or len(paths) == 1 else []
    complaints = {path: complaint_about(path, headers.flags(path)) for path in alone}
    if together and not any(complaints.values()):
        # Each by itself is what is compiled. But it costs the time of looking at them twice, and somebody should know why.
        print("only together there is something to say against %s:\n%s" % (", ".join(paths), together), flush=True)
    for path in paths:
        if not complaints.get(path):
            memory.add(path)
    return complaints


def main(output_base, generated):
    version = subprocess.run(["clang-tidy", "--version"], stdout=subprocess.PIPE, universal_newlines=True, check=True)
    headers = Headers(output_base, generated)
    memory = Memory(headers, version.stdout)
    files = our_files()
    batches = batches_of([path for path in files if not memory.has(path)])
    failed = alone = 0
    said = set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for complaints in pool.map(lambda batch: check(batch, headers, memory), batches):
            alone += len(complaints)
            for complaint in filter(None, complaints.values()):
                failed += 1
                # What is wrong with a header is said by every file that includes it.
                for paragraph in re.split(r"\n(?=\S+:\d+:\d+: error:)", complaint.strip()):
                    if paragraph not in said:
                        said.add(paragraph)
                        print(paragraph, flush=True)
    print(
        "clang-tidy: %d files, %d looked at in %d batches, %d of them alone, %d with complaints"
        % (len(files), sum(map(len, batches)), len(batches), alone, failed)
    )
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
