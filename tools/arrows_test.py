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

# Room: the rooms whose headers it may include. Some rooms have rooms inside, each a package of its own; what is said of
# the outer one holds for the files beside them.
ARROWS = {
    "base": [],
    "proto": [],
    "trust": [],
    "crypto": ["base"],
    "http": ["base"],
    "http/client": ["base"],
    "http/server": ["base", "http"],
    "oci": ["base", "crypto"],
    "cosign": ["base", "crypto", "oci"],
    "policy": ["base", "cosign", "crypto", "oci", "policy/rules"],
    "policy/moving": ["base", "cosign", "crypto", "oci", "policy", "policy/rules", "policy/sigstore"],
    "policy/rules": ["base", "policy"],
    "policy/sigstore": ["base", "cosign", "crypto", "oci", "policy", "policy/rules", "tuf"],
    "tuf": ["base", "crypto"],
    "tuf/client": ["base", "http/client", "tuf"],
    "registry": ["base", "crypto", "http/client", "oci"],
    "kube": ["base"],
    "kube/admission": ["base", "kube"],
    "kube/manifests": ["base", "kube"],
    "kube/client": ["base", "http/client", "kube", "kube/manifests"],
    "verifier/credentials": ["base", "crypto", "kube", "kube/manifests", "oci", "policy", "registry"],
    "verifier/registries": ["base", "http/client", "kube", "oci"],
    "verifier/policies": ["base", "cosign", "crypto", "kube", "kube/client", "policy", "policy/sigstore"],
    "verifier/trust": ["base", "cosign", "crypto", "http/client", "policy/sigstore", "trust", "tuf", "tuf/client"],
    "verifier/evidence": ["base", "cosign", "oci", "policy", "registry", "verifier/credentials"],
    "verifier/serving": [
        "base", "cosign", "http/client", "http/server", "oci", "policy", "policy/sigstore", "proto", "verifier/evidence",
        "verifier/policies",
    ],
    "verifier": [
        "base", "cosign", "http/client", "http/server", "kube", "kube/client", "kube/manifests", "policy",
        "policy/sigstore", "registry", "verifier/credentials", "verifier/evidence", "verifier/policies",
        "verifier/registries", "verifier/serving", "verifier/trust",
    ],
    "shim": ["base", "http/server", "kube", "kube/admission", "proto"],
    "cli/certificates": ["base", "crypto", "kube", "kube/client"],
    "cli": [
        "base", "cli/certificates", "cosign", "crypto", "http/client", "kube", "kube/admission", "kube/client",
        "kube/manifests", "oci", "policy", "policy/moving", "policy/sigstore", "proto", "registry", "shim", "trust",
        "verifier", "verifier/credentials", "verifier/evidence", "verifier/serving", "verifier/trust",
    ],
    "bench": [
        "base", "cosign", "crypto", "kube/admission", "oci", "policy", "policy/sigstore", "proto", "shim", "trust",
        "verifier/credentials", "verifier/evidence",
    ],
    "e2e": [],
}
# What its tests, and units that are only for tests, may include besides, for the sake of helpers of tests.
TEST_ARROWS = {
    "http": ["http/client", "http/server"],
    "http/client": ["http"],
    "http/server": ["http/client"],
    "kube/client": ["http"],
    "policy/sigstore": ["kube/manifests"],
    "registry": ["http"],
    "shim": ["http"],
    "trust": ["base", "cosign", "crypto"],
    "verifier": ["crypto", "http", "oci"],
    "verifier/evidence": ["crypto", "verifier"],
    "verifier/policies": ["kube/manifests"],
    "verifier/registries": ["http", "http/server"],
    "verifier/serving": ["crypto", "http", "verifier"],
}

# Top-level directories with BUILD files that are no rooms: ours includes nothing of theirs.
NO_ROOMS = ["bazel", "deploy", "docs", "testdata", "third_party", "tools"]

# Pure rooms decide from what they are given: they reach for nothing outside, in whatever disguise.
PURE = ["cosign", "crypto", "oci", "policy", "policy/moving", "policy/rules", "policy/sigstore", "tuf"]
IMPURE = {
    "the network": r"<curl/|\bcurl_|\bgrpc|<sys/socket|boost/asio|boost/beast",
    "files": r"<fstream>|<filesystem>|\b[io]?fstream\b|\bfopen\b|<cstdio>|base/file\.h",
    "threads": r"<thread>|<future>|\bstd::j?thread\b|\bstd::async\b|base/worker_pool\.h",
    "locks": r"<(shared_)?mutex>|<condition_variable>|absl/synchronization/|\b\w*[mM]utex\b",
    "the environment": r"\b(secure_)?getenv\b|\benviron\b",
    "the wall clock": r"\babsl::Now\b|\bsystem_clock\b|\bgettimeofday\b|\bclock_gettime\b"
    r"|(?<![\w.>])time\s*\(\s*(0|NULL|nullptr|&)|absl/time/clock\.h",
}
# Pure rooms read what others made: they draw no random numbers, and make and use no private keys. What is only for
# tests may, as somebody must make what they verify.
PRIVATE_MATTERS = {
    "random numbers": r"<random>|<openssl/rand\.h>|absl/random/|\bRAND_\w+|\bget(random|entropy)\s*\(|\bs?rand\s*\("
    r"|\brandom_device\b|\bmt19937\w*|\bBN_rand\w*|\bBitGen\b",
    "making keys": r"\b[A-Z]\w*_(generate|keygen|keypair)\w*\b",
    "private keys": r"\bEVP_\w*private_key\w*|\bd2i_\w*PrivateKey\w*|\bPEM_read_bio_\w*PrivateKey\b"
    r"|\b[A-Z]\w*_(do_)?sign(_\w+)?\b|\bEVP_DigestSign\w*",
}

