"""Registries that fail, lie or never answer: a clear denial in time, and serving goes on."""

from __future__ import annotations

import concurrent.futures
import hashlib
import time

from e2e import grpc_client, reviews
from e2e.certificates import Authority
from e2e.cluster import policy, rule
from e2e.scripted_registry import (STATED_DIGEST, DeafPort, Request,
                                   ScriptedRegistry)
from e2e.stack import Stack, public_key
from e2e.stack_test_case import StackTestCase
from e2e.webhook import Answer

# Seconds that the API server gives the webhook here, so that nobody waits long.
TIMEOUT = 3
# What a request to a registry that answers may take on a busy machine.
SOON = 2.0

# What each kind of failure ends with.
REFUSED = ("The registry refused every credential that was tried: give the workload an "
           "imagePullSecret, or the pattern a secretRef, that may read this repository.")
TRY_AGAIN = ("The registry could not be asked in time: try again, and if that does not help, see "
             "whether the verifier can reach the registry.")
LIMITED = ("The registry limits how often it is asked, or sent more than is read: try again "
           "later.")
NOT_TO_BE_TRUSTED = ("What the registry answered cannot be trusted or understood: have it looked "
                     "at before this image is used.")
ANONYMOUS_REFUSED = "; credentials tried: anonymous (refused)"
ANONYMOUS_FAILED = "; credentials tried: anonymous (failed)"


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
        cls.verifier = stack.verifier(cluster)
        cls.webhook = stack.webhook(stack.shim(cls.verifier.address))

    def tearDown(self) -> None:
        self.assert_allowed(self.webhook.review(reviews.pod(self.good)))

    def denied(self, image: str, why: str, seconds: float = SOON) -> Answer:
        """In words that are exactly these; HOST stands for the registry."""
        answer = self.webhook.review(reviews.pod(image), timeout=TIMEOUT)
        why = why.replace("HOST", image.partition("/")[0])
        self.assert_denied(answer)
        self.assertEqual(answer.message,
                         f"The image: {image} is not signed. {why} (container c0)")
        self.assertLess(answer.seconds, seconds)
        self.assertNotIn("secret-of", answer.message)
        return answer

    def unread(self, image: str, what: str, advice: str, seconds: float = SOON) -> None:
        self.denied(image, f"Its signatures could not be read: {what}. {advice}", seconds)

    def no_good(self, image: str, what: str, digest: str = STATED_DIGEST) -> None:
        """Something is at the signature's tag, and it is no signature."""
        what = what.replace("TAG", digest.replace(":", "-") + ".sig")
        self.denied(image, '1 signature was found, none that holds for it by the key "key": '
                           f"signature 1 of 1: {what}. Sign the image with such a key, or correct "
                           "the policy.")

    def by_tag(self, behaviour: str) -> str:
        return f"{self.scripted}/{behaviour}/app:1"

    def by_digest(self, behaviour: str) -> str:
        return f"{self.scripted}/{behaviour}/app@{STATED_DIGEST}"

    def test_one_that_looks_at_who_asks(self) -> None:
        """It might answer a node otherwise, if it could tell whose question it is."""
        heads = []

        def watch(request: Request) -> None:
            heads.append(request.headers)
            request.answer(200, Docker_Content_Digest=STATED_DIGEST)

        registry = ScriptedRegistry(self.stack.key_pair, {"app": watch})
        self.addCleanup(registry.stop)
        self.assert_denied(self.webhook.review(reviews.pod(f"{registry.host}/app:1")))
        self.assertTrue(heads)
        for head in heads:
            self.assertRegex(head["User-Agent"], r"^containerd/v\d+\.\d+\.\d+$")
            self.assertLessEqual(set(head.keys()), {"Host", "User-Agent", "Accept"})

    def test_one_that_is_down(self) -> None:
        self.unread(f"{self.down}/app:1", "HOST refused the connection", TRY_AGAIN)

    def test_one_that_takes_connections_and_never_answers(self) -> None:
        self.unread(f"{self.deaf[0]}/app:1", "no answer in time", TRY_AGAIN, seconds=TIMEOUT)

    def test_one_that_takes_requests_and_never_answers(self) -> None:
        for image in (self.by_tag("answers-nothing"), self.by_digest("answers-nothing")):
            self.unread(image, "no answer in time", TRY_AGAIN, seconds=TIMEOUT)

    def test_one_that_sends_a_byte_now_and_then(self) -> None:
        self.unread(self.by_tag("drips"), "no answer in time", TRY_AGAIN, seconds=TIMEOUT)

    def test_one_that_closes_connections(self) -> None:
        self.unread(self.by_tag("closes"), "HOST closed the connection without a complete answer",
                    TRY_AGAIN)

    def test_one_that_speaks_no_http(self) -> None:
        self.unread(self.by_tag("no-http"), "HOST answered with something other than HTTP",
                    TRY_AGAIN)

    def test_401_to_everything(self) -> None:
        for behaviour in ("unauthorized", "no-challenge", "no-token", "useless-token"):
            for image in (self.by_tag(behaviour), self.by_digest(behaviour)):
                with self.subTest(image=image):
                    who = "token service" if behaviour == "no-token" else "registry"
                    self.unread(image, f"{who} HOST refused to answer without a credential "
                                       f"(401 Unauthorized){ANONYMOUS_REFUSED}", REFUSED)

    def test_403_to_everything(self) -> None:
        self.unread(self.by_tag("forbidden"), "registry HOST refused to answer without a "
                    f"credential (403 Forbidden){ANONYMOUS_REFUSED}", REFUSED)

    def test_429_to_everything(self) -> None:
        for image in (self.by_tag("too-many-requests"), self.by_digest("too-many-requests")):
            self.unread(image, "registry HOST wants to be asked less often "
                               f"(429 Too Many Requests){ANONYMOUS_FAILED}", LIMITED)

    def test_500_to_everything(self) -> None:
        for image in (self.by_tag("server-error"), self.by_digest("server-error")):
            self.unread(image, "registry HOST failed (500)", TRY_AGAIN)

    def test_503_to_everything(self) -> None:
        self.unread(self.by_tag("unavailable"), "registry HOST failed (503)", TRY_AGAIN)

    def test_a_truncated_body(self) -> None:
        self.unread(self.by_tag("truncated"), "HOST cut its answer short", TRY_AGAIN)

    def test_an_over_long_body(self) -> None:
        for behaviour in ("over-long", "endless"):
            with self.subTest(behaviour=behaviour):
                self.unread(self.by_tag(behaviour), "HOST sent a larger answer than allowed"
                            f"{ANONYMOUS_FAILED}", LIMITED)

    def test_another_manifest_than_the_header_states(self) -> None:
        self.unread(self.by_tag("other-manifest"), "registry HOST sent other bytes than those of "
                    f"the digest it named{ANONYMOUS_FAILED}", NOT_TO_BE_TRUSTED)

    def test_another_blob_than_asked_for(self) -> None:
        self.no_good(self.by_tag("other-blob"), "its payload could not be read: registry HOST sent "
                     "other bytes than those asked for")

    def test_a_signature_manifest_that_is_no_json(self) -> None:
        self.no_good(self.by_tag("not-json"), "the manifest under tag TAG: byte 1: not JSON")

    def test_a_signature_manifest_nested_without_an_end(self) -> None:
        self.no_good(self.by_tag("nested"),
                     "the manifest under tag TAG: byte 17: nested more than 16 deep")

    def test_a_malformed_digest_for_a_tag_is_as_none_and_the_body_is_hashed(self) -> None:
        self.no_good(self.by_tag("malformed-digest"),
                     "the manifest under tag TAG: byte 0: it ends too early",
                     digest="sha256:" + hashlib.sha256(b"").hexdigest())

    def test_a_redirect_loop(self) -> None:
        self.unread(self.by_tag("redirect-loop"), "HOST redirects again and again; 5 were followed"
                    + ANONYMOUS_FAILED, NOT_TO_BE_TRUSTED)

    def test_a_redirect_to_plain_http(self) -> None:
        self.unread(self.by_tag("redirect-to-http"),
                    "HOST redirects to plain HTTP on HOST" + ANONYMOUS_FAILED, NOT_TO_BE_TRUSTED)

    def test_an_absent_image(self) -> None:
        self.denied(self.by_tag("nothing-here"),
                    "The registry has no such image: registry HOST does not have it "
                    "(404 Not Found); credentials tried: anonymous (not found). Check its name, "
                    "tag and digest.")

    def test_a_certificate_that_does_not_hold(self) -> None:
        for host, why in {
                self.expired: "its certificate has expired, or one above it has",
                self.wrong_name: "its certificate is for another host name",
                self.unknown_authority: "its certificate is signed by an unknown authority",
        }.items():
            with self.subTest(why=why):
                self.unread(f"{host}/app:1", f"HOST is not trusted: {why}", TRY_AGAIN)

    def test_plain_http_on_loopback(self) -> None:
        self.unread(f"{self.plain_http}/app:1", "HOST could not agree on TLS, or does not speak it",
                    TRY_AGAIN)

    def test_a_caller_of_the_verifier_is_answered_before_its_deadline(self) -> None:
        begun = time.monotonic()
        status, _ = grpc_client.call(
            self.verifier.address, "countersign.v1.Verifier/VerifyImages",
            grpc_client.verify_images(self.by_tag("answers-nothing")),
            "--header", "grpc-timeout: 1S")
        self.assertEqual(status, 0)  # a verdict, not DEADLINE_EXCEEDED
        self.assertLess(time.monotonic() - begun, 1.5)

    def test_an_image_beside_a_hanging_registry_is_denied_for_that_one_alone(self) -> None:
        image = self.by_tag("answers-nothing")
        answer = self.webhook.review(reviews.pod(self.good, image), timeout=TIMEOUT)
        self.assert_denied(answer, f"The image: {image} is not signed.")
        self.assertNotIn(self.good, answer.message)
        self.assertLess(answer.seconds, TIMEOUT)

    def test_others_are_answered_while_a_registry_hangs(self) -> None:
        self.assert_others_are_answered(
            [f"{self.scripted}/answers-nothing/app{number}:1" for number in range(100)])

    def test_others_are_answered_while_many_registries_hang(self) -> None:
        self.assert_others_are_answered(
            [f"{host}/app{number}:1" for host in self.deaf for number in range(10)])

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
                # Clients and servers share the machine: all of them want it at the same instant.
                self.assertLess(answer.seconds, 2 * TIMEOUT + 1)
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
