#!/usr/bin/env python3
"""What waits, expires or is measured asks a base::Clock, so that tests say what time it is.

Deadlines of what blocks are moments of the wall clock, as sockets know no other: base/deadline.h makes them, and
base/eventually.h those of tests, which wait nowhere else. Who looks at the wall clock himself, or sleeps, is listed here
with a reason. A test that has to let something happen waits for what shows that it has; one that shows that something
ends gives it a deadline, and measures nothing.
"""

import re
import unittest

from arrows_test import read, rooms, sources, without_comments

WALL_CLOCK = (
    r"\babsl::(Now|SleepFor|GetCurrentTimeNanos)\b|\bsleep_(for|until)\b|\b(system|steady|high_resolution)_clock\b"
    r"|\bgettimeofday\b|\bclock_gettime\b|(?<![\w.:>])(u|nano)?sleep\s*\(|(?<![\w.>])time\s*\(\s*(0|NULL|nullptr|&)"
)

ALLOWED = {
    # What all others ask.
    "base/clock.cc": "is the clock",
    "base/clock_test.cc": "compares the clock with the system's",
    "base/deadline.cc": "makes deadlines",
    "base/eventually.cc": "waits for other threads in tests",
    # Main loops: nothing is inside them but what asks a clock.
    "cli/certificates.cc": "waits between two runs, as it is told to",
    "shim/shim_main.cc": "waits until nobody sends new requests, before it drains",
    # Real sockets, whose timers are the system's.
    "http/server/server_connection.cc": "gives a socket the time that is left",
    "http/server/server_request_reader.cc": "notes when a request has come, from which its caller's timeout counts",
    "http/server/server_response.cc": "writes the Date of an answer",
    "shim/grpc_verifier_client.cc": "pauses before it asks another verifier",
    "verifier/serving/grpc_acceptor.cc": "pauses when there is no file descriptor for a connection",
    "verifier/serving/verifier_service.cc": "takes and makes deadlines of gRPC, and measures calls for metrics",
    # Nothing comes of it but a metric.
    "registry/counting_registry.cc": "measures calls",
    "shim/webhook.cc": "measures reviews and calls",
}


class ClockTest(unittest.TestCase):
    maxDiff = None

    def test_only_who_is_listed_looks_at_the_wall_clock_or_sleeps(self):
        found = {}
        for room in rooms():
            for path in sources(room):
                matches = re.finditer(WALL_CLOCK, without_comments(read(path)))
                names = sorted({match[0] for match in matches})
                if names:
                    found[path] = names
        self.assertEqual({path: names for path, names in found.items() if path not in ALLOWED}, {})
        self.assertEqual([path for path in ALLOWED if path not in found], [], "need no longer be listed")

    def test_what_it_looks_for_is_noticed(self):
        for code in ["x = absl::Now();", "absl::SleepFor(d);", "std::this_thread::sleep_for(d);", "sleep(1);",
                     "usleep (1);", "std::chrono::steady_clock::now()", "std::time(nullptr)"]:
            self.assertRegex(code, WALL_CLOCK)
        for code in ["clock.Now()", "run.sleep(wait)", "asio::steady_timer timer", "base::In(timeout)"]:
            self.assertNotRegex(code, WALL_CLOCK)


if __name__ == "__main__":
    unittest.main()
