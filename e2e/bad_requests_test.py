"""Nobody else claims: whatever a client sends to the shim's port that no API server would, it is answered in
time, with these bytes, and the next good review is admitted. One of each sort; the sorts are gone through where
they are told apart: AdmissionReview, ParseJson, ReadWorkload, ImageReference, RoutesTest and ServerTest (of
http/server/) beside the code."""

from __future__ import annotations

import copy
import json
import socket

from e2e import reviews
from e2e.stack import Stack, standard_cluster
from e2e.stack_test_case import StackTestCase
from e2e.webhook import PATH

# What the API server would wait: by then it is answered on a busy machine, too.
SOON = 10.0


class BadRequestsTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        _, cls.webhook = stack.serve(standard_cluster(stack, cls.host))
        cls.good = reviews.pod(f"{cls.host}/trusted/app:signed")

    def tearDown(self) -> None:
        self.assert_allowed(self.webhook.review(self.good))
        self.assertEqual(self.webhook.get("/readyz").status, 200)

    def refused(self, body: bytes, answer: str, status: int = 400, **how: str) -> None:
        reply = self.webhook.post(body, within=SOON, **how)
        self.assertEqual((reply.status, reply.text), (status, answer))

    def with_padding(self, padding: object) -> bytes:
        """The good review with another member in its request."""
        review = copy.deepcopy(self.good)
        review["request"]["padding"] = padding
        return json.dumps(review).encode()

    def test_what_is_no_admission_review(self) -> None:
        for body, why in {
                b"": "byte 0: it ends too early",
                b"\xff\xfe": "byte 1: not JSON",
                b'{"a":1,"a":2}': "byte 10: a second member of the same name",
                b"[]": "is not a JSON object",
                b'{"kind":"Pod","apiVersion":"v1"}': '/kind: must be "AdmissionReview", is "Pod"',
                json.dumps({**self.good, "request": None}).encode(): "/request: must be given",
                b"[" * (1 << 20): "byte 257: nested more than 256 deep",
        }.items():
            with self.subTest(body=body[:100]):
                self.refused(body, f"Refused: no usable AdmissionReview: {why}.\n")

    def test_a_body_of_20_mib(self) -> None:
        self.refused(self.with_padding("x" * (20 << 20)),
                     "The request's body is larger than 8388608 bytes.\n", 413)

    def test_a_timeout_that_is_none(self) -> None:
        for timeout in ("", "soon", "-1s", "0s", "99999999999999999999s"):
            with self.subTest(timeout=timeout):
                self.refused(json.dumps(self.good).encode(),
                             "Refused: the query's timeout is no duration above zero, such as 10s.\n", timeout=timeout)

    def test_another_path_method_or_content_type(self) -> None:
        body = json.dumps(self.good).encode()
        self.assertEqual(self.webhook.post(body, path="/elsewhere").status, 404)
        self.assertEqual(self.webhook.get(PATH).status, 405)
        self.assertEqual(self.webhook.post(body, content_type="text/plain").status, 415)

    def test_as_much_as_there_may_be(self) -> None:
        for padding in ("x" * (7 << 20), [0] * 1_000_000):
            self.assert_allowed(self.webhook.review(json.loads(self.with_padding(padding)), within=10))

    def test_more_volumes_than_are_looked_at(self) -> None:
        review = copy.deepcopy(self.good)
        review["request"]["object"]["spec"]["volumes"] = [{"name": "v"}] * 100_000
        self.assert_denied(self.webhook.review(review), "than Countersign looks at")

    def test_plain_http_and_what_no_http_server_could_read(self) -> None:
        connection = self.webhook.connect()
        with socket.create_connection((connection.host, connection.port), timeout=10) as tcp:
            tcp.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b"400", tcp.recv(4096).split(b"\r\n")[0])
        connection.connect()
        connection.sock.sendall(b"\x16\x03 no HTTP at all \r\n\r\n")
        self.assertIn(b"400", connection.sock.recv(4096).split(b"\r\n")[0])
        connection.close()

    # AdmissionReviews about something that cannot be allowed: 200, denied, and why.

    def denied(self, review: reviews.Review, message: str) -> None:
        answer = self.webhook.review(review, within=SOON)
        self.assert_denied(answer)
        self.assertEqual(answer.message, message)

    def test_references_that_are_none(self) -> None:
        for reference, shown, why in (
                ("h.example/app:", "h.example/app:", "its tag is empty"),
                ("h.example/app\n", "h.example/app\\x0a", 'byte 14 is "\\x0a", which no path has'),
                ("\x1b[31mred", "\\x1b[31mred", 'byte 1 is "\\x1b", which no path has')):
            with self.subTest(reference=reference):
                self.denied(reviews.pod(reference),
                            "Could not verify against any image policies for container image: "
                            f"{shown}. It is not a valid image reference: {why}. (container c0)")

    def test_an_over_long_reference(self) -> None:
        self.denied(reviews.pod(f"h.example/{'a' * 100_000}"),
                    "The verifier refused to answer about the images, so they are refused: "
                    "images[0].reference: has 100010 bytes; at most 4096 are allowed.")

    def test_an_empty_reference_is_left_to_the_api_server(self) -> None:
        self.assert_allowed(self.webhook.review(reviews.pod("")))

    def test_containers_of_the_wrong_type(self) -> None:
        review = reviews.pod("nginx")
        reviews.pod_spec(review)["containers"] = [{"image": 7}]
        self.denied(review, "The images of this object cannot be checked: "
                            "/spec/containers/0/image: must be a string, is a number.")

    def test_a_pod_with_2000_containers(self) -> None:
        self.denied(reviews.pod(*[f"{self.host}/trusted/app:signed"] * 2000),
                    "The images of this object cannot be checked: it has 2000 images to "
                    "check; at most 1000 are checked in one object.")

    def test_a_pod_with_1000_absent_images_is_answered_in_time(self) -> None:
        images = [f"{self.host}/trusted/app:t{number}" for number in range(1000)]
        answer = self.webhook.review(reviews.pod(*images), timeout=4, within=4)
        # A machine that is too busy for the verifier's answer leaves the shim to say so.
        self.assert_denied(answer)
        self.assertRegex(answer.message, "is not signed[.]|The verifier did not answer")
        self.assertLess(len(answer.message), 17 << 10)
