#!/usr/bin/env python3
"""What waits, expires or is measured asks a base::Clock, so that tests say what time it is.

Deadlines of what blocks are moments of the wall clock, as sockets know no other: base/deadline.h makes them, and
base/eventually.h those of tests, which wait nowhere else. Who looks at the wall clock himself, or sleeps, is listed here
with a reason. A test that has to let something happen waits for what shows that it has; one that shows that something
ends gives it a deadline, and measures nothing. Attacks (e2e/hostile) and benchmarks are measurements; in the short form
of an attack, which is a test, no bound of time counts.
"""

import os
import re
import unittest

from arrows_test import ROOT, read, rooms, sources, without_comments

# Whatever tells the time, or lets it pass, without being asked through a base::Clock or given a deadline of
# base/deadline.h. Waits of absl that take a duration are for tests alone, which have base::kPatience.
WALL_CLOCK = (
    r"\babsl::(Now|SleepFor|GetCurrentTimeNanos)\b|\bsleep_(for|until)\b"
    r"|\b(system|steady|high_resolution|utc|tai|gps|file)_clock\b"
    r"|\b(gettimeofday|clock_gettime|clock_nanosleep|timespec_get|ftime|gpr_now|setitimer|timer_settime)\b|\btimerfd_\w+"
    r"|(?<![\w.>])(?<![\w)]::)(::|std::)?(u|nano)?sleep\s*\(|(?<![\w.>:])(::|std::)?alarm\s*\(|(std|(?<!\w))::clock\s*\("
    r"|(?<![\w.>])time\s*\(\s*(0|NULL|nullptr|&)|\b(try_lock|wait)_(for|until)\s*\("
    r"|\bexpires_(after|at|from_now)\b|(?<![\w.>])(ppoll|poll|pselect|select|epoll_p?wait2?)\s*\("
    r"|\b\w*(Wait|Await|LockWhen|Notification)WithTimeout\b(?![^;]*\bkPatience\b)"
)

# A wait for another thread without an end: base::Await and base::Eventually have one.
ENDLESS_WAIT = r"\bWaitForNotification\s*\(\s*\)|\babsl::(Barrier|BlockingCounter)\b"

# As the above in Python: of tests that start the real programs, which know the real time alone.
PYTHON_SLEEP = r"\btime\.sleep\b|\bfrom time import\b"
# How long something took: for no test to ask.
PYTHON_CLOCK = r"\btime\.(monotonic|time|perf_counter|process_time|thread_time|clock_gettime)(_ns)?\b|\bfrom time import\b"

ALLOWED = {
    # What all others ask.
    "base/clock.cc": "is the clock",
    "base/clock_test.cc": "compares the clock with the system's",
    "base/deadline.cc": "makes deadlines",
    "base/eventually.cc": "waits for other threads in tests",
    "base/fake_clock.h": "waits for a moment at a time, between which a test may change what time it is",
    # Main loops: nothing is inside them but what asks a clock.
    "cli/certificates.cc": "waits between two runs, as it is told to",
    "shim/shim_main.cc": "waits until nobody sends new requests, before it drains",
    # Real programs and files.
    "base/subprocess.cc": "waits for what a program writes, until its deadline",
    "kube/manifests/directory_changes.cc": "waits for what changes in a directory, for a while",
    "base/worker_pool.cc": "ends threads that nothing has needed for a while",
    # Real sockets, whose timers are the system's.
    "http/server/server.cc": "pauses when there is no file descriptor for a connection, and looks at its files again",
    "http/server/server_connection.cc": "gives a socket the time that is left",
    "http/server/server_request_reader.cc": "notes when a request has come, from which its caller's timeout counts",
    "http/server/server_response.cc": "writes the Date of an answer",
    "shim/call_outcome.cc": "sees by the clock whether a verifier had the time to answer",
    "shim/grpc_verifier_client.cc": "pauses before it asks another verifier",
    "verifier/serving/event_poller.cc": "waits for what comes on sockets, as long as it is told to",
    "verifier/serving/grpc_acceptor.cc": "pauses when there is no file descriptor for a connection",
    "verifier/serving/open_call.cc": "sees by the clock whether a call was reset by its client or has waited too long",
    "verifier/serving/verifier_service.cc": "takes and makes deadlines of gRPC, and measures calls for metrics",
    "shim/question_sender.cc": "notes when a call was sent",
    # Nothing comes of it but a metric.
    "shim/webhook.cc": "measures reviews and calls",
}

