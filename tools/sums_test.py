#!/usr/bin/env python3
"""What all memories, queues and budgets of a process may hold together fits into its container.

docs/memory.md has each of them, with the place where its bound is defined. Here that is read, as is the limit in the
chart's values, and both tables are held to it. Reads the checkout, as arrows_test does.
"""

import ast
import operator
import re
import unittest

from arrows_test import read, rooms, sources, test_only_files, without_comments

DOCUMENT = "docs/memory.md"
VALUES = "deploy/chart/values.yaml"
PROCESSES = ["verifier", "shim"]
MIB = 1 << 20

# Rooms that are in neither process.
ELSEWHERE = ["bench", "cli", "e2e"]

# Flags that say how much of one of the sums one request may have.
SHARES = {"--max-registry-bytes-per-request"}

# Numbers of a million and more that are no bound of all that there is of something.
NO_SUMS = {
    # The longest text, file or answer of a kind. Those that others send are held within a sum; of those that the
    # operator, his programs or the API server give there are few at a time.
    "base/file.h:max_bytes",
    "base/json.h:max_bytes",
    "cosign/bundle.h:kMaxBundleBytes",
    "cosign/layer_witnesses.cc:max_bytes",
    "cosign/log_entry_json.h:kMaxLogEntryBodyBytes",
    "cosign/signed_envelope.h:kMaxEnvelopeBytes",
    "cosign/signed_payload.h:kMaxPayloadBytes",
    "cosign/statement.h:kMaxStatementBytes",
    "http/client/client.h:max_response_bytes",
    "http/server/server.h:max_body_bytes",
    "http/server/tls.cc:kMaxFileBytes",
    "http/server/tls_expiry.cc:kMaxFileBytes",
    "kube/admission/admission_review.h:kMaxReviewBytes",
    "kube/client/api_connection.h:max_response_bytes",
    "kube/client/cluster_access.cc:kMaxFileBytes",
    "kube/client/exec_plugin.cc:kMaxOutputBytes",
    "kube/manifests/manifest_files.h:kMaxManifestBytes",
    "kube/manifests/yaml_documents.h:max_bytes",
    "kube/manifests/yaml_documents.h:max_scalar_bytes",
    "oci/descriptor.h:kMaxManifestBytes",
    "oci/platform_index.h:kMaxPlatformIndexBytes",
    "policy/rules/unmet.h:kMaxComparedBytes",
    "policy/rules/unmet.h:kMaxDocumentBytes",
    "proto/limits.h:kMaxAnswerBytes",
    "proto/limits.h:kMaxListedBytes",
    "proto/limits.h:kMaxPolicyBytes",
    "proto/limits.h:kMaxQuestionBytes",
    "tuf/metadata.h:kMaxSnapshotBytes",
    "tuf/update.h:kMaxTargetBytes",
    "verifier/credentials/credential_providers.cc:kMaxAnswerBytes",
    "verifier/serving/reloading_tls.cc:kMaxFileBytes",
    # What one image, one request or one call may have.
    "shim/verifier_connections.cc:kRetryBufferBytes",
    "shim/routes.h:kMaxMadeBytes",
    "verifier/credentials/pull_secrets.h:kMaxParsedBytes",
    "verifier/evidence/referrer_reader.h:kMaxReferrerBytes",
    "verifier/evidence/tagged_layers.h:kMaxBytesUnderTag",
    "verifier/verifier_assembly.h:registry_bytes_per_request",
    # Defaults of parts, in whose place the process puts a sum of its own.
    "base/byte_budget.h:of_account",
    "base/byte_budget.h:total",
    "base/fresh_cache.h:max_weight",
    "registry/http_registry.h:memory_bytes",
    "verifier/evidence/evidence_memory.h:bytes",
    # Of policies and namespaces, which docs/memory.md has below its sums.
    "kube/object_selection.h:max_bytes",
    "policy/sigstore/program_shares.h:kAll",
    # What is not held: traffic, work, numbers of values, what a flag may be.
    "base/subprocess.cc:kMaxBytesAtOnce",
    "base/regexp.h:kMaxRegexpMemory",
    "kube/client/watch_events.h:max_values",
    "policy/compiled.h:kPatternSteps",
    "shim/server_flags.cc:kLeastRequestMemory",
    "verifier/serving/traffic_account.h:a_second_for_everybody",
    "verifier/serving/traffic_account.h:burst_for_everybody",
}