# Whose copy of the headers named openssl/ a file gets is decided by its target's deps; this is who may have any.
BORINGSSL_USERS = ["bench", "cli/certificates", "crypto"]
OPENSSL_USERS = ["http", "http/client", "http/server"]
OPENSSL_FILES = r"http/(server/(server|tls|html_page_test)|client/(ca_store|curl_security|scripted_server)|curl_client_(http2|sessions)_test)[a-z0-9_]*\.(h|cc)$"

# What remembers, or lets several wait for the same (base/): who has one stands in the table of memories of
# docs/architecture.md.
MEMORIES = r"\b(AgingCache|ExpiringCache|FreshCache|LeadOrFollow|SingleFlight)\s*<"
# What stands there and is in members like others: one value, or one of each object, Secret or file, as read last, or
# what is forgotten all at once.
SINGLE_VALUES = [
    "http/client/session_share",
    "http/server/tls",
    "kube/client/object_set",
    "kube/manifests/manifest_directory",
    "registry/counting_registry",
    "registry/reachability",
    "registry/request_pace",
    "shim/question_batches",
    "shim/recent_reviews",
    "shim/routes",
    "shim/singly_asked",
    "shim/verifier_channels",
    "shim/verifier_peers",
    "verifier/policies/kms_keys",
    "verifier/policies/named_registries",
    "verifier/policies/namespace_labels",
    "verifier/policies/policy_status_reporter",
    "verifier/policies/policy_store",
    "verifier/policies/secret_keys",
    "verifier/policies/sigstore_compiler",
    "verifier/policies/sigstore_lists",
    "verifier/registries/followed_secrets",
    "verifier/registries/registry_ca_files",
    "verifier/serving/recent_verdicts",
    "verifier/serving/reloading_tls",
    "verifier/serving/requirement_memory",
    "verifier/trust/trust_root_table",
    "verifier/trust/trust_store",
]

PRIVATE = ["//visibility:private"]

ROOT = os.path.dirname(os.path.realpath("WORKSPACE"))


def room_of(path):
    """The innermost room that a path from the root lies in; "" if none."""
    folder = os.path.dirname(path)
    while folder and folder not in ARROWS:
        folder = os.path.dirname(folder)
    return folder


def sources(room, endings=(".h", ".cc")):
    """The C++ files of a room, or those with these endings, as paths from the root; not those of rooms inside it."""
    for directory, _, names in sorted(os.walk(os.path.join(ROOT, room))):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(directory, name), ROOT)
            if name.endswith(endings) and room_of(path) in (room, ""):
                yield path


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


def users_of(room):
    return sorted(user for user in ARROWS if room in ARROWS[user] + TEST_ARROWS.get(user, []))


def build_calls(room):
    """The calls in a room's BUILD file, which is Python as far as its syntax goes."""
    statements = ast.parse(read(room + "/BUILD.bazel")).body
    return [s.value for s in statements if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call)]


def test_only_files(room):
    """The sources of a room's units that only tests may use, as paths from the root."""
    units = [{keyword.arg: keyword.value for keyword in call.keywords} for call in build_calls(room)]
    names = [ast.literal_eval(unit["name"]) for unit in units if "testonly" in unit]
    return {"%s/%s%s" % (room, name, ending) for name in names for ending in (".h", ".cc")}


def visibility(call, name):
    return next((ast.literal_eval(k.value) for k in call.keywords if k.arg == name), [])


