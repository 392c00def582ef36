"""What the tests that start processes have in common."""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
import unittest
from collections.abc import Iterator

from e2e.reviews import Review
from e2e.servers import Server
from e2e.stack import Stack
from e2e.webhook import Answer, WebhookClient

_LOG_MEMBERS = ("level", "ts", "logger", "msg")


class StackTestCase(unittest.TestCase):
    """One stack for all tests of the class, started by `start`. At its end every server must still
    run, end with status 0 when it is asked to, and have logged nothing but JSON objects."""

    maxDiff = None
    stack: Stack

    @classmethod
    def start(cls, stack: Stack) -> None:
        """Starts what the tests need and keeps it in members of the class."""
        raise NotImplementedError

    @classmethod
    def setUpClass(cls) -> None:
        cls.stack = cls.enterClassContext(Stack())
        cls.start(cls.stack)

    @classmethod
    def tearDownClass(cls) -> None:
        end_well(*cls.stack.servers)

    def assert_allowed(self, answer: Answer) -> None:
        self.assertTrue(answer.allowed, answer.message)

    def assert_denied(self, answer: Answer, *sentences: str) -> None:
        """Each sentence is part of the message."""
        self.assertFalse(answer.allowed, f"allowed, with the warnings {answer.warnings}")
        for sentence in sentences:
            self.assertIn(sentence, answer.message)


@contextlib.contextmanager
def admissions_under_way(webhook: WebhookClient, review: Review, at_once: int) -> Iterator[list[Answer]]:
    """While the body runs, the same is asked again and again; the answers are all
    there after it, whether it ends well or not."""
    ended = threading.Event()
    answers: list[Answer] = []

    def admit() -> None:
        while not ended.is_set():
            answers.append(webhook.review(review))

    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        admitting = [pool.submit(admit) for _ in range(at_once)]
        try:
            yield answers
        finally:
            ended.set()
        for future in admitting:
            future.result()


def end_well(*servers: Server) -> None:
    """AssertionError unless the servers were still there and end, together, as they should."""
    running = [server for server in servers if server.process.is_running()]
    for server in running:
        server.process.ask_to_end()
    for server in servers:
        _check_end(server, server in running)


def _check_end(server: Server, was_running: bool) -> None:
    name = server.process.log.parent.name
    if not was_running:
        raise AssertionError(f"{name} had ended:\n{server.process.output()[-4000:]}")
    status = server.stop()
    if status != 0:
        raise AssertionError(f"{name} ended with status {status}:\n"
                             f"{server.process.output()[-4000:]}")
    for line in server.log_lines():
        missing = [member for member in _LOG_MEMBERS if member not in line]
        if missing:
            raise AssertionError(f"{name} logged a line without {missing}: {line}")
