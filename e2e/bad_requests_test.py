"""Requests that no API server sends: each gets a clear answer in time, and serving goes on."""

from __future__ import annotations

import copy
import json
import socket

from e2e import reviews
from e2e.stack import Stack, standard_cluster
from e2e.stack_test_case import StackTestCase
from e2e.webhook import PATH

# What a request that needs no registry may take on a busy machine.
SOON = 2.0


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

    def refused(self, body: bytes, why: str) -> None:
        reply = self.webhook.post(body)
        self.assertEqual((reply.status, reply.text),
                         (400, f"Refused: no usable AdmissionReview: {why}.\n"))
        self.assertLess(reply.seconds, SOON)

    def changed(self, **members: object) -> bytes:
        """The good review with members of its request set, or taken away by None."""
        review = copy.deepcopy(self.good)
        for name, value in members.items():
            review["request"][name] = value
            if value is None:
                del review["request"][name]
        return json.dumps(review).encode()

    def test_what_is_not_json(self) -> None:
        for body, why in {
                b"": "byte 0: it ends too early",
                b"no JSON": "byte 1: not JSON",
                b"{": "byte 1: it ends too early",
                b"\xff\xfe": "byte 1: not JSON",
                b"\x00": "byte 1: not JSON",
                b"{}{}": "byte 3: not JSON",
                b'{"a":1,"a":2}': "byte 10: a second member of the same name",
        }.items():
            with self.subTest(body=body):
                self.refused(body, why)

    def test_what_is_json_but_no_admission_review(self) -> None:
        for body, why in {
                b"{}": '/kind: must be "AdmissionReview", is ""',
                b'{"kind":"Pod","apiVersion":"v1"}': '/kind: must be "AdmissionReview", is "Pod"',
                b"[]": "is not a JSON object",
                b"null": "is not a JSON object",
                b"7": "is not a JSON object",
        }.items():
            with self.subTest(body=body):
                self.refused(body, why)

    def test_another_api_version(self) -> None:
        self.refused(json.dumps({**self.good, "apiVersion": "admission.k8s.io/v2"}).encode(),
                     "/apiVersion: must be admission.k8s.io/v1 or admission.k8s.io/v1beta1, is "
                     '"admission.k8s.io/v2"')

    def test_no_request(self) -> None:
        without = {name: value for name, value in self.good.items() if name != "request"}
        self.refused(json.dumps(without).encode(), "/request: must be given")
        self.refused(json.dumps({**without, "request": None}).encode(), "/request: must be given")
        self.refused(json.dumps({**without, "request": []}).encode(),
                     "/request: must be an object, is an array")

    def test_no_uid(self) -> None:
        self.refused(self.changed(uid=None), "/request/uid: must be given")
        self.refused(self.changed(uid=""), "/request/uid: must be given")
        self.refused(self.changed(uid="u" * 10_000), "/request/uid: is longer than 128 bytes")

    def test_no_operation_kind_or_object(self) -> None:
        self.refused(self.changed(operation=None), "/request/operation: must be given")
        self.refused(self.changed(kind=None), "/request/kind: must be given")
        self.refused(self.changed(object=None),
                     "/request/object: must be given, the operation is CREATE")

    def test_a_body_of_20_mib(self) -> None:
        reply = self.webhook.post(self.changed(padding="x" * (20 << 20)))
        self.assertEqual((reply.status, reply.text),
                         (413, "The request's body is larger than 8388608 bytes.\n"))
        self.assertLess(reply.seconds, SOON)

    def test_a_body_as_large_as_one_may_be(self) -> None:
        answer = self.webhook.review(json.loads(self.changed(padding="x" * (7 << 20))))
        self.assert_allowed(answer)
        self.assertLess(answer.seconds, 10)

    def test_json_nested_10000_deep(self) -> None:
        place = self.changed(padding="HERE")
        for nested in ("[" * 10_000 + "]" * 10_000, '{"a":' * 10_000 + "0" + "}" * 10_000):
            with self.subTest(begins=nested[0]):
                reply = self.webhook.post(place.replace(b'"HERE"', nested.encode()))
                self.assertEqual(reply.status, 400)
                self.assertRegex(reply.text, "^Refused: no usable AdmissionReview: byte [0-9]+: "
                                             "nested more than 256 deep[.]\n$")
                self.assertLess(reply.seconds, SOON)

    def test_json_nested_without_an_end(self) -> None:
        self.refused(b"[" * (1 << 20), "byte 257: nested more than 256 deep")

    def test_a_million_values_that_nobody_looks_at(self) -> None:
        answer = self.webhook.review(json.loads(self.changed(padding=[0] * 1_000_000)))
        self.assert_allowed(answer)
        self.assertLess(answer.seconds, 2 * SOON)

    def test_more_volumes_than_are_looked_at(self) -> None:
        review = copy.deepcopy(self.good)
        review["request"]["object"]["spec"]["volumes"] = [{"name": "v"}] * 100_000
        self.assert_denied(self.webhook.review(review), "than Countersign looks at")

    def test_another_path_method_or_content_type(self) -> None:
        body = json.dumps(self.good).encode()
        self.assertEqual(self.webhook.post(body, path="/elsewhere").status, 404)
        self.assertEqual(self.webhook.get(PATH).status, 405)
        self.assertEqual(self.webhook.post(body, content_type="text/plain").status, 415)

    def test_a_timeout_that_is_none(self) -> None:
        for timeout in ("", "soon", "-1s", "0s", "99999999999999999999s"):
            with self.subTest(timeout=timeout):
                reply = self.webhook.post(json.dumps(self.good).encode(), timeout=timeout)
                self.assertEqual((reply.status, reply.text),
                                 (400, "Refused: the query's timeout is no duration above zero, "
                                       "such as 10s.\n"))

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

    # AdmissionReviews about something that cannot be allowed: 200, denied, and why.

    def denied(self, review: reviews.Review, message: str) -> None:
        answer = self.webhook.review(review)
        self.assert_denied(answer)
        self.assertEqual(answer.message, message)
        self.assertLess(answer.seconds, SOON)

    def test_references_that_are_none(self) -> None:
        for reference, why in {
                "h.example/UPPER/case:1": "byte 11 is the upper-case letter U: a path is in lower "
                                          "case",
                "h.example/app:": "its tag is empty",
                "h.example/app:a b": 'byte 16 is " ", which no tag has',
                "h.example/app@sha256:abc": 'the digest "sha256:abc" has 3 hex digits instead of '
                                            "64",
                f"h.example/app@sha512:{'0' * 64}": f'the digest "sha512:{"0" * 57}..." is not of '
                                                    "the algorithm sha256, the only one supported",
                f"h.example/app@sha256:{'0' * 65}": f'the digest "sha256:{"0" * 57}..." has 65 hex '
                                                    "digits instead of 64",
                "h.example/t/../app:1": 'its path has the component "..", which some clients '
                                        "resolve, so that another image would run than the one "
                                        "judged",
                "h.example//app:1": "its path has an empty component, before byte 11",
                "https://h.example/app": 'it has a scheme ("://"), which names of images do not '
                                         "have",
                ":": "its path has an empty component, before byte 1",
                " ": 'byte 1 is " ", which no path has',
                "h.example/app\n": 'byte 14 is "\\x0a", which no path has',
                "\x1b[31mred": 'byte 1 is "\\x1b", which no path has',
        }.items():
            with self.subTest(reference=reference):
                shown = reference.replace("\n", "\\x0a").replace("\x1b", "\\x1b")
                self.denied(reviews.pod(reference),
                            "Could not verify against any image policies for container image: "
                            f"{shown}. It is not a valid image reference: {why}. (container c0)")

    def test_an_over_long_reference(self) -> None:
        self.denied(reviews.pod(f"h.example/{'a' * 100_000}"),
                    "The verifier refused to answer about the images, so they are refused: "
                    "images[0].reference: has 100010 bytes; at most 4096 are allowed.")

    def test_an_empty_reference_is_left_to_the_api_server(self) -> None:
        self.assert_allowed(self.webhook.review(reviews.pod("")))

    def test_images_and_containers_of_the_wrong_type(self) -> None:
        for spec, why in [
                ({"containers": {}}, "/spec/containers: must be an array, is an object"),
                ({"containers": "web"}, "/spec/containers: must be an array, is a string"),
                ({"containers": [7]}, "/spec/containers/0: must be an object"),
                ({"containers": [{"image": 7}]},
                 "/spec/containers/0/image: must be a string, is a number"),
                ({"initContainers": [{"image": []}]},
                 "/spec/initContainers/0/image: must be a string, is an array")]:
            with self.subTest(spec=spec):
                review = reviews.pod("nginx")
                reviews.pod_spec(review).update(spec)
                self.denied(review, f"The images of this object cannot be checked: {why}.")

    def test_a_pod_with_2000_containers(self) -> None:
        for what, images in {
                "as many images": [f"{self.host}/trusted/app:t{i}" for i in range(2000)],
                "one image": [f"{self.host}/trusted/app:signed"] * 2000}.items():
            with self.subTest(what):
                self.denied(reviews.pod(*images),
                            "The images of this object cannot be checked: it has 2000 images to "
                            "check; at most 1000 are checked in one object.")

    def test_a_pod_with_1000_absent_images_is_answered_in_time(self) -> None:
        images = [f"{self.host}/trusted/app:t{number}" for number in range(1000)]
        answer = self.webhook.review(reviews.pod(*images), timeout=4)
        # A machine that is too busy for the verifier's answer leaves the shim to say so.
        self.assert_denied(answer)
        self.assertRegex(answer.message, "is not signed[.]|The verifier did not answer")
        self.assertLess(answer.seconds, 4)
        self.assertLess(len(answer.message), 17 << 10)
