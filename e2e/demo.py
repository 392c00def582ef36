"""The main job on real parts: Debian's docker-registry with images signed by the real cosign, the
verifier and the shim, and reviews that a real kube-apiserver sent.

Prints what was asked and what was answered. Exits 1 if an answer is not the expected one.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from e2e import reviews
from e2e.demo_questions import Question, Questions
from e2e.process import wait_until
from e2e.signals import end_in_order
from e2e.stack import Stack, standard_cluster
from e2e.table import Table
from e2e.webhook import Answer, WebhookClient

_NO_POLICY = 'clusterimagepolicies.signing.apps.tanzu.vmware.com "image-policy" not found.'


class Demo:
    """Asks, shows and counts."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._section = ""
        self.asked = 0
        self.wrong = 0

    def ask(self, webhook: WebhookClient, question: Question) -> None:
        if question.section != self._section:
            self._section = question.section
            self._table.section(question.section)
        begun = time.monotonic()
        answer = webhook.review(question.review)
        seconds = time.monotonic() - begun
        self.asked += 1
        wrong = what_is_wrong(question, answer)
        self.wrong += bool(wrong)
        self._table.row(question.asked, answer.allowed, _why(answer), seconds, wrong)


def what_is_wrong(question: Question, answer: Answer) -> str:
    """Empty if the answer is the expected one."""
    if answer.allowed != question.allowed:
        return "should be allowed" if question.allowed else "should be denied"
    said = "\n".join([answer.message, *answer.warnings])
    if question.says not in said:
        return f"should say: {question.says}"
    audit = " ".join(answer.audit_annotations.values())
    missing = [key for key in question.keys if key not in audit]
    if missing:
        return f"should be verified by {', '.join(missing)}"
    if question.allowed and question.digest and question.digest not in audit:
        return f"should be verified at {question.digest}"
    return ""


def _why(answer: Answer) -> str:
    """The sentence, or for what was allowed silently what the object is marked with."""
    if answer.message or answer.warnings:
        return "\n".join([answer.message, *answer.warnings]).strip()
    marks = json.loads(answer.audit_annotations.get("images", "{}"))
    if not marks:
        return "nothing to check"
    return "\n".join(("" if len(marks) == 1 else _short(image) + ": ") + _describe(mark)
                     for image, mark in marks.items())


def _short(image: str) -> str:
    """The host says nothing here: it is the same everywhere. The mark has the digest."""
    return image.partition("/")[2].partition("@")[0]


def _describe(mark: dict[str, Any]) -> str:
    text = mark["status"]
    if "digest" in mark:
        text += f" at {mark['digest']}"
    if "keys" in mark:
        text += f" by {', '.join(mark['keys'])}"
    return text


def _run(stack: Stack, table: Table) -> Demo:
    table.title("Countersign: which images may run, and why")
    host = stack.registry().host
    cluster = standard_cluster(stack, host)
    verifier, webhook = stack.serve(cluster)
    _, lenient = stack.serve(cluster, ["--allow-unmatched-images"], name="lenient")
    for client in (webhook, lenient):
        client.wait_until_ready()
    table.text(f"docker-registry {host} (TLS), images signed by cosign  |  verifier "
               f"{verifier.address}, shim 127.0.0.1:{stack.servers[1].port}\n")
    table.head()

    demo = Demo(table)
    for question in Questions(host).all():
        demo.ask(webhook, question)
    demo.ask(lenient, Question(
        "With --allow-unmatched-images", "nginx, from Docker Hub", reviews.pod("nginx"), True,
        "nginx did not match any image policies. Container will be created as "
        "AllowUnmatchedImages flag is true."))

    cluster.remove("policy.yaml")
    unsigned = reviews.pod(f"{host}/trusted/app:unsigned")
    wait_until(lambda: webhook.review(unsigned).allowed, "the removed policy is noticed", 20)
    demo.ask(webhook, Question("The policy's file removed", "Pod, unsigned image", unsigned, True,
                               f"{_NO_POLICY} Image policy enforcement was not applied."))
    return demo


def main() -> int:
    end_in_order()
    table = Table()
    begun = time.monotonic()
    try:
        with Stack() as stack:
            demo = _run(stack, table)
    except KeyboardInterrupt:
        print("interrupted; everything that was started has been stopped", file=sys.stderr)
        return 130
    seconds = time.monotonic() - begun
    table.verdict(f"{demo.asked} asked, {demo.asked - demo.wrong} answered as expected, "
                  f"{demo.wrong} not; {seconds:.1f} s", demo.wrong == 0)
    return 1 if demo.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
