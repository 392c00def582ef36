"""Registries that fail, lie or never answer: a clear denial in time, and serving goes on."""

from __future__ import annotations

import concurrent.futures
import hashlib
import time

from e2e import reviews
from e2e.certificates import Authority
from e2e.cluster import policy, rule
from e2e.scripted_registry import STATED_DIGEST, DeafPort, ScriptedRegistry
from e2e.stack import Stack, public_key
from e2e.stack_test_case import StackTestCase
from e2e.webhook import Answer

# Seconds that the API server gives the webhook here, so that nobody waits long.
TIMEOUT = 3
# What a request to a registry that answers may take on a busy machine.
SOON = 2.0

REFUSED = "The registry refused every credential that was tried"
TRY_AGAIN = "The registry could not be asked in time: try again"
LIMITED = "The registry limits how often it is asked, or sent more than is read"
NOT_TO_BE_TRUSTED = "What the registry answered cannot be trusted or understood"
TAMPERED = "1 signature was found"


class BadRegistriesTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        def scripted(*arguments) -> str:
            registry = ScriptedRegistry(*arguments)
            stack.at_end(registry.stop)
            return registry.host

        def deaf(listen: bool) -> str:
            port = DeafPort(listen)
            stack.at_end(port.stop)
            return port.host

        cls.scripted = scripted(stack.key_pair)
        cls.expired = scripted(stack.authority.issue("expired", days=-1))
        cls.wrong_name = scripted(stack.authority.issue("wrong", "DNS:registry.example.org"))
        stranger = Authority(stack.directory / "stranger", "An authority that nobody trusts")
        cls.unknown_authority = scripted(stranger.issue("unknown"))
        cls.plain_http = scripted()
        cls.down = deaf(listen=False)
        cls.deaf = [deaf(listen=True) for _ in range(10)]
        cls.good = f"{stack.registry().host}/trusted/app:signed"
        cluster = stack.cluster()
        cluster.write("policy.yaml", policy({"key": public_key("ecdsa-p256")}, [rule("*", "key")]))
        verifier = stack.verifier(cluster)
        cls.webhook = stack.webhook(stack.shim(verifier.address))

    def tearDown(self) -> None:
        self.assert_allowed(self.webhook.review(reviews.pod(self.good)))

    def denied(self, image: str, *sentences: str, seconds: float = SOON) -> Answer:
        answer = self.webhook.review(reviews.pod(image), timeout=TIMEOUT)
        self.assert_denied(answer, f"The image: {image} is not signed.", *sentences)
        self.assertLess(answer.seconds, seconds)
        self.assertNotIn("secret-of", answer.message)
        self.assertTrue(answer.message.replace("\n", "").isprintable(), answer.message)
        return answer

    def by_tag(self, behaviour: str) -> str:
        return f"{self.scripted}/{behaviour}/app:1"

    def by_digest(self, behaviour: str) -> str:
        return f"{self.scripted}/{behaviour}/app@{STATED_DIGEST}"

    def test_one_that_is_down(self) -> None:
        self.denied(f"{self.down}/app:1", TRY_AGAIN, self.down)

    def test_one_that_takes_connections_and_never_answers(self) -> None:
        self.denied(f"{self.deaf[0]}/app:1", TRY_AGAIN, seconds=TIMEOUT)

    def test_one_that_takes_requests_and_never_answers(self) -> None:
        self.denied(self.by_tag("answers-nothing"), TRY_AGAIN, seconds=TIMEOUT)
        self.denied(self.by_digest("answers-nothing"), TRY_AGAIN, seconds=TIMEOUT)

    def test_one_that_sends_a_byte_now_and_then(self) -> None:
        self.denied(self.by_tag("drips"), TRY_AGAIN, seconds=TIMEOUT)

    def test_one_that_closes_connections(self) -> None:
        self.denied(self.by_tag("closes"), TRY_AGAIN)

    def test_one_that_speaks_no_http(self) -> None:
        self.denied(self.by_tag("no-http"))

    def test_401_to_everything(self) -> None:
        for behaviour in ("unauthorized", "no-challenge", "no-token", "useless-token"):
            with self.subTest(behaviour=behaviour):
                self.denied(self.by_tag(behaviour), REFUSED, "anonymous")
                self.denied(self.by_digest(behaviour), REFUSED, "anonymous")

    def test_403_to_everything(self) -> None:
        self.denied(self.by_tag("forbidden"), REFUSED)

    def test_429_to_everything(self) -> None:
        self.denied(self.by_tag("too-many-requests"), LIMITED)
        self.denied(self.by_digest("too-many-requests"), LIMITED)

    def test_500_to_everything(self) -> None:
        self.denied(self.by_tag("server-error"), TRY_AGAIN, "500")
        self.denied(self.by_digest("server-error"), TRY_AGAIN, "500")

    def test_503_to_everything(self) -> None:
        self.denied(self.by_tag("unavailable"), TRY_AGAIN, "503")

    def test_a_truncated_body(self) -> None:
        self.denied(self.by_tag("truncated"), TRY_AGAIN)

    def test_an_over_long_body(self) -> None:
        self.denied(self.by_tag("over-long"), LIMITED)

    def test_a_body_without_an_end(self) -> None:
        self.denied(self.by_tag("endless"), LIMITED)

    def test_another_manifest_than_the_header_states(self) -> None:
        self.denied(self.by_tag("other-manifest"), NOT_TO_BE_TRUSTED)

    def test_another_blob_than_asked_for(self) -> None:
        self.denied(self.by_tag("other-blob"), TAMPERED)

    def test_a_signature_manifest_that_is_no_json(self) -> None:
        self.denied(self.by_tag("not-json"), TAMPERED)

    def test_a_signature_manifest_nested_without_an_end(self) -> None:
        self.denied(self.by_tag("nested"), TAMPERED)

    def test_a_malformed_digest_for_a_tag_is_as_none_and_the_body_is_hashed(self) -> None:
        empty = hashlib.sha256(b"").hexdigest()
        self.denied(self.by_tag("malformed-digest"), f"sha256-{empty}.sig")

    def test_a_redirect_loop(self) -> None:
        self.denied(self.by_tag("redirect-loop"), NOT_TO_BE_TRUSTED, "redirect")

    def test_a_redirect_to_plain_http(self) -> None:
        self.denied(self.by_tag("redirect-to-http"), NOT_TO_BE_TRUSTED)

    def test_an_absent_image(self) -> None:
        self.denied(self.by_tag("nothing-here"), "The registry has no such image")

    def test_an_expired_certificate(self) -> None:
        self.denied(f"{self.expired}/app:1", "expired")

    def test_a_certificate_for_another_name(self) -> None:
        self.denied(f"{self.wrong_name}/app:1", "certificate")

    def test_a_certificate_of_an_unknown_authority(self) -> None:
        self.denied(f"{self.unknown_authority}/app:1", "certificate")

    def test_plain_http_on_loopback(self) -> None:
        self.denied(f"{self.plain_http}/app:1")

    def test_an_image_beside_a_hanging_registry_is_denied_for_that_one_alone(self) -> None:
        image = self.by_tag("answers-nothing")
        answer = self.webhook.review(reviews.pod(self.good, image), timeout=TIMEOUT)
        self.assert_denied(answer, f"The image: {image} is not signed.")
        self.assertNotIn(self.good, answer.message)
        self.assertLess(answer.seconds, TIMEOUT)

    def test_others_are_answered_while_a_registry_hangs(self) -> None:
        self.assert_others_are_answered(
            [f"{self.scripted}/answers-nothing/app{number}:1" for number in range(150)])

    def test_others_are_answered_while_many_registries_hang(self) -> None:
        self.assert_others_are_answered(
            [f"{host}/app{number}:1" for host in self.deaf for number in range(20)])

    def assert_others_are_answered(self, hanging: list[str]) -> None:
        """What is in a healthy registry, and whether the shim lives, while these are looked at."""
        with concurrent.futures.ThreadPoolExecutor(len(hanging)) as pool:
            waiting = [pool.submit(self.webhook.review, reviews.pod(image), 2 * TIMEOUT)
                       for image in hanging]
            time.sleep(1)  # all of them are in progress
            answers = [self.webhook.review(reviews.pod(self.good)) for _ in range(10)]
            alive = self.webhook.get("/healthz")
            self.assertEqual(sum(future.done() for future in waiting), 0)
            for image, future in zip(hanging, waiting):
                answer = future.result()
                self.assert_denied(answer, f"The image: {image} is not signed.")
                self.assertLess(answer.seconds, 2 * TIMEOUT)
        for answer in answers:
            self.assert_allowed(answer)
            self.assertLess(answer.seconds, 1.0)
        self.assertLess(alive.seconds, 1.0)


class InsecureRegistryTest(StackTestCase):
    """--insecure-registry: plain HTTP, or certificates that do not hold, for the hosts it names."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.plain = stack.registry(plain_http=True).host
        cls.other = stack.registry(plain_http=True, name="other-registry").host
        cluster = stack.cluster()
        cluster.write("policy.yaml", policy({"key": public_key("ecdsa-p256")}, [rule("*", "key")]))
        verifier = stack.verifier(cluster, [f"--insecure-registry={cls.plain}"])
        cls.webhook = stack.webhook(stack.shim(verifier.address))

    def test_plain_http_is_spoken_to_the_host_that_is_named(self) -> None:
        self.assert_allowed(self.webhook.review(reviews.pod(f"{self.plain}/trusted/app:signed")))
        self.assert_denied(self.webhook.review(reviews.pod(f"{self.plain}/trusted/app:unsigned")))

    def test_plain_http_is_spoken_to_no_other_host_on_loopback_either(self) -> None:
        for host in (self.other, self.other.replace("127.0.0.1", "localhost")):
            with self.subTest(host=host):
                image = f"{host}/trusted/app:signed"
                self.assert_denied(self.webhook.review(reviews.pod(image), timeout=TIMEOUT),
                                   f"The image: {image} is not signed.")
