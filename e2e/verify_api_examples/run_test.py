"""Nobody else claims: the programs of examples/verify_api, which e2e.sh builds, get what they ask of a verifier with
mutual TLS that tells its clients apart, and say what is wrong with servers that answer badly."""

from __future__ import annotations

import dataclasses
import shutil
import sys
import unittest
from collections.abc import Callable, Sequence
from concurrent import futures
from pathlib import Path

import grpc

from e2e import expected
from e2e.certificates import Authority, KeyPair
from e2e.cluster import policy, pull_secret, rule, service_account
from e2e.process import Ran, run
from e2e.stack import HTPASSWD, PASSWORD, USER, Stack, public_key

_EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "verify_api"
sys.path.insert(0, str(_EXAMPLES / "python" / "generated"))
from countersign.v1 import verifier_pb2  # noqa: E402

OWN, OTHERS = "ci-builds", "shop"

Answer = Callable[[grpc.ServicerContext], verifier_pb2.VerifyImagesResponse]
Check = Callable[[Ran], None]


@dataclasses.dataclass(frozen=True)
class Question:
    server: str
    ca: Path
    client: KeyPair
    images: Sequence[str]
    namespace: str = OWN
    timeout: int = 20


def python(question: Question) -> list[str]:
    return [str(_EXAMPLES / "python" / "verify_images.py"),
            *_flags(question, "--", f"{question.timeout}"), *question.images]


def go(question: Question) -> list[str]:
    return [str(_EXAMPLES / "go" / "verify_images"),
            *_flags(question, "-", f"{question.timeout}s"), *question.images]


def grpcurl(question: Question) -> list[str]:
    variables = {"SERVER": question.server, "CA": question.ca, "CERT": question.client.certificate,
                 "KEY": question.client.key, "NAMESPACE": question.namespace,
                 "TIMEOUT": question.timeout, "GRPCURL": shutil.which("grpcurl") or "grpcurl"}
    return ["env", *(f"{name}={value}" for name, value in variables.items()),
            str(_EXAMPLES / "grpcurl.sh"), *question.images]


def _flags(question: Question, dashes: str, timeout: str) -> list[str]:
    values = {"server": question.server, "ca": question.ca, "cert": question.client.certificate,
              "key": question.client.key, "namespace": question.namespace, "timeout": timeout}
    return [f"{dashes}{name}={value}" for name, value in values.items()]


class ScriptedVerifier:
    """Answers the calls one after the other as it is told, the last answer from then on."""

    def __init__(self, key_pair: KeyPair, answers: Sequence[Answer]) -> None:
        self.calls = 0
        self._answers = answers
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
        handler = grpc.unary_unary_rpc_method_handler(
            self._answer, request_deserializer=verifier_pb2.VerifyImagesRequest.FromString,
            response_serializer=verifier_pb2.VerifyImagesResponse.SerializeToString)
        self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(
            "countersign.v1.Verifier", {"VerifyImages": handler})])
        credentials = grpc.ssl_server_credentials(
            [(key_pair.key.read_bytes(), key_pair.certificate.read_bytes())])
        port = self._server.add_secure_port("127.0.0.1:0", credentials)
        self.address = f"127.0.0.1:{port}"
        self._server.start()

    def _answer(self, _: object, context: grpc.ServicerContext) -> object:
        answer = self._answers[min(self.calls, len(self._answers) - 1)]
        self.calls += 1
        return answer(context)

    def stop(self) -> None:
        self._server.stop(grace=None)


def fails(code: grpc.StatusCode) -> Answer:
    return lambda context: context.abort(code, "as the test says")


def verdicts(*decisions: int) -> Answer:
    return lambda _: verifier_pb2.VerifyImagesResponse(
        verdicts=[verifier_pb2.Verdict(decision=decision) for decision in decisions])


