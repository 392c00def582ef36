#!/usr/bin/env python3
"""The rooms depend on each other only along the arrows of the table below.

Bazel's visibility holds for targets. Debian's headers are visible to every compile, and a header of another room
comes along with whatever depends on it, so this reads the sources themselves: what they include and what they name.
It reads the checkout, not a list of files, so that a new room or file cannot stay outside.
"""

import ast
import os
import re
import unittest

# Room: the rooms whose headers it may include. Its users, reversed, are its BUILD file's default_visibility.
_LIBRARIES = ["base", "cosign", "crypto", "http", "kube", "oci", "policy", "proto", "registry"]
ARROWS = {
    "base": [],
    "proto": [],
    "crypto": ["base"],
    "http": ["base"],
    "oci": ["base", "crypto"],
    "cosign": ["base", "crypto", "oci"],
    "policy": ["base", "cosign", "crypto", "oci"],
    "registry": ["base", "crypto", "http", "oci"],
    "kube": ["base", "http"],
    "verifier": _LIBRARIES,
    "shim": ["base", "http", "kube", "proto"],
    "cli": _LIBRARIES + ["shim", "verifier"],
    "bench": _LIBRARIES + ["cli", "e2e", "shim", "verifier"],
    "e2e": _LIBRARIES + ["cli", "shim", "verifier"],
}

# Top-level directories with BUILD files that are no rooms: ours includes nothing of theirs.
NO_ROOMS = ["bazel", "deploy", "docs", "testdata", "third_party", "tools"]

# Pure rooms decide from what they are given: they reach for nothing outside, in whatever disguise.
PURE = ["cosign", "crypto", "oci", "policy"]
IMPURE = {
    "the network": r"<curl/|\bcurl_|\bgrpc|<sys/socket|boost/asio|boost/beast",
    "files": r"<fstream>|<filesystem>|\b[io]?fstream\b|\bfopen\b|<cstdio>|base/file\.h",
    "threads": r"<thread>|<future>|\bstd::j?thread\b|\bstd::async\b|base/worker_pool\.h",
    "locks": r"<(shared_)?mutex>|<condition_variable>|absl/synchronization/|\b\w*[mM]utex\b",
    "the environment": r"\b(secure_)?getenv\b|\benviron\b",
    "the wall clock": r"\babsl::Now\b|\bsystem_clock\b|\bgettimeofday\b|\bclock_gettime\b"
    r"|(?<![\w.>])time\s*\(\s*(0|NULL|nullptr|&)|absl/time/clock\.h",
}

# Whose copy of the headers named openssl/ a file gets is decided by its target's deps; this is who may have any.
BORINGSSL_USERS = ["bench", "crypto"]
OPENSSL_FILES = r"http/(server|tls|scripted_server|test_certificates)[a-z_]*\.(h|cc)$"

PRIVATE = ["//visibility:private"]

ROOT = os.path.dirname(os.path.realpath("WORKSPACE"))


def sources(room):
    """The C++ files of a room, as paths from the root."""
    for directory, _, names in sorted(os.walk(os.path.join(ROOT, room))):
        for name in sorted(names):
            if name.endswith((".h", ".cc")):
                yield os.path.relpath(os.path.join(directory, name), ROOT)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def without_comments(code):
    """Code without comments; string literals stay, so that // inside them does not end a line."""
    token = r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/'
    return re.sub(token, lambda match: " " if match[0][0] == "/" else match[0], code, flags=re.DOTALL)


def includes(path):
    return re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', without_comments(read(path)), re.MULTILINE)


def rooms():
    return [room for room in ARROWS if os.path.isdir(os.path.join(ROOT, room))]


def build_file(room):
    """The statements of a room's BUILD file, which is Python as far as its syntax goes."""
    return ast.parse(read(room + "/BUILD.bazel")).body


def visibility(call, name):
    return next((ast.literal_eval(k.value) for k in call.keywords if k.arg == name), [])


class ArrowsTest(unittest.TestCase):
    maxDiff = None

    def test_the_sources_are_found(self):
        self.assertTrue(os.path.isfile(os.path.join(ROOT, "tools/arrows_test.py")), ROOT)
        for room in rooms():
            if room not in ["bench", "e2e", "proto"]:
                self.assertTrue(list(sources(room)), room)

    def test_every_directory_of_sources_is_in_the_table(self):
        for name in sorted(os.listdir(ROOT)):
            if name.startswith((".", "bazel-")) or name in NO_ROOMS:
                continue
            if os.path.isdir(os.path.join(ROOT, name)) and list(sources(name)):
                self.assertIn(name, list(ARROWS))

    def test_includes_follow_the_arrows(self):
        wrong = []
        for room in rooms():
            for path in sources(room):
                for header in includes(path):
                    used = header.split("/")[0]
                    if "/" in header and used in ARROWS and used not in ARROWS[room] + [room]:
                        if not (room in BORINGSSL_USERS and header == "crypto/curve25519/internal.h"):
                            wrong.append("%s includes %s" % (path, header))
                    if used in NO_ROOMS or ".." in header.split("/"):
                        wrong.append("%s includes %s" % (path, header))
        self.assertEqual(wrong, [])

    def test_pure_rooms_reach_for_nothing_outside(self):
        wrong = []
        for room in PURE:
            for path in sources(room):
                if path.endswith("_test.cc"):
                    continue
                code = without_comments(read(path))
                for what, pattern in IMPURE.items():
                    for match in re.finditer(pattern, code):
                        wrong.append("%s names %s: %s" % (path, what, match[0]))
        self.assertEqual(wrong, [])

    def test_each_tls_library_has_its_users(self):
        wrong = []
        for room in rooms():
            for path in sources(room):
                tls = [h for h in includes(path) if re.match(r"openssl/|boost/(asio|beast)/ssl", h)]
                if tls and room not in BORINGSSL_USERS and not re.match(OPENSSL_FILES, path):
                    wrong.append("%s includes %s" % (path, tls))
            if os.path.exists(os.path.join(ROOT, room, "BUILD.bazel")):
                build = read(room + "/BUILD.bazel")
                if "@boringssl//" in build and room not in BORINGSSL_USERS:
                    wrong.append("%s/BUILD.bazel depends on BoringSSL" % room)
                if "@openssl//" in build and room != "http":
                    wrong.append("%s/BUILD.bazel depends on OpenSSL" % room)
        self.assertEqual(wrong, [])

    def test_crypto_refuses_to_compile_with_openssl(self):
        refusal = r"#\s*(ifndef|if !defined\(?)\s*OPENSSL_IS_BORINGSSL\b"
        for path in sources("crypto"):
            own = [header for header in includes(path) if os.path.exists(os.path.join(ROOT, header))]
            if any(header.startswith("openssl/") for header in includes(path)):
                refuses = any(re.search(refusal, without_comments(read(file))) for file in [path] + own)
                self.assertTrue(refuses, path + " does not check OPENSSL_IS_BORINGSSL")

    def test_build_files_open_with_the_rooms_users(self):
        for room in rooms():
            with self.subTest(room):
                calls = [
                    statement.value
                    for statement in build_file(room)
                    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
                ]
                package, *targets = [call for call in calls if call.func.id != "load"]
                self.assertEqual(package.func.id, "package")
                users = ["//%s:__pkg__" % user for user in sorted(ARROWS) if room in ARROWS[user]]
                self.assertEqual(visibility(package, "default_visibility"), users or PRIVATE)
                for target in targets:
                    self.assertLessEqual(set(visibility(target, "visibility")), set(users + PRIVATE))


if __name__ == "__main__":
    unittest.main()
