"""Says where the time of Bazel runs went, from their build event files and profiles.

usage: where_time_went.py [--most N] EVENTS.json...      (with --profile=EVENTS.profile.gz beside EVENTS.json)

For each run a line with its length, how much of that was building and how much testing, and what ran, and then the test
targets that took longest (those that ran now, by their own clock). What ran at the same time shares the time; the
seconds in brackets are those of each action, added up.
"""

import argparse
import collections
import gzip
import json
import os

# By the first word of what Bazel says that an action is doing.
KINDS = {"Compiling": "compiling", "Linking": "linking", "Testing": "testing"}


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


def seconds_of_kinds(profile):
    """{kind of action: seconds}, each action's added up; nothing where there is no profile."""
    seconds = collections.Counter()
    if os.path.exists(profile):
        with gzip.open(profile, "rt", encoding="utf-8") as file:
            for event in json.load(file)["traceEvents"]:
                if event.get("cat") == "action processing":
                    kind = KINDS.get(event["name"].split(" ")[0], "other building")
                    seconds[kind] += event.get("dur", 0) / 1e6
    return seconds


def length_of(events):
    started = [int(e["started"]["startTimeMillis"]) for e in events if "started" in e]
    finished = [int(e["finished"]["finishTimeMillis"]) for e in events if "finished" in e]
    return (finished[-1] - started[0]) / 1000 if started and finished else 0


def describe(path, most):
    events = read_events(path)
    run = os.path.splitext(os.path.basename(path))[0]
    actions = sum(
        int(event["buildMetrics"].get("actionSummary", {}).get("actionsExecuted", 0))
        for event in events
        if "buildMetrics" in event
    )
    took = length_of(events)
    kinds = seconds_of_kinds(os.path.splitext(path)[0] + ".profile.gz")
    seconds = seconds_of_targets(events)
    line = "%s: %.0f s, %d actions and %d test targets ran" % (run, took, actions, len(seconds))
    if kinds:
        testing = took * kinds["testing"] / sum(kinds.values())
        line += ": building %.0f s, testing %.0f s" % (took - testing, testing)
        line += " (%s)" % ", ".join("%s %.0f s" % kind for kind in kinds.most_common())
    lines = [line]
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
            print("time: " + describe(path, arguments.most))


if __name__ == "__main__":
    main()