def documented_rows(first):
    """The cells of the tables of docs/architecture.md whose first column has this heading, without marks."""
    rows, inside = [], False
    for line in read("docs/architecture.md").splitlines():
        cells = [cell.strip().replace("`", "") for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if inside and cells and not set(line) <= set("|- "):
            rows.append(cells)
        inside = bool(cells) and (inside or cells[0] == first)
    return rows


def outer_dependencies(room):
    """The outer rooms that an outer room and those inside it may include."""
    inside = [other for other in ARROWS if other.split("/")[0] == room]
    return {on.split("/")[0] for other in inside for on in ARROWS[other]} - {room}


class ArrowsTest(unittest.TestCase):
    maxDiff = None

    def test_the_architecture_has_the_same_rooms_and_arrows(self):
        rows = documented_rows("room")
        outer = {room: row[-1] for row in rows for room in row[0].split(", ")}
        self.assertEqual(set(outer), {room for room in ARROWS if "/" not in room})
        for room, allowed in outer.items():
            with self.subTest(room):
                if allowed in ("all", "everything"):
                    continue
                if allowed.startswith("all but "):
                    self.assertFalse(outer_dependencies(room) & set(allowed[len("all but "):].split(", ")))
                else:
                    self.assertEqual(outer_dependencies(room), set(allowed.split(", ")) - {"-"})
        inner = {room for row in documented_rows("inner room") for room in row[0].split(", ")}
        self.assertEqual(inner, {room for room in ARROWS if "/" in room})

    def test_the_architecture_has_the_same_memories(self):
        found = set(SINGLE_VALUES)
        for room in rooms():
            only_for_tests = test_only_files(room)
            for path in sources(room):
                is_product = not path.endswith(("_test.cc", "_fuzz.cc")) and path not in only_for_tests
                if room != "base" and is_product and re.search(MEMORIES, without_comments(read(path))):
                    found.add(os.path.splitext(path)[0])
        self.assertGreater(len(found), len(SINGLE_VALUES))
        self.assertEqual({row[0] for row in documented_rows("memory")}, found)

    def test_memories_are_noticed(self):
        for code in ["base::ExpiringCache<bool> logged_;", "using Clients = base::FreshCache<Loaded>;",
                     "base::LeadOrFollow<\n    Read> at_once_;", "SingleFlight <int> flights;"]:
            self.assertRegex(code, MEMORIES)
        for code in ["#include \"base/fresh_cache.h\"", "class FreshCache;", "NoSingleFlight<int> x;"]:
            self.assertNotRegex(code, MEMORIES)

    def test_the_sources_are_found(self):
        self.assertTrue(os.path.isfile(os.path.join(ROOT, "tools/arrows_test.py")), ROOT)
        for room in rooms():
            if room not in ["bench", "e2e"]:
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
            only_for_tests = test_only_files(room)
            for path in sources(room):
                allowed = ARROWS[room] + [room]
                if path.endswith("_test.cc") or path in only_for_tests:
                    allowed = allowed + TEST_ARROWS.get(room, [])
                for header in includes(path):
                    if room_of(header) not in ["", *allowed]:
                        if not (room in BORINGSSL_USERS and header == "crypto/curve25519/internal.h"):
                            wrong.append("%s includes %s" % (path, header))
                    if header.split("/")[0] in NO_ROOMS or ".." in header.split("/"):
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

    def test_pure_rooms_make_and_use_no_private_keys(self):
        wrong = []
        for room in PURE:
            for path in sources(room):
                if path.endswith("_test.cc") or path in test_only_files(room):
                    continue
                code = without_comments(read(path))
                for what, pattern in PRIVATE_MATTERS.items():
                    for match in re.finditer(pattern, code):
                        wrong.append("%s names %s: %s" % (path, what, match[0]))
        self.assertEqual(wrong, [])

    def test_making_keys_is_noticed_where_it_is(self):
        for path, what in [
            ("cli/certificates/certificate_authority.cc", "random numbers"),
            ("cli/certificates/private_key.cc", "making keys"),
            ("cli/certificates/private_key.cc", "private keys"),
            ("crypto/test_key.cc", "making keys"),
        ]:
            self.assertRegex(without_comments(read(path)), PRIVATE_MATTERS[what], path)

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
                if "@openssl//" in build and room not in OPENSSL_USERS:
                    wrong.append("%s/BUILD.bazel depends on OpenSSL" % room)
        self.assertEqual(wrong, [])

    def test_users_of_boringssl_refuse_to_compile_with_openssl(self):
        refusal = r"#\s*(ifndef|if !defined\(?)\s*OPENSSL_IS_BORINGSSL\b"
        for path in [path for room in BORINGSSL_USERS for path in sources(room)]:
            own = [header for header in includes(path) if os.path.exists(os.path.join(ROOT, header))]
            if any(header.startswith("openssl/") for header in includes(path)):
                refuses = any(re.search(refusal, without_comments(read(file))) for file in [path] + own)
                self.assertTrue(refuses, path + " does not check OPENSSL_IS_BORINGSSL")

    def test_build_files_open_with_the_rooms_users(self):
        for room in rooms():
            with self.subTest(room):
                package, *targets = [call for call in build_calls(room) if call.func.id != "load"]
                self.assertEqual(package.func.id, "package")
                users = ["//%s:__pkg__" % user for user in users_of(room)]
                self.assertEqual(visibility(package, "default_visibility"), users or PRIVATE)
                for target in targets:
                    self.assertLessEqual(set(visibility(target, "visibility")), set(users + PRIVATE))


if __name__ == "__main__":
    unittest.main()
