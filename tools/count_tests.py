"""Counts the test cases of Bazel runs from their build event files.

Prints what failed, a line a run, and last "N passed, N failed": each case once, whatever the number of runs,
failed if it failed in any. Only what the events name is read, so results that an earlier run left behind do not
count; results that Bazel took from its cache do, since they belong to the same inputs. Exits 1 when a case
failed, nothing ran, or Bazel failed otherwise.
"""

import json
import os
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree


def read_events(path):
    """Up to where the file was cut, if Bazel was ended while it wrote a line."""
    events = []
    with open(path, encoding="utf-8") as file:
        for line in filter(str.strip, file):
            try:
                events.append(json.loads(line))
            except ValueError:
                break
    return events


def cases_of_xml(path):
    """Yields (name, passed) for each case that ran; skipped and disabled ones did not."""
    for case in ElementTree.parse(path).iter("testcase"):
        if case.find("skipped") is not None or case.get("status") == "notrun":
            continue
        passed = case.find("failure") is None and case.find("error") is None
        yield "%s.%s" % (case.get("classname", ""), case.get("name", "")), passed


def cases_of_result(label, result):
    """The cases of one attempt of one target: {(label, name): passed}."""
    cases = {}
    fault = "no test.xml"
    for output in result.get("testActionOutput", []):
        if output["name"] == "test.xml":
            path = urllib.parse.unquote(urllib.parse.urlparse(output["uri"]).path)
            try:
                cases = {(label, name): passed for name, passed in cases_of_xml(path)}
                fault = None
            except (OSError, ElementTree.ParseError) as error:
                # That of a test that was ended while it wrote it is cut in the middle.
                fault = "test.xml: %s" % error
    if result.get("status") != "PASSED":
        fault = result.get("status", "no status")
    # A crash, a time limit or a failure outside of the cases is a failure of its own, and so is it that nobody knows
    # which cases there were.
    if fault and all(cases.values()):
        cases[label, "(%s)" % fault] = False
    return cases


def cases_of_run(path):
    """All cases of a run, and whether Bazel was content with it."""
    cases = {}
    content = False
    for event in read_events(path):
        event_id = event.get("id", {})
        if "testResult" in event_id and "testResult" in event:
            cases.update(cases_of_result(event_id["testResult"]["label"], event["testResult"]))
        elif "targetCompleted" in event_id and not event.get("completed", {}).get("success"):
            cases[event_id["targetCompleted"]["label"], "(not built)"] = False
        elif "buildFinished" in event_id:
            content = event["finished"].get("exitCode", {}).get("name") == "SUCCESS"
    return cases, content


def main(paths):
    total = {}
    sound = True
    for path in paths:
        cases, content = cases_of_run(path) if os.path.exists(path) else ({}, False)
        run = os.path.splitext(os.path.basename(path))[0]
        for (label, name), passed in sorted(cases.items()):
            total[label, name] = total.get((label, name), True) and passed
            if not passed:
                print("FAILED %s: %s %s" % (run, label, name))
        passed = sum(cases.values())
        print("%s: %d passed, %d failed" % (run, passed, len(cases) - passed))
        if not cases or (all(cases.values()) and not content):
            print("%s: no tests ran, or Bazel failed before all could" % run)
            sound = False
    passed = sum(total.values())
    print("%d passed, %d failed" % (passed, len(total) - passed))
    return 0 if sound and passed == len(total) and total else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
