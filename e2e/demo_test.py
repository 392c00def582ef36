"""Nobody else claims: ./dev demo and ./dev up are as a person meets them: every answer as expected, every
command that is printed works, and nothing is left of either, however it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
import tempfile
import unittest
from pathlib import Path

from e2e import demo, programs, reviews
from e2e.demo_questions import Question
from e2e.process import Process, Ran, run, wait_until
from e2e.webhook import Answer


def answer_to(review: reviews.Review, **response: object) -> Answer:
    return Answer(json.dumps({"kind": "AdmissionReview", "apiVersion": review["apiVersion"],
                              "response": {"uid": review["request"]["uid"], **response}}).encode(),
                  review)


class DemoTest(unittest.TestCase):

    def test_every_answer_is_as_expected_and_nothing_is_left(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            ran = run([sys.executable, "-B", "-m", "e2e.demo"], Path(directory), seconds=100, TMPDIR=directory,
                      COLUMNS="120", COUNTERSIGN_BUILT=str(programs.BUILT))
            self.assertEqual(ran.status, 0, ran.said)
            self.assertEqual(os.listdir(directory), [])
        self.assertNotIn("\x1b", ran.output)
        for line in ran.output.splitlines():
            self.assertLessEqual(len(line), 120, line)
        self.assertRegex(ran.output.splitlines()[-1],
                         r"^([0-9]+) asked, \1 answered as expected, 0 not; [0-9.]+ s$")

    def test_an_answer_that_is_not_as_expected_is_noticed(self) -> None:
        review = reviews.pod("nginx")
        denied = answer_to(review, allowed=False, status={"code": 403, "message": "No."})
        allowed = answer_to(review, allowed=True, auditAnnotations={"status": "verified"})
        for right, question in [
                (denied, Question("", "", review, False, "No.")),
                (allowed, Question("", "", review, True, keys=frozenset({"verified"})))]:
            self.assertEqual(demo.what_is_wrong(question, right), "")
        for wrong, question in [
                (denied, Question("", "", review, True)),
                (denied, Question("", "", review, False, "Another sentence.")),
                (allowed, Question("", "", review, False)),
                (allowed, Question("", "", review, True, keys=frozenset({"ecdsa-p256"}))),
                (allowed, Question("", "", review, True, digest="sha256:0"))]:
            self.assertNotEqual(demo.what_is_wrong(question, wrong), "")


class UpTest(unittest.TestCase):

    def setUp(self) -> None:
        self.directory = self.enterContext(tempfile.TemporaryDirectory())
        home = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.up = Process([sys.executable, "-B", "-m", "e2e.up"], home / "printed", home, TMPDIR=self.directory,
                          COUNTERSIGN_BUILT=str(programs.BUILT))
        self.addCleanup(self.up.stop)
        # What it prints last.
        self.up.wait_until(lambda: re.search(r"verify --key .*\n.*\n", self.up.output()), "how to ask")
        self.printed = self.up.output()

    def commands(self) -> list[str]:
        """What it tells a person to type, one a line."""
        text = self.printed.replace("\\\n", " ")
        return [line.strip() for line in text.splitlines()
                if re.match(r"  (curl|\S*countersign) ", line)]

    def run_printed(self, word: str) -> Ran:
        [command] = [line for line in self.commands() if word in line]
        return run(["bash", "-c", command], Path(self.directory))

    def test_what_it_says_works_until_it_is_interrupted(self) -> None:
        with self.subTest("the webhook"):
            ran = self.run_printed("curl ")
            self.assertTrue(json.loads(ran.output)["response"]["allowed"], ran.errors)
        with self.subTest("the verifier"):
            ran = self.run_printed("verify --server")
            self.assertEqual(ran.status, 1, ran.errors)
            self.assertRegex(ran.output, r"(?m)^allowed .*:signed ")
            self.assertRegex(ran.output, r"(?m)^denied .*:unsigned ")
        with self.subTest("without a server"):
            ran = self.run_printed(" review ")
            self.assertFalse(json.loads(ran.output)["response"]["allowed"], ran.errors)
            self.assertEqual(self.run_printed("--key ").status, 0)
        with self.subTest("ending"):
            ports = re.findall(r"127\.0\.0\.1:([0-9]+)", self.printed)
            os.kill(self.up.pid, signal.SIGINT)
            self.assertEqual(self.up.wait(60), 0)
            self.assertEqual(os.listdir(self.directory), [])
            for port in set(ports):
                with self.assertRaises(ConnectionRefusedError):
                    socket.create_connection(("127.0.0.1", int(port)), 1).close()

    def test_it_ends_and_says_so_when_a_server_does(self) -> None:
        [pid] = re.findall(r"shim .* process (\d+),", self.printed)
        os.kill(int(pid), signal.SIGKILL)
        self.assertEqual(self.up.wait(60), 1)
        wait_until(lambda: not os.listdir(self.directory), "its folder is gone", 20)