OPERATIONS = {ast.Add: operator.add, ast.Mult: operator.mul, ast.LShift: operator.lshift}
LARGE = r"\b(\w+) = ((?:size_t\{\d+\}|\d+) << (?:[23]\d|40)|\d{1,3}(?:'\d{3}){2,})\s*[;,)}]"


def number(expression, name_value):
    """The value of a constant expression; `name_value` gives those of names."""

    def value(node):
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return name_value(node.id)
        return OPERATIONS[type(node.op)](value(node.left), value(node.right))

    text = re.sub(r"size_t\{(\d+)\}", r"\1", expression.replace("'", ""))
    return value(ast.parse(text.strip(), mode="eval").body)


def definition(path, name):
    """The value that a name is given in a file, where it is given one."""
    if path == VALUES:
        found = re.findall(r"^%s: (\S+)$" % name, read(path), re.MULTILINE)
    else:
        found = re.findall(r"(?<!\w)%s = ([^;,}]+)[;,}]" % name, without_comments(read(path)))
    if len(found) != 1:
        raise AssertionError("%s says %d times what %s is" % (path, len(found), name))
    return number(found[0], lambda other: definition(path, other))


def definitions(cell):
    """Of a table's last column: a sum of products of PATH:NAME."""
    return [[tuple(factor.split(":")) for factor in re.findall(r"[\w/.]+:\w+", term)] for term in cell.split(" + ")]


def bound(cell):
    total = 0
    for factors in definitions(cell):
        product = 1
        for path, name in factors:
            product *= definition(path, name)
        total += product
    return total


def mib(number_of_bytes):
    return ("%.1f" % (number_of_bytes / MIB)).removesuffix(".0")


def section(process, text=None):
    """What the document says of a process."""
    return re.search(r"^## The %s$(.*?)(?=^## |\Z)" % process, text or read(DOCUMENT), re.MULTILINE | re.DOTALL)[1]


def documented(process, text=None):
    """The rows of a process's table without marks: what, flag, MiB, and where that is defined."""
    lines = [line.strip("|") for line in section(process, text).splitlines() if line.startswith("| ")]
    return [[cell.strip(" `*") if place < 3 else cell.strip() for place, cell in enumerate(line.split("|"))]
            for line in lines[1:]]


def bounds(process):
    return [row for row in documented(process) if row[0] not in ("sum", "limit")]


def row(process, name):
    [found] = [row for row in documented(process) if row[0] == name]
    return found


def quantity(text):
    """Bytes, of a quantity of Kubernetes' as values have it."""
    amount, unit = re.fullmatch(r'"?(\d+)(Ki|Mi|Gi)"?', text).groups()
    return int(amount) << {"Ki": 10, "Mi": 20, "Gi": 30}[unit]


def limit(process, values=None):
    """Of a process's container: by its own `resources`, where there are some, else that of both, else its own."""
    text = values or read(VALUES)
    of_process = re.search(r"^%s:\n((?:(?: .*)?\n)*)" % process, text, re.MULTILINE)[1]
    own = re.search(r"^  resources:(.*\n(?:   .*\n)*)", of_process, re.MULTILINE)[1]
    if own.strip() != "{}":
        return quantity(re.search(r"limits:[^}]*?memory: ([\w\"]+)", own)[1])
    of_both = re.search(r"^limits_memory: (\S+)$", text, re.MULTILINE)[1]
    return quantity(re.search(r"^  memoryLimit: (\S+)$", of_process, re.MULTILINE)[1] if of_both == "null" else of_both)


def held(process):
    return sum(bound(where) for _, _, _, where in bounds(process))


def product_sources():
    for room in rooms():
        only_for_tests = test_only_files(room)
        for path in sources(room):
            is_product = not path.endswith(("_test.cc", "_fuzz.cc", "_fixture.h")) and path not in only_for_tests
            if room.split("/")[0] not in ELSEWHERE and is_product:
                yield path


def large_numbers(code):
    return {name for name, value in re.findall(LARGE, code) if number(value, None) >= 1000000}


