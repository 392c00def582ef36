#!/usr/bin/env python3
"""What the documents name is there: files, units, targets, classes, and the places that links lead to.

Their sentences are held to the code elsewhere, as far as a test can: //e2e:manifest_test, //e2e:flags_test,
//e2e:status_test, //e2e:hostile/threat_model_test. It reads the checkout, as arrows_test does.
"""

import os
import re
import unittest

from arrows_test import NO_ROOMS, ROOT, read, rooms

# What is looked for in the sources, where it is not a file: ClassName, room::ClassName.
CLASS = r"(?:[a-z]+::)?([A-Z][a-z]+(?:[A-Z][a-z]+)+)"
# Names of the same form that others have made.
OTHERS = {
    # Kubernetes
    "AdmissionReview", "AdmissionReviews", "ClusterRoleBinding", "ConfigMap", "ConfigMaps", "ContainerCreating",
    "CrashLoopBackOff", "CustomResourceDefinition", "ClusterFirstWithHostNet", "IfNotPresent", "ImagePullBackOff",
    "ScheduleAnyway", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "CronJob", "ServiceAccount",
    # The object's own words
    "ClusterImagePolicy", "PartlyInvalid", "WrongName", "NotTheOnlyOne", "TrustRoot", "PolicyOptions", "KeysInlined",
    "PoliciesInlined",
}


def files():
    """Paths from the root."""
    for directory, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name != ".git" and not name.startswith("bazel-")]
        for name in names:
            yield os.path.relpath(os.path.join(directory, name), ROOT)


def documents():
    return sorted(path for path in files() if path.endswith(".md"))


def spans(text):
    """What is set as code within lines."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def anchors(text):
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


class DocsTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.files = set(files())
        self.folders = {os.path.dirname(path) for path in self.files}
        for folder in list(self.folders):
            while folder:
                folder = os.path.dirname(folder)
                self.folders.add(folder)

    def is_there(self, path):
        """A folder, a file, or a unit, which is its files without their endings."""
        path = path.rstrip("/")
        return path in self.folders or any(path + ending in self.files for ending in (
            "", ".h", ".cc", ".py", "_test.cc", "_test.py", "_test.go", ".proto", ".tpl"))

    def test_links_lead_somewhere(self):
        wrong = []
        for document in documents():
            for link in re.findall(r"\]\(([^)\s]+)\)", read(document)):
                path, _, anchor = link.partition("#")
                target = os.path.normpath(os.path.join(os.path.dirname(document), path)) if path else document
                if link.startswith(("http://", "https://")):
                    continue
                if not self.is_there(target) or (anchor and anchor not in anchors(read(target))):
                    wrong.append("%s: %s" % (document, link))
        self.assertEqual(wrong, [])

    def test_files_and_units_that_are_named_are_there(self):
        tops = {room.split("/")[0] for room in rooms()} | set(NO_ROOMS)
        wrong = []
        for document in documents():
            for name in spans(read(document)):
                if re.fullmatch(r"[\w.]+(/[\w.]+)+/?", name) and name.split("/")[0] in tops:
                    if not self.is_there(name) and not self.is_there(os.path.join(os.path.dirname(document), name)):
                        wrong.append("%s: %s" % (document, name))
        self.assertEqual(wrong, [])

    def test_targets_that_are_named_are_there(self):
        wrong = []
        for document in documents():
            for package, name in re.findall(r"(?<![\w:/@])//([a-z]\w*(?:/\w+)*)(?::([\w/.-]+))?", read(document)):
                build = os.path.join(package, "BUILD.bazel")
                if build not in self.files:
                    wrong.append("%s: //%s" % (document, package))
                elif name not in ("", "all"):
                    unit = re.sub(r"_(test|fuzz)$", "", name)
                    known = read(build) + (read("e2e/hostile/families.py") if "/" in name else "")
                    if not any('"%s"' % text in known for text in (name, unit, os.path.basename(unit))):
                        wrong.append("%s: //%s:%s" % (document, package, name))
        self.assertEqual(wrong, [])

    def test_classes_that_are_named_are_there(self):
        sources = "\n".join(read(path) for path in self.files if path.endswith((".h", ".cc", ".py", ".go", ".proto")))
        known = set(re.findall(r"\b(?:class|struct|enum class|using|service|rpc|def) (\w+)", sources))
        known |= set(re.findall(r"\b([A-Z]\w+)\(", sources))
        known |= set(re.findall(r"- alert: (\w+)", read("deploy/chart/monitoring/rules.yaml")))
        wrong = []
        for document in documents():
            for name in spans(read(document)):
                found = re.fullmatch(CLASS, name)
                if found and found[1] not in known | OTHERS:
                    wrong.append("%s: %s" % (document, name))
        self.assertEqual(wrong, [])

    def test_tests_that_are_named_are_there(self):
        sources = "\n".join(read(path) for path in self.files if path.endswith("_test.cc"))
        known = set(re.findall(r"\bTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", sources))
        named = re.findall(r"`([A-Z]\w+)\.(\w{10,})`", read("docs/conformance.md"))
        self.assertGreater(len(named), 50)
        self.assertEqual([".".join(name) for name in named if name not in known], [])


if __name__ == "__main__":
    unittest.main()
