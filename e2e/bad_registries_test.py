"""Nobody else claims: the whole sentence that a person reads when a registry fails, lies or never answers, in
time; and that others are answered meanwhile and afterwards by the same programs. (What each failure is:
http_registry_network_test of registry/ and curl_client_test of http/client/; its words: sign_sentences_test of
policy/.)"""

from __future__ import annotations

import concurrent.futures
import hashlib
import re
import time

from e2e import reviews
from e2e.certificates import Authority
from e2e.scripted_registry import STATED_DIGEST, DeafPort, Request
from e2e.stack import Stack, one_key_cluster
from e2e.stack_test_case import StackTestCase

# Seconds that the API server gives the webhook where a registry never answers, so that nobody waits long.
TIMEOUT = 3
# The same where it answers, or others are to be asked about meanwhile, on a busy machine.
PATIENCE = 10

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

# What is said of each behaviour of a scripted registry, and what to do about it. HOST stands for the registry.
_UNREAD = {
    "closes": ("HOST closed the connection without a complete answer", TRY_AGAIN),
    "no-http": ("HOST answered with something other than HTTP", TRY_AGAIN),
    **{name: (f"{who} HOST refused to answer without a credential (401 Unauthorized){ANONYMOUS_REFUSED}", REFUSED)
       for name, who in {"unauthorized": "registry", "no-challenge": "registry", "no-token": "token service",
                         "useless-token": "registry"}.items()},
    "forbidden": (f"registry HOST refused to answer without a credential (403 Forbidden){ANONYMOUS_REFUSED}", REFUSED),
    "too-many-requests": (f"registry HOST wants to be asked less often (429 Too Many Requests){ANONYMOUS_FAILED}",
                          LIMITED),
    "server-error": ("registry HOST failed (500)", TRY_AGAIN),
    "unavailable": ("registry HOST failed (503)", TRY_AGAIN),
    "truncated": ("HOST cut its answer short", TRY_AGAIN),
    "over-long": (f"HOST sent a larger answer than allowed{ANONYMOUS_FAILED}", LIMITED),
    "endless": (f"HOST sent a larger answer than allowed{ANONYMOUS_FAILED}", LIMITED),
    "other-manifest": (f"registry HOST sent other bytes than those of the digest it named{ANONYMOUS_FAILED}",
                       NOT_TO_BE_TRUSTED),
    "redirect-loop": (f"HOST redirects again and again; 5 were followed{ANONYMOUS_FAILED}", NOT_TO_BE_TRUSTED),
    "redirect-to-http": (f"HOST redirects to plain HTTP on HOST{ANONYMOUS_FAILED}", NOT_TO_BE_TRUSTED),
}
# Those that answer the same whether they are asked by tag or by digest.
_BY_DIGEST_TOO = ("unauthorized", "no-challenge", "no-token", "useless-token", "too-many-requests")
# Where something is at the signature's tag, TAG, and it is no signature: why it is none, and the image's digest.
_NO_SIGNATURE = {
    "other-blob": ("its payload could not be read: registry HOST sent other bytes than those asked for", STATED_DIGEST),
    "not-json": ("the manifest under tag TAG: byte 1: not JSON", STATED_DIGEST),
    "nested": ("the manifest under tag TAG: byte 17: nested more than 16 deep", STATED_DIGEST),
    # As if the registry had named none: the body is hashed.
    "malformed-digest": ("the manifest under tag TAG: byte 0: it ends too early",
                         "sha256:" + hashlib.sha256(b"").hexdigest()),
}


class BadRegistriesTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        def showing(authority: Authority, *subjects: str, days: int = 1) -> str:
            return stack.scripted_registry(key_pair=authority.issue("shown", *subjects, days=days)).host

        cls.scripted = stack.scripted_registry().host
        cls.expired = showing(stack.authority, days=-1)
        cls.wrong_name = showing(stack.authority, "DNS:registry.example.org")
        cls.unknown_authority = showing(Authority(stack.directory / "stranger", "An authority that nobody trusts"))
        cls.plain_http = stack.scripted_registry(plain_http=True).host
        cls.down = stack.keep(DeafPort(listen=False)).host
        cls.deaf = [stack.keep(DeafPort(listen=True)).host for _ in range(10)]
        cls.good = f"{stack.registry().host}/trusted/app:signed"
        _, cls.webhook = stack.serve(one_key_cluster(stack))

    def tearDown(self) -> None:
        self.assert_allowed(self.webhook.review(reviews.pod(self.good)))

    def denied(self, image: str, why: str, timeout: int = PATIENCE) -> None:
        """In words that are exactly these; HOST stands for the registry, SINCE for a moment."""
        with self.subTest(image=image):
            answer = self.webhook.review(reviews.pod(image), timeout=timeout, within=timeout)
            why = why.replace("HOST", image.partition("/")[0])
            self.assert_denied(answer)
            self.assertEqual(re.sub(r"(?<= since )\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "SINCE", answer.message),
                             f"The image: {image} is not signed. {why} (container c0)")
            self.assertNotIn("secret-of", answer.message)

    def unread(self, image: str, what: str, advice: str, timeout: int = PATIENCE) -> None:
        self.denied(image, f"Its signatures could not be read: {what}. {advice}", timeout)

    def away(self, image: str, what: str) -> None:
        self.unread(image, f"{what}; the registry could not be reached since SINCE", TRY_AGAIN)

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

        registry = self.stack.scripted_registry({"app": watch})
        self.assert_denied(self.webhook.review(reviews.pod(f"{registry.host}/app:1")))
        self.assertTrue(heads)
        for head in heads:
            self.assertRegex(head["User-Agent"], r"^containerd/v\d+\.\d+\.\d+$")
            self.assertLessEqual(set(head.keys()), {"Host", "User-Agent", "Accept"})

    def test_one_that_fails_or_lies(self) -> None:
        for behaviour, (what, advice) in _UNREAD.items():
            self.unread(self.by_tag(behaviour), what, advice)
        for behaviour in _BY_DIGEST_TOO:
            self.unread(self.by_digest(behaviour), *_UNREAD[behaviour])

    def test_one_that_has_no_signature_where_one_should_be(self) -> None:
        for behaviour, (what, digest) in _NO_SIGNATURE.items():
            what = what.replace("TAG", digest.replace(":", "-") + ".sig")
            self.denied(self.by_tag(behaviour), '1 signature was found, none that holds for it by the key "key": '
                                                f"signature 1 of 1: {what}. Sign the image with such a key, or "
                                                "correct the policy.")

    def test_one_that_is_down(self) -> None:
        self.away(f"{self.down}/app:1", "HOST refused the connection")

    def test_one_that_never_answers(self) -> None:
        """That takes connections, or requests; or sends a byte now and then. What was waited for is said, and for
        how long."""
        resolve, fetch = "to say what the tag means \\(resolve\\)", "'s answer \\(fetch\\)"
        for image, phase in ((f"{self.deaf[0]}/app:1", resolve), (self.by_tag("answers-nothing"), resolve),
                             (self.by_digest("answers-nothing"), fetch), (self.by_tag("drips"), resolve)):
            with self.subTest(image=image):
                answer = self.webhook.review(reviews.pod(image), timeout=TIMEOUT, within=TIMEOUT)
                self.assert_denied(answer)
                self.assertRegex(answer.message, rf"^The image: {re.escape(image)} is not signed\. Its signatures "
                                 rf"could not be read: no answer in time: waiting for the registry ?{phase} took "
                                 rf"\d\.\d s of \d\.\d s\. {re.escape(TRY_AGAIN)} \(container c0\)$")

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
            self.away(f"{host}/app:1", f"HOST is not trusted: {why}")

    def test_plain_http_on_loopback(self) -> None:
        self.away(f"{self.plain_http}/app:1", "HOST could not agree on TLS, or does not speak it")

    def test_an_image_beside_a_hanging_registry_is_denied_for_that_one_alone(self) -> None:
        image = self.by_tag("answers-nothing")
        answer = self.webhook.review(reviews.pod(self.good, image), timeout=TIMEOUT, within=TIMEOUT)
        self.assert_denied(answer, f"The image: {image} is not signed.")
        self.assertNotIn(self.good, answer.message)

    def test_others_are_answered_while_a_registry_hangs(self) -> None:
        self.assert_others_are_answered(
            [f"{self.scripted}/answers-nothing/app{number}:1" for number in range(100)])

    def test_others_are_answered_while_many_registries_hang(self) -> None:
        self.assert_others_are_answered(
            [f"{host}/app{number}:1" for host in self.deaf for number in range(10)])

    def assert_others_are_answered(self, hanging: list[str]) -> None:
        """What is in a healthy registry, and whether the shim lives, while these are looked at."""
        with concurrent.futures.ThreadPoolExecutor(len(hanging)) as pool:
            # Clients and servers share the machine: all of them want it at the same instant.
            waiting = [pool.submit(self.webhook.review, reviews.pod(image), timeout=PATIENCE,
                                   within=PATIENCE + 1) for image in hanging]
            time.sleep(1)  # all of them are in progress
            answers = [self.webhook.review(reviews.pod(self.good)) for _ in range(10)]
            self.assertEqual(self.webhook.get("/healthz").status, 200)
            # That is how quickly the others were answered.
            self.assertEqual(sum(future.done() for future in waiting), 0)
            for future in waiting:
                self.assert_denied(future.result())
                # Of a hundred answers that are due at once, some may come too late where the machine is busy, and the
                # shim says so.
                self.assertRegex(future.result().message, "is not signed[.]|The verifier did not answer")
        for answer in answers:
            self.assert_allowed(answer)


class InsecureRegistryTest(StackTestCase):
    """--insecure-registry: plain HTTP for the hosts it names."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.plain = stack.registry(plain_http=True).host
        cls.other = stack.registry(plain_http=True, name="other-registry").host
        _, cls.webhook = stack.serve(one_key_cluster(stack), [f"--insecure-registry={cls.plain}"])

    def test_plain_http_is_spoken_to_the_host_that_is_named(self) -> None:
        self.assert_allowed(self.webhook.review(reviews.pod(f"{self.plain}/trusted/app:signed")))
        self.assert_denied(self.webhook.review(reviews.pod(f"{self.plain}/trusted/app:unsigned")))

    def test_plain_http_is_spoken_to_no_other_host_on_loopback_either(self) -> None:
        for host in (self.other, self.other.replace("127.0.0.1", "localhost")):
            with self.subTest(host=host):
                image = f"{host}/trusted/app:signed"
                self.assert_denied(self.webhook.review(reviews.pod(image), timeout=TIMEOUT),
                                   f"The image: {image} is not signed.")