class SumsTest(unittest.TestCase):
    maxDiff = None

    def test_each_bound_is_what_its_definition_says(self):
        for process in PROCESSES:
            rows = bounds(process)
            self.assertTrue(rows)
            self.assertEqual([(what, stated) for what, _, stated, _ in rows],
                             [(what, mib(bound(where))) for what, _, _, where in rows])

    def test_the_sums_and_limits_are_what_the_document_says(self):
        for process in PROCESSES:
            self.assertEqual((process, row(process, "sum")[2]), (process, mib(held(process))))
            self.assertEqual((process, row(process, "limit")[2]), (process, mib(limit(process))))

    def test_the_sums_fit_into_their_limits(self):
        for process in PROCESSES:
            self.assertLessEqual(held(process), limit(process), process)

    def test_flags_set_the_bounds_that_they_stand_beside(self):
        for process in PROCESSES:
            flags = "\n".join(read(path) for path in sources(process) if path.endswith("flags.cc"))
            for what, flag, _, where in bounds(process):
                if flag:
                    [variable] = re.findall(r'"%s",\s*&?(?:[\w.]|->)*?(\w+),' % flag, flags)
                    self.assertIn(variable, [name for term in definitions(where) for _, name in term], what)

    def test_no_flag_of_bytes_is_missing(self):
        for process in PROCESSES:
            flags = "\n".join(read(path) for path in sources(process) if path.endswith("flags.cc"))
            found = set(re.findall(r'"(--[a-z-]*bytes[a-z-]*)"', flags))
            self.assertTrue(found)
            self.assertEqual(found - SHARES, {flag for _, flag, _, _ in bounds(process) if "bytes" in flag})

    def test_no_large_bound_is_missing(self):
        found = {"%s:%s" % (path, name) for path in product_sources()
                 for name in large_numbers(without_comments(read(path)))}
        known = {"%s:%s" % factor for process in PROCESSES for _, _, _, where in bounds(process)
                 for term in definitions(where) for factor in term}
        self.assertEqual(found - known, NO_SUMS)

    def test_large_numbers_are_noticed(self):
        for code in ["size_t answer_bytes = 16 << 20;", "constexpr size_t kMaxBytes = 5'000'000;", "{.total = 2 << 30,",
                     "LoadFile(size_t max_bytes = 4 << 20);", "kMost = size_t{1} << 30;", "{.max_values = 1 << 20};"]:
            self.assertEqual(len(large_numbers(code)), 1, code)
        for code in ["size_t bytes = 64 << 10;", "int most = 100'000;", "total = other << 20;", "x == 1 << 20;"]:
            self.assertEqual(large_numbers(code), set(), code)

    def test_a_bound_is_a_sum_of_products(self):
        self.assertEqual(definitions("`a/b.h:x` x `c.cc:y` + `a/b.h:z`"),
                         [[("a/b.h", "x"), ("c.cc", "y")], [("a/b.h", "z")]])
        self.assertEqual(number("(2 + kTwo) << 3", {"kTwo": 2}.get), 32)
        self.assertEqual(number("size_t{4} * 1'000", None), 4000)

    def test_limits_are_those_of_the_values(self):
        both = "limits_memory: %s\nshim:\n  # Both\n\n  resources: {}\n  memoryLimit: 64Mi\n" \
               "verifier:\n  resources: %s\n  memoryLimit: 128Mi\n  port: 2\nx: 1\n"
        for own, of_verifier in [("{}", 256), ("{limits: {cpu: 1, memory: 1Gi}}", 1024),
                                 ("\n    limits:\n      memory: 512Mi\n    requests:\n      memory: 1Mi", 512)]:
            self.assertEqual(limit("verifier", both % ("256Mi", own)), of_verifier * MIB)
            self.assertEqual(limit("shim", both % ("256Mi", own)), 256 * MIB)
        self.assertEqual([limit(process, both % ("null", "{}")) for process in PROCESSES], [128 * MIB, 64 * MIB])

    def test_the_rest_of_a_document_is_no_bound(self):
        text = "## The shim\n\n| what | flag | MiB | defined by |\n|---|---|---:|---|\n| a | `--b` | 2 | `c.h:d` |\n" \
               "| **sum** | | **2** | |\n\n## Else\n\n| e | | 3 | `f.h:g` |\n"
        self.assertEqual(documented("shim", text), [["a", "--b", "2", "`c.h:d`"], ["sum", "", "2", ""]])


if __name__ == "__main__":
    unittest.main()
