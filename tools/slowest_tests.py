"""Says where the time of a Bazel run went, from its build event file: the run's own length, the actions that were
run rather than taken from a cache, and the test targets that took longest (those that ran, by their own clock).

usage: slowest_tests.py [--most N] EVENTS.json...
"""

import argparse
import json
import os


def read_events(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def seconds_of_targets(events):
    """{label: seconds} of the tests that ran now: attempts and shards of one target are added up."""
    seconds = {}
    for event in events:
        result = event.get("testResult")
        if result is None or result.get("cachedLocally") or result.get("executionInfo", {}).get("cachedRemotely"):
            continue
        label = event["id"]["testResult"]["label"]
        seconds[label] = seconds.get(label, 0) + int(result.get("testAttemptDurationMillis", 0)) / 1000
    return seconds


def describe(path, most):
    events = read_events(path)
    run = os.path.splitext(os.path.basename(path))[0]
    actions = sum(
        int(event["buildMetrics"].get("actionSummary", {}).get("actionsExecuted", 0))
        for event in events
        if "buildMetrics" in event
    )
    started = [int(e["started"]["startTimeMillis"]) for e in events if "started" in e]
    finished = [int(e["finished"]["finishTimeMillis"]) for e in events if "finished" in e]
    seconds = seconds_of_targets(events)
    took = (finished[-1] - started[0]) / 1000 if started and finished else 0
    lines = ["%s: %.0f s, %d actions run, %d test targets run for %.0f s" %
             (run, took, actions, len(seconds), sum(seconds.values()))]
    slowest = sorted(seconds.items(), key=lambda item: -item[1])[:most]
    lines += ["  %6.1f s  %s" % (took, label) for label, took in slowest]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", type=int, default=10)
    parser.add_argument("events", nargs="+")
    arguments = parser.parse_args()
    for path in arguments.events:
        if os.path.exists(path):
            print(describe(path, arguments.most))


if __name__ == "__main__":
    main()