PYTHON_ALLOWED = {
    "e2e/process.py": "has wait_until, by which everybody else waits",
    "e2e/up.py": "looks whether the servers still run",
    "e2e/limited_registry.py": "is a slow registry",
    "e2e/soak/disturbances.py": "lets a registry fail for a while",
    "e2e/soak/main.py": "lets what was disturbed come to rest",
    "bench/many_policies.py": "asks at a pace, and changes policies at no certain moment",
    # A load is under way that long.
    "e2e/discovery_test.py": "lets the shim look the verifiers' name up again",
    "e2e/bad_registries_test.py": "lets many questions be on their way, of which nothing shows",
    # What an attacker does takes time, and so do the figures of it.
    "e2e/hostile/content.py": "is a slow registry",
    "e2e/hostile/doors.py": "sends a byte now and then",
    "e2e/hostile/frames.py": "sends for so long",
    "e2e/hostile/http2.py": "is a verifier that goes a moment after it has said so",
    "e2e/hostile/innocent.py": "asks at a pace",
    "e2e/hostile/queues.py": "asks at a pace, and sees what goes on when nobody waits any more",
    "e2e/hostile/watch.py": "measures for a while before and after",
}


def python_sources():
    """The Python files that run the programs, as paths from the root."""
    for folder in ("bench", "e2e"):
        for directory, _, names in sorted(os.walk(os.path.join(ROOT, folder))):
            for name in sorted(names):
                if name.endswith(".py"):
                    yield os.path.relpath(os.path.join(directory, name), ROOT)


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

    def test_nobody_waits_for_other_threads_without_an_end(self):
        found = [path for room in rooms() for path in sources(room)
                 if re.search(ENDLESS_WAIT, without_comments(read(path)))]
        self.assertEqual(found, [])

    def test_a_wait_without_an_end_is_noticed(self):
        for code in ["told.WaitForNotification();", "end->WaitForNotification ( );", "absl::Barrier together(3);",
                     "absl::BlockingCounter left(3);"]:
            self.assertRegex(code, ENDLESS_WAIT)
        for code in ["base::Await(told)", "told.WaitForNotificationWithDeadline(until)", "told.HasBeenNotified()"]:
            self.assertNotRegex(code, ENDLESS_WAIT)

    def test_only_who_is_listed_sleeps_in_python(self):
        found = {path for path in python_sources() if re.search(PYTHON_SLEEP, read(path))}
        self.assertEqual(found, set(PYTHON_ALLOWED))

    def test_no_test_in_python_measures_how_long_something_takes(self):
        found = {path for path in python_sources() if path.endswith("_test.py") and re.search(PYTHON_CLOCK, read(path))}
        self.assertEqual(found, set())

    def test_measuring_in_python_is_noticed(self):
        for code in ["begun = time.monotonic()", "time.time_ns()", "time.perf_counter()", "from time import monotonic"]:
            self.assertRegex(code, PYTHON_CLOCK)
        for code in ["wait_until(found, what, 3)", "timeout=3", "time.sleep(1)  # of those that are listed"]:
            self.assertNotRegex(code, PYTHON_CLOCK)

    def test_what_it_looks_for_is_noticed(self):
        for code in ["x = absl::Now();", "absl::SleepFor(d);", "std::this_thread::sleep_for(d);", "sleep(1);",
                     "usleep (1);", "std::chrono::steady_clock::now()", "std::time(nullptr)", "::time(0)",
                     "::sleep(1);", " std::nanosleep(&a, &b);", "clock_nanosleep(CLOCK_MONOTONIC, 0, &t, nullptr);",
                     "absl::GetCurrentTimeNanos()", "std::chrono::utc_clock::now()", "timespec_get(&t, TIME_UTC)",
                     "gpr_now(GPR_CLOCK_MONOTONIC)", "std::clock()", "alarm(1);", "timerfd_create(CLOCK_REALTIME, 0)",
                     "changed.wait_for(lock, 1s)", "future.wait_until(then)", "mutex.try_lock_for(1s)",
                     "timer.expires_after(1s)", "poll(nullptr, 0, 1000)", "::select(0, nullptr, nullptr, nullptr, &t)",
                     "epoll_wait(epoll, events, 1, 10)", "mutex.AwaitWithTimeout(condition, absl::Seconds(1));",
                     "done.WaitForNotificationWithTimeout(\n    absl::Seconds(1));", "changed.WaitWithTimeout(&mutex, d)"]:
            self.assertRegex(code, WALL_CLOCK)
        for code in ["clock.Now()", "run.sleep(wait)", "asio::steady_timer timer", "base::In(timeout)", "options.clock()",
                     "poller.poll(1)", "WaitUntil(done)", "mutex.AwaitWithDeadline(condition, deadline)",
                     "done.WaitForNotificationWithTimeout(base::kPatience)", "registry->select(x)", "response_time(0)"]:
            self.assertNotRegex(code, WALL_CLOCK)


if __name__ == "__main__":
    unittest.main()
