"""Requests that no API server sends: each gets a clear answer in time, and serving goes on."""

from __future__ import annotations

import copy
import json
import socket

from e2e import reviews
from e2e.stack import Stack, standard_cluster
from e2e.stack_test_case import StackTestCase
from e2e.webhook import PATH, Answer

# What a request that needs no registry may take on a busy machine.
SOON = 2.0
DIGEST = "sha256:" + "0" * 64


class BadRequestsTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        cls.verifier = stack.verifier(standard_cluster(stack, cls.host))
        cls.webhook = stack.webhook(stack.shim(cls.verifier.address))
        cls.good = reviews.pod(f"{cls.host}/trusted/app:signed")

    def tearDown(self) -> None:
        self.assert_allowed(self.webhook.review(self.good))
        self.assertEqual(self.webhook.get("/readyz").status, 200)

    # Bytes that are no AdmissionReview: 400, and why.

    def refused(self, body: bytes, *reasons: str, status: int = 400, seconds: float = SOON) -> None:
        reply = self.webhook.post(body)
        self.assertEqual(reply.status, status, reply.text)
        for reason in reasons:
            self.assertIn(reason, reply.text)
        self.assertLess(len(reply.body), 1000)
        self.assertTrue(reply.text.rstrip("\n").isprintable(), reply.text)
        self.assertLess(reply.seconds, seconds)

    def changed(self, **members: object) -> bytes:
        """The good review with members of its request set, or taken away by None."""
        review = copy.deepcopy(self.good)
        for name, value in members.items():
            review["request"][name] = value
            if value is None:
                del review["request"][name]
        return json.dumps(review).encode()

    def test_what_is_not_json(self) -> None:
        for body in (b"", b"no JSON", b"{", b"\xff\xfe", b"\x00", b"{}{}", b'{"a":1,"a":2}'):
            with self.subTest(body=body):
                self.refused(body, "AdmissionReview")

    def test_what_is_json_but_no_admission_review(self) -> None:
        for body in (b"{}", b"[]", b"null", b"7", b'{"kind":"Pod","apiVersion":"v1"}'):
            with self.subTest(body=body):
                self.refused(body, "AdmissionReview")

    def test_another_api_version(self) -> None:
        review = {**self.good, "apiVersion": "admission.k8s.io/v2"}
        self.refused(json.dumps(review).encode(), "/apiVersion", "admission.k8s.io/v1",
                     "admission.k8s.io/v2")

    def test_no_request(self) -> None:
        without = {name: value for name, value in self.good.items() if name != "request"}
        self.refused(json.dumps(without).encode(), "/request")
        self.refused(json.dumps({**without, "request": None}).encode(), "/request")
        self.refused(json.dumps({**without, "request": []}).encode(), "/request")

    def test_no_uid(self) -> None:
        self.refused(self.changed(uid=None), "/request/uid")
        self.refused(self.changed(uid=""), "/request/uid")
        self.refused(self.changed(uid="u" * 10_000), "/request/uid")

    def test_nothing_to_create(self) -> None:
        self.refused(self.changed(object=None), "/request/object")

    def test_a_body_of_20_mib(self) -> None:
        self.refused(self.changed(padding="x" * (20 << 20)), status=413, seconds=5)

    def test_a_body_as_large_as_one_may_be(self) -> None:
        review = json.loads(self.changed(padding="x" * (15 << 20)))
        answer = self.webhook.review(review)
        self.assert_allowed(answer)
        self.assertLess(answer.seconds, 10)

    def test_json_nested_10000_deep(self) -> None:
        for open_, close in (("[", "]"), ('{"a":', "}")):
            with self.subTest(opened_by=open_):
                nested = open_ * 10_000 + ("0" if open_ != "[" else "") + close * 10_000
                body = self.changed(padding="HERE").replace(b'"HERE"', nested.encode())
                self.refused(body, "AdmissionReview")

    def test_json_nested_without_an_end(self) -> None:
        self.refused(b"[" * (1 << 20), "AdmissionReview")

    def test_another_path(self) -> None:
        reply = self.webhook.post(json.dumps(self.good).encode(), path="/elsewhere")
        self.assertEqual(reply.status, 404)

    def test_another_method(self) -> None:
        self.assertEqual(self.webhook.get(PATH).status, 405)

    def test_plain_http(self) -> None:
        connection = self.webhook.connect()
        plain = connection.host, connection.port
        with socket.create_connection(plain, timeout=10) as tcp:
            tcp.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b"400", tcp.recv(4096).split(b"\r\n")[0])

    def test_what_no_http_server_could_read(self) -> None:
        connection = self.webhook.connect()
        connection.connect()
        connection.sock.sendall(b"\x16\x03 no HTTP at all \r\n\r\n")
        self.assertIn(b"400", connection.sock.recv(4096).split(b"\r\n")[0])
        connection.close()

    def test_a_timeout_that_is_none_is_as_if_not_given(self) -> None:
        for timeout in ("", "soon", "-1s", "0s", "99999999999999999999s"):
            with self.subTest(timeout=timeout):
                reply = self.webhook.post(json.dumps(self.good).encode(), timeout=timeout)
                self.assertIn(reply.status, (200, 400))
                if reply.status == 200:
                    Answer(reply.body, self.good)

    # AdmissionReviews about something that cannot be allowed: 200, denied, and why.

    def denied(self, review: reviews.Review, *sentences: str) -> None:
        answer = self.webhook.review(review)
        self.assert_denied(answer, *sentences)
        self.assertLess(answer.seconds, SOON)
        self.assertTrue(answer.message.replace("\n", "").isprintable(), answer.message)

    def test_references_that_are_none(self) -> None:
        for reference in ("registry.example.org/UPPER/case:1", f"{self.host}/trusted/App:signed",
                          f"{self.host}/trusted/app:", f"{self.host}/trusted/app@sha256:abc",
                          f"{self.host}/trusted/app@sha256:{'0' * 65}",
                          f"{self.host}/trusted/app@sha512:{'0' * 64}",
                          f"{self.host}/trusted/../trusted/app:signed", f"{self.host}//app:signed",
                          f"https://{self.host}/trusted/app:signed", f"{self.host}/trusted/app:a b",
                          f"{self.host}/trusted/app:signed\n", "\x1b[31mred", ":", "@", " "):
            with self.subTest(reference=reference):
                self.denied(reviews.pod(reference),
                            "Could not verify against any image policies for container image: ",
                            "It is not a valid image reference: ")

    def test_an_over_long_reference(self) -> None:
        self.denied(reviews.pod(f"{self.host}/trusted/{'a' * 100_000}:1"), "")

    def test_an_empty_reference_is_left_to_the_api_server(self) -> None:
        self.assert_allowed(self.webhook.review(reviews.pod("")))

    def test_images_that_are_no_text(self) -> None:
        for image in (7, None, [], {}, True):
            with self.subTest(image=image):
                review = reviews.pod("PLACE")
                reviews.pod_spec(review)["containers"][0]["image"] = image
                answer = self.webhook.review(review)
                if image is None:
                    self.assert_allowed(answer)
                else:
                    self.assert_denied(answer, "/spec/containers/0/image")

    def test_containers_that_are_no_list(self) -> None:
        for containers in ({}, "web", 7, [7], [[]]):
            with self.subTest(containers=containers):
                review = reviews.pod("PLACE")
                reviews.pod_spec(review)["containers"] = containers
                self.denied(review, "/spec/containers")

    def test_a_pod_with_2000_containers(self) -> None:
        for what, images in {
                "as many images": [f"{self.host}/trusted/app:t{i}" for i in range(2000)],
                "one image": [f"{self.host}/trusted/app:signed"] * 2000}.items():
            with self.subTest(what):
                self.denied(reviews.pod(*images), "2000 images", "at most 1000")

    def test_a_pod_with_1000_absent_images_is_answered_in_time(self) -> None:
        images = [f"{self.host}/trusted/app:t{number}" for number in range(1000)]
        answer = self.webhook.review(reviews.pod(*images), timeout=4)
        # A machine that is too busy for the verifier's answer leaves the shim to say so.
        self.assert_denied(answer)
        self.assertRegex(answer.message, "is not signed[.]|No verifier could be asked")
        self.assertLess(answer.seconds, 4)
        self.assertLess(len(answer.message), 17 << 10)
