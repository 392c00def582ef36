"""Counts the cases of Go tests from the events of test2json on standard input.

Prints what the tests print as it comes, then what failed, and last "N passed, N failed". A test with subtests
counts as those; itself only if it failed and none of them did. Exits 1 when a case failed, nothing ran, or the
tests ended otherwise than by coming to their end.
"""

import json
import sys


def main():
    results = {}
    ended_well = False
    for line in sys.stdin:
        try:
            event = json.loads(line)
        except ValueError:
            print(line, end="", flush=True)
            continue
        action, test = event.get("Action"), event.get("Test")
        if action == "output" and not event["Output"].startswith(("=== RUN", "=== NAME")):
            print(event["Output"], end="", flush=True)
        if test and action in ("pass", "fail"):
            results[test] = action == "pass"
        if test and action == "run":
            results[test] = False  # unless it comes to its end
        if test and action == "skip":
            del results[test]
        if not test and action == "pass":
            ended_well = True
    cases = leaves(results)
    for name, passed in cases.items():
        if not passed:
            print("FAILED %s" % name)
    passed = sum(cases.values())
    failed = len(cases) - passed
    if not ended_well and not failed:
        print("FAILED around the tests")
        failed = 1
    print("%d passed, %d failed" % (passed, failed))
    return 0 if passed and not failed else 1


def leaves(results):
    cases = {}
    for name, passed in results.items():
        below = [result for other, result in results.items() if other.startswith(name + "/")]
        if not below or (not passed and all(below)):
            cases[name] = passed
    return cases


if __name__ == "__main__":
    sys.exit(main())
