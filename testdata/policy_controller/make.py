#!/usr/bin/env python3
"""Makes the tables of validation here from the Policy Controller's tests, which are Go.

    make.py CHECKOUT

reads pkg/apis/policy/VERSION/clusterimagepolicy_validation_test.go of a checkout of sigstore/policy-controller, and
writes VERSION_validation.json beside itself. It reads as much of Go as the tables are written in.
"""

import json
import os
import re
import sys

TOKEN = re.compile(
    r'(?P<space>\s+|//[^\n]*)|(?P<string>"(?:\\.|[^"\\])*"|`[^`]*`)|(?P<word>[\w.]+)|(?P<mark>\[\]|[{}()\[\],:&*+])'
)
# Members of the Go types, by the names that they have in JSON.
NAMES = {
    "Sources": "source", "OCI": "oci", "KMS": "kms", "CTLog": "ctlog", "RFC3161Timestamp": "rfc3161timestamp",
    "CACert": "ca-cert", "URL": "url", "ResourceSelector": "selector", "InsecureIgnoreSCT": "insecureIgnoreSCT",
}
# Members that the Go types have whether they are set or not, where a test sets a part to nothing at all.
INLINE = {"GroupVersionResource"}


def tokens(text):
    position, found = 0, []
    while position < len(text):
        match = TOKEN.match(text, position)
        if not match:
            raise ValueError("cannot read: %r" % text[position:position + 40])
        position = match.end()
        if match.lastgroup != "space":
            found.append((match.lastgroup, match[0]))
    return found


class Reader:
    def __init__(self, text, constants):
        self.tokens, self.at, self.constants = tokens(text), 0, constants

    def peek(self, offset=0):
        return self.tokens[self.at + offset][1] if self.at + offset < len(self.tokens) else ""

    def take(self, wanted=None):
        kind, text = self.tokens[self.at]
        assert wanted in (None, text), (wanted, self.tokens[self.at - 5:self.at + 5])
        self.at += 1
        return kind, text

    def value(self):
        result = self.operand()
        while self.peek() == "+":
            self.take()
            result += self.operand()
        return result

    def operand(self):
        if self.peek() == "{":
            return self.braces()
        if self.peek() in ("&", "*"):
            self.take()
            return self.operand()
        if self.peek() in ("[]", "map"):
            is_list = self.take()[1] == "[]"
            while self.peek() != "{":
                self.take()
            return self.braces(is_list=is_list, is_map=not is_list)
        kind, text = self.take()
        if kind == "string":
            return text[1:-1] if text[0] == "`" else json.loads(text)
        if self.peek() == "(":
            self.take()
            argument = self.value()
            self.take(")")
            return {"apis.HTTPS": "https://", "apis.HTTP": "http://"}[text] + argument if text in (
                "apis.HTTPS", "apis.HTTP") else argument
        if self.peek() == "{":
            members = self.braces()
            return "//" + members["host"] if text == "apis.URL" else members
        return {"true": True, "false": False}[text] if text in ("true", "false") else self.constants[text]

    def braces(self, is_list=False, is_map=False):
        self.take("{")
        items, members = [], {}
        while self.peek() != "}":
            if not is_list and self.peek(1) == ":":
                kind, name = self.take()
                self.take(":")
                value = self.value()
                if name in INLINE:
                    members.update(value)
                elif is_map:
                    members[json.loads(name)] = value
                else:
                    members[NAMES.get(name, name[0].lower() + name[1:])] = value
            else:
                items.append(self.value())
            if self.peek() == ",":
                self.take()
        self.take("}")
        return items if is_list else members


def whole_literal(text, begin):
    """From an opening brace to the one that closes it; the tables' strings hold none but in pairs."""
    depth = 0
    for end in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            return text[begin:end + 1]
    raise ValueError("not closed")


def rows(table, test):
    """The row of a table as ours: what it is about, and what comes of it."""
    row = {"table": table, "name": test["name"]}
    errors, warnings = test.get("errorString", ""), test.get("warnString", "")
    parts = {}
    if "attestation" in test:
        parts["attestation"] = (test["attestation"], errors)
    elif "kms" in test:
        identities = [{"subject": "testsubject", "issuer": "testIssuer"}]
        key = {"kms": test["kms"]}
        parts["key"] = (key, errors.replace("KMSORCACERT", "kms"))
        parts["keyless"] = ({"ca-cert": key, "identities": identities}, errors.replace("KMSORCACERT", "ca-cert.kms"))
    elif table == "TestModeValidation":
        spec = {"images": [{"glob": "globbityglob"}], "authorities": [{"static": {"action": "pass"}}]}
        parts["spec"] = ({**spec, "mode": test.get("mode", "")}, errors)
    else:
        parts["spec"] = (test.get("policy", {}).get("spec", {}), errors)
    for part, (value, text) in parts.items():
        yield {**row, "part": part, "value": value, "errors": text, "warnings": warnings}


def tables(source):
    constants = dict(re.findall(r'^(?:const )?\s*(\w+)\s*= "((?:\\.|[^"\\])*)"$', source, re.MULTILINE))
    constants = {name: json.loads('"%s"' % text) for name, text in constants.items()}
    constants["signaturealgo.DefaultSignatureAlgorithm"] = "sha256"
    for function in re.split(r"^func ", source, flags=re.MULTILINE)[1:]:
        name = re.match(r"\w+", function)[0]
        begin = re.search(r"tests := \[\]struct \{[^}]*\}\{", function)
        if not begin:
            continue
        body = whole_literal(function, begin.end() - 1)
        for test in Reader("[]x" + body, constants).value():
            yield from rows(name, test)


def main():
    for version in ("v1alpha1", "v1beta1"):
        path = os.path.join(sys.argv[1], "pkg/apis/policy", version, "clusterimagepolicy_validation_test.go")
        with open(path, encoding="utf-8") as file:
            table = list(tables(file.read()))
        with open(os.path.join(os.path.dirname(os.path.realpath(__file__)), version + "_validation.json"), "w",
                  encoding="utf-8") as file:
            file.write("[\n" + ",\n".join(json.dumps(row) for row in table) + "\n]\n")


if __name__ == "__main__":
    main()