class ExamplesTest(unittest.TestCase):
    EXAMPLES = {"python": python, "go": go, "grpcurl": grpcurl}

    @classmethod
    def setUpClass(cls) -> None:
        cls.stack = cls.enterClassContext(Stack())
        cls.host = cls.stack.registry(htpasswd=HTPASSWD).host
        cluster = cls.stack.cluster()
        secrets = [manifest for namespace in (OWN, OTHERS) for manifest in (
            pull_secret(namespace, "registry", cls.host, USER, PASSWORD),
            service_account(namespace, "default", "registry"))]
        cluster.write("all.yaml", policy({"release": public_key("ecdsa-p256")},
                                         [rule(f"{cls.host}/trusted/*", "release")]), *secrets)
        verifier = cls.stack.verifier(
            cluster, [f"--client-ca={cls.stack.ca}", "--allowed-client=dns:ci.example.org=ci-*"],
            key_pair=cls.stack.key_pair)
        cls.address = verifier.address
        cls.ci = cls.stack.authority.issue("ci", "DNS:ci.example.org")
        cls.signed = f"{cls.host}/trusted/app:signed"
        cls.unsigned = f"{cls.host}/trusted/app:unsigned"
        cls.digest = expected.images()["trusted/app:signed"].digest

    def ask_all(self, check: Check, *images: str, server: str = "", client: KeyPair | None = None, namespace: str = OWN,
                timeout: int = 20) -> None:
        """Asks with each of the programs."""
        question = Question(server or self.address, self.stack.ca, client or self.ci, images,
                            namespace, timeout)
        for name, command in self.EXAMPLES.items():
            with self.subTest(name):
                self.run_program(command(question), check)

    def ends(self, status: int, *texts: str) -> Check:
        def check(ran: Ran) -> None:
            self.assertEqual(ran.status, status, ran.said)
            for text in texts:
                self.assertIn(text.lower(), ran.said.lower())
            if status == 2:
                self.assertNotIn("ALLOW", ran.output)
        return check

    def test_a_signed_image_is_allowed_at_its_digest(self) -> None:
        self.ask_all(self.ends(0, f"ALLOW VERIFIED {self.signed} {self.digest}\n"), self.signed)

    def test_an_unsigned_image_is_refused_with_the_sentence(self) -> None:
        self.ask_all(self.ends(1, f"DENY NOT_SIGNED {self.unsigned} ",
                               f"The image: {self.unsigned} is not signed."), self.unsigned)

    def test_one_refused_image_refuses_all(self) -> None:
        self.ask_all(self.ends(1, f"ALLOW VERIFIED {self.signed} ", f"DENY NOT_SIGNED "
                               f"{self.unsigned} "), self.signed, self.unsigned)

    def test_a_namespace_that_is_somebody_elses_is_not_answered(self) -> None:
        spelled = lambda ran: self.assertRegex(ran.errors, r"(?i)permission_?denied")  # noqa: E731
        self.ask_all(self.ends(2, OTHERS), self.signed, namespace=OTHERS)
        self.ask_all(spelled, self.signed, namespace=OTHERS)

    def test_a_client_that_nobody_listed_is_not_answered(self) -> None:
        unlisted = self.stack.authority.issue("unlisted", "DNS:unlisted.example.org")
        self.ask_all(self.ends(2, "--allowed-client"), self.signed, client=unlisted)

    def test_a_certificate_of_somebody_elses_authority_is_not_answered(self) -> None:
        stranger = Authority(self.stack.directory / "stranger", "Somebody else")
        client = stranger.issue("ci", "DNS:ci.example.org")
        self.ask_all(self.ends(2), self.signed, client=client, timeout=4)

    def test_a_server_of_somebody_elses_authority_is_not_asked(self) -> None:
        impostor = Authority(self.stack.directory / "impostor", "Impostor").issue("loopback")
        server = self.scripted(impostor, verdicts(verifier_pb2.DECISION_ALLOW))
        self.ask_all(self.ends(2), self.signed, server=server.address, timeout=4)
        self.assertEqual(server.calls, 0)

    def test_a_server_that_is_not_there_is_given_up_in_time(self) -> None:
        self.ask_all(self.ends(2), self.signed, server="127.0.0.1:1", timeout=3)

    def test_not_now_is_asked_again(self) -> None:
        for code in (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED):
            for name, command in self.EXAMPLES.items():
                with self.subTest(name, code=code):
                    server = self.scripted(self.stack.key_pair, fails(code),
                                           verdicts(verifier_pb2.DECISION_ALLOW))
                    self.ask(command, self.ends(0, "ALLOW"), server)
                    self.assertEqual(server.calls, 2)

    def test_not_now_is_not_asked_a_third_time(self) -> None:
        for name, command in self.EXAMPLES.items():
            with self.subTest(name):
                server = self.scripted(self.stack.key_pair, fails(grpc.StatusCode.UNAVAILABLE))
                self.ask(command, self.ends(2, "as the test says"), server)
                self.assertEqual(server.calls, 2)

    def test_other_errors_are_final(self) -> None:
        for code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNAUTHENTICATED):
            for name, command in self.EXAMPLES.items():
                with self.subTest(name, code=code):
                    server = self.scripted(self.stack.key_pair, fails(code),
                                           verdicts(verifier_pb2.DECISION_ALLOW))
                    self.ask(command, self.ends(2, "as the test says"), server)
                    self.assertEqual(server.calls, 1)

    def test_a_decision_that_is_missing_or_unknown_allows_nothing(self) -> None:
        for decision in (verifier_pb2.DECISION_UNSPECIFIED, 77):
            server = self.scripted(self.stack.key_pair, verdicts(decision))
            self.ask_all(self.ends(1), self.signed, server=server.address)

    def test_a_verdict_that_is_missing_allows_nothing(self) -> None:
        server = self.scripted(self.stack.key_pair, verdicts(verifier_pb2.DECISION_ALLOW))
        self.ask_all(
            lambda ran: self.assertEqual(ran.status, 2, ran.said),
            self.signed, self.unsigned, server=server.address)

    def ask(self, command: Callable[[Question], list[str]], check: Check, server: ScriptedVerifier) -> None:
        """Asks a server of the test's own with one of the programs."""
        self.run_program(command(Question(server.address, self.stack.ca, self.ci, [self.signed])),
                         check)

    def run_program(self, command: list[str], check: Check) -> None:
        check(run(command, self.stack.directory, seconds=60))

    def scripted(self, key_pair: KeyPair, *answers: Answer) -> ScriptedVerifier:
        server = ScriptedVerifier(key_pair, answers)
        self.addCleanup(server.stop)
        return server
