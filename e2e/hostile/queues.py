"""What is shared: threads, a registry's places, plugin runs, calls. One caller must not take them from another."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import time
from collections.abc import Sequence

from e2e import grpc_client, reviews
from e2e.cluster import Manifest, policy, pull_secret, rule
from e2e.credential_plugin import CredentialPlugin
from e2e.hostile.answers import check_denied, in_words
from e2e.hostile.arena import ATTACKER, INNOCENT, INNOCENTS_NAMESPACE, Arena, pod
from e2e.hostile.attack import attack
from e2e.hostile.content import Content, WantsPassword
from e2e.hostile.finding import Finding
from e2e.hostile.http2 import Calls, UnreadCalls
from e2e.hostile.innocent import Asked, ask
from e2e.process import wait_until
from e2e.reviews import Review
from e2e.scripted_registry import DeafPort, Request
from e2e.stack import public_key

# What the slow registry takes for each answer.
_AWAY = 0.1


def _thousand_images(arena: Arena, pull_secrets: int, pods: int) -> Finding:
    locked = WantsPassword(delay=_AWAY)
    host, images = arena.good_images(6, Content(_AWAY), locked=locked)
    secrets = [f"secret-{number}" for number in range(pull_secrets)]
    arena.start(arena.cluster(objects=[
        pull_secret("mallory", name, host, "mallory", f"wrong-{name}") for name in secrets]))
    questions = [pod(*(f"{host}/locked/{pod_number}/{number}:1" for number in range(1000)),
                     pull_secrets=secrets) for pod_number in range(pods)]
    with arena.attack(*images) as watch:
        asked = arena.ask_all(questions)
        passwords = locked.passwords()
    watch.denied(asked, said=f"{passwords} wrong passwords sent")
    watch.innocent_is_served()
    watch.finding.check("wrong passwords sent", passwords <= 40 * pods, passwords,
                        f"<= {40 * pods}, 40 a request")
    late = locked.passwords() - passwords
    watch.finding.check("requests for nobody", late <= 20, late, "few after the answer")
    watch.cpu_after_below(0.1)
    return watch.finding


@attack("tenant", 2, "a Pod of 1,000 images of a registry 100 ms away")
def thousand_images(arena: Arena) -> Finding:
    return _thousand_images(arena, 0, 1)


@attack("tenant", 2, "a Pod of 1,000 images of a registry 100 ms away, with 100 wrong pull secrets")
def thousand_images_with_pull_secrets(arena: Arena) -> Finding:
    return _thousand_images(arena, 100, 1)


@attack("tenant", 2, "eight such Pods at once", in_short=False)
def eight_times_a_thousand_images(arena: Arena) -> Finding:
    return _thousand_images(arena, 100, 8)


def _keep_asking(arena: Arena, questions: Sequence[Review], a_second: int, seconds: float,
                 source: str = ATTACKER, timeout: int = 0) -> list[Asked]:
    """At this pace, whether the answers come or not."""
    webhook = arena.webhook(source)
    count = int(a_second * seconds)
    waiting = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=min(400, count)) as pool:
        begun = time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, begun + number / a_second - time.monotonic()))
            waiting.append(pool.submit(
                ask, webhook, questions[number % len(questions)], timeout or arena.effort.timeout))
        return [one.result() for one in waiting]


@attack("pod without rights", 2, "50 reviews a second of 1,000 names, each in another made-up namespace, from one address")
def made_up_namespaces(arena: Arena) -> Finding:
    content = Content(_AWAY)
    host, images = arena.good_images(4, content, slow=content)
    arena.start(arena.cluster())
    seconds = 10 if arena.effort.full else 1
    count, each = arena.effort.of(500, 20), arena.effort.of(1000, 500)
    # One in five in the innocent's own namespace, which anybody may name.
    questions = [pod(*(f"{host}/slow/{number}:1" for number in range(each)),
                     namespace=f"invented-{question}" if question % 5 else INNOCENTS_NAMESPACE)
                 for question in range(count)]
    with arena.attack(*images) as watch:
        asked = _keep_asking(arena, questions, count // seconds, seconds)
    watch.answered(in_words(asked))
    watch.innocent_is_served()
    watch.peak_below(64, verifier=False)
    watch.peak_below(100, shim=False)
    watch.nobody_died()
    return watch.finding


@attack("tenant", 2, "a Pod of 1,000 names from each of 20 addresses, of a registry 100 ms away", in_short=False)
def many_addresses(arena: Arena) -> Finding:
    content = Content(_AWAY)
    host, images = arena.good_images(4, content, slow=content)
    arena.start(arena.cluster())
    with arena.attack(*images) as watch:
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            asked = list(pool.map(lambda number: arena.ask(
                *(f"{host}/slow/{number}-{name}:1" for name in range(1000)), source=f"127.0.5.{number + 1}",
                namespace=f"invented-{number}"), range(20)))
    watch.denied(asked)
    # One place in 21 of a registry that answers 160 times a second, for each of three round trips at the most.
    watch.innocent_is_served(2.0)
    return watch.finding


@attack("tenant", 2, "ten Pods of images on one silent machine with 62 ports")
def silent_machine_with_many_ports(arena: Arena) -> Finding:
    ports = [arena.stack.keep(DeafPort(listen=True)) for _ in range(62)]
    _, images = arena.good_images(4)
    arena.start(arena.cluster())
    questions = [pod(*(f"{port.host}/app{number}:{question}" for port in ports for number in range(16)),
                     namespace=f"mallory-{question % 3}") for question in range(arena.effort.of(10, 3))]
    with arena.attack(*images) as watch:
        asked = arena.ask_all(questions, timeout=arena.effort.timeout)
    watch.denied(asked)
    watch.innocent_is_served()
    watch.peak_below(64)
    return watch.finding


def _flood(arena: Arena, shim_flags: Sequence[str]) -> tuple[Finding, list[Asked]]:
    """A client with `=none` holds 1,200 calls; meanwhile an innocent is admitted, and a tenant tries unsigned ones."""
    deaf = arena.stack.keep(DeafPort(listen=True))
    host, [image] = arena.good_images()
    tls = arena.start_with_a_client("none", shim_flags)
    # Its word about who calls, another one each time, is not believed.
    questions = [grpc_client.verify_images(f"{deaf.host}/app:1") + b"\x32\x09127.0.7.%d" % number
                 for number in range(1, 10)]
    unsigned = []
    connections = []
    with arena.attack(image) as watch:
        for _ in range(12):
            with contextlib.suppress(OSError):
                connections.append(Calls(("127.0.0.1", arena.verifiers[0].port), questions, 100, tls))
        time.sleep(0.5)
        for number in range(arena.effort.of(20, 5)):
            unsigned.append(arena.ask(f"{host}/good/absent:{number}", source="127.0.0.3"))
        watch.wait_for_innocent(arena.effort.of(30, 5))
    for connection in connections:
        connection.close()
    watch.answered(f"{len(connections)} connections with 100 calls; {in_words(unsigned)}")
    watch.innocent_is_served()
    watch.nobody_died()
    return watch.finding, unsigned


@attack("client", 2, "a client with =none takes all of a verifier's calls")
def client_takes_all_calls(arena: Arena) -> Finding:
    return _flood(arena, [])[0]


@attack("client", 6, "the same with --on-verifier-unavailable=allow, and Pods of unsigned images meanwhile")
def client_takes_all_calls_with_allow(arena: Arena) -> Finding:
    finding, unsigned = _flood(arena, ["--on-verifier-unavailable=allow"])
    check_denied(finding, unsigned, arena.effort.timeout)
    return finding


@attack("client", 3, "answers that nobody reads: calls without a deadline, of a client that lets none of their answers come")
def answers_that_nobody_reads(arena: Arena) -> Finding:
    _, [image] = arena.good_images()
    tls = arena.start_with_a_client("shared")
    count = 100
    questions = [grpc_client.verify_images("127.0.0.1:1/app:1")]
    with arena.attack(image) as watch:
        calls = Calls(("127.0.0.1", arena.verifiers[0].port), questions, count, tls, window=0, timeout="")
        watch.wait_for_innocent(5)
        at_first = calls.ended
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: calls.ended == count, "the calls are ended", 30)
        ended = calls.ended
        calls.close()
    watch.answered(f"{count} calls, of which {at_first} were ended at first, and {ended} at last")
    watch.finding.check("calls refused", at_first == 0, at_first, "none")
    watch.finding.check("calls ended", ended == count, ended, "all, 10 seconds after they were answered")
    watch.innocent_is_served()
    watch.peak_below(64)
    watch.nobody_died()
    return watch.finding


@attack("client", 2, "statuses that nobody reads: refused calls without a deadline, behind answers of which little is taken")
def statuses_that_nobody_reads(arena: Arena) -> Finding:
    _, [image] = arena.good_images()
    tls = arena.start_with_a_client("shop")
    # What has no name is looked for nowhere, and the answer is forty times as long.
    long_answer = grpc_client.verify_images(*[""] * 1000)
    refused = b"\x12\x05other"  # the namespace, which is not his
    # First more than the kernels hold of a connection, one by one, for few such questions of a client are answered at a
    # time. Then as many calls as he may have on it, so slowly that they are no flood even if none of them is read.
    batches = [[long_answer]] * 10 + [[refused] * 13] * 78
    with arena.attack(image) as watch:
        connections = [UnreadCalls(("127.0.0.1", arena.verifiers[0].port), batches, tls, half_closes)
                       for half_closes in (False, True)]
        threads = watch.most_threads(lambda: all(connection.is_ended for connection in connections), 40)
        made = sum(connection.made for connection in connections)
        left = sum(not connection.is_ended for connection in connections)
        for connection in connections:
            connection.close()
    if made < 1024:
        raise RuntimeError(f"no attack: {made} calls were made before the connections were ended")
    watch.answered(f"{made} calls on 2 connections, of which {left} were left; {threads} threads at the most")
    # Calls have no threads: those there are wait for registries, or for the innocent's looks.
    watch.finding.check("verifier's threads", 0 < threads < 200, threads, "< 200")
    watch.finding.check("connections left", left == 0, left, "none, 40 seconds after they were made")
    watch.innocent_is_served()
    watch.peak_below(128)
    watch.nobody_died()
    return watch.finding


@attack("tenant", 2, "a Pod of 1,000 names fills the queue of credential plugin runs (cacheKeyType: Image)")
def plugin_runs(arena: Arena) -> Finding:
    content = WantsPassword("Basic dTpw")
    host, images = arena.good_images(3, content, mallory=content)
    plugin = CredentialPlugin(arena.stack.directory / "plugins", [host], pause=0.2)
    plugin.answer(host, "u", "p", cacheKeyType="Image", cacheDuration="0s")
    arena.start(arena.cluster(), verifier_flags=plugin.flags)
    with arena.attack(*images) as watch:
        asked = [arena.ask(*(f"{host}/mallory/app{number}:1" for number in range(1000)))]
        runs = len(plugin.questions())
    time.sleep(arena.effort.after_seconds)
    late = len(plugin.questions()) - runs
    watch.denied(asked, said=f"{runs} runs, {late} after the answer")
    watch.innocent_is_served(1.5)
    watch.finding.check("runs for nobody", late <= 20, late, "few after the answer")
    return watch.finding


def _many_stars(patterns: int, length: int) -> Manifest:
    """Each matches long after it has been read, were it run as it is written."""
    rules = [rule(f"registry.test/{number}/" + "*a" * (length // 2) + "*b", "key") for number in range(patterns)]
    return policy({"key": public_key("ecdsa-p256")}, rules)


def policy_review(written: Manifest) -> Review:
    """The creation of a policy, as an API server asks about it."""
    review = reviews.pod("nginx")
    resource = {"group": "signing.apps.tanzu.vmware.com", "version": "v1beta1", "resource": "clusterimagepolicies"}
    kind = {"group": resource["group"], "version": "v1beta1", "kind": "ClusterImagePolicy"}
    request = review["request"]
    for member in ("namespace", "subResource", "requestSubResource"):
        request.pop(member, None)
    request.update({"kind": kind, "requestKind": kind, "resource": resource, "requestResource": resource,
                    "name": "image-policy", "operation": "CREATE", "object": written, "oldObject": None})
    return review


@attack("policy author", 3, "/validate-policy with 500 patterns of many stars (2 MB)")
def patterns_of_many_stars(arena: Arena) -> Finding:
    arena.start(arena.cluster())
    review = policy_review(_many_stars(500, 3_900))
    body = json.dumps(review).encode()
    with arena.attack() as watch:
        begun = time.monotonic()
        reply = arena.webhook(ATTACKER).post(body, "/validate-policy")
        seconds = time.monotonic() - begun
    response = json.loads(reply.body)["response"] if reply.status == 200 else {}
    status = response.get("status", {})
    watch.answered(f"{len(body) >> 10} KiB, HTTP {reply.status} in {seconds:.1f} s: "
                   f"{status.get('code')} {status.get('message', '')[:160]}")
    watch.finding.check("HTTP status", reply.status == 200, reply.status, "200")
    watch.finding.check("refused as too complex", status.get("code") == 422,
                        f"{status.get('code')}: {status.get('message', '')[:120]}", "422, naming the pattern")
    watch.finding.check("names the pattern", "namePattern" in status.get("message", "")
                        or "/images/" in status.get("message", ""), status.get("message", "")[:160], "its place")
    watch.cpu_below(0.3, shim=False)
    return watch.finding


@attack("policy author", 3, "such a policy is stored all the same: the verifier reads it, and goes on")
def stored_patterns_of_many_stars(arena: Arena) -> Finding:
    host, [image] = arena.good_images()
    cluster = arena.cluster()
    arena.start(cluster)
    dear = _many_stars(500, 3_900)
    verification = dear["spec"]["verification"]
    verification["keys"].append({"name": "good", "publicKey": arena.signer.public_key})
    verification["images"].append(rule(f"{host}/good/*", "good"))
    with arena.attack(image) as watch:
        arena.put_policy(cluster, dear)
        name = f"registry.test/1/{'a' * 200}:1"
        asked = [arena.ask(*(f"{name}{number}" for number in range(100)))]
    watch.denied(asked)
    watch.cpu_below(2.0, shim=False)
    watch.innocent_is_served()
    return watch.finding


class _Refuses(Content):
    """One path's owner: a status, with a pause that he would have everybody make."""

    def __init__(self, status: int, pause: str) -> None:
        super().__init__()
        self._status = status
        self._pause = pause

    def answer(self, request: Request) -> None:
        headers = {"Retry_After": self._pause} if self._status in (429, 503) else {}
        request.answer(self._status, b"", **headers)


def _refusals(arena: Arena, status: int, pause: str = "86400") -> Finding:
    refuses = _Refuses(status, pause)
    host, images = arena.good_images(6, mallory=refuses)
    arena.start(arena.cluster(objects=[
        pull_secret("mallory", "wrong", host, "mallory", "wrong")]))
    with arena.attack(*images) as watch:
        asked = []
        for number in range(arena.effort.of(20, 6)):
            asked.append(arena.ask(*(f"{host}/mallory/app:{number}-{tag}" for tag in range(20)),
                                   pull_secrets=["wrong"] * (number % 2)))
        watch.wait_for_innocent(6)
    watch.denied(asked, said=f"asked {len(refuses.seen)} times")
    watch.innocent_is_served()
    if status == 429 and pause == "86400":
        watch.finding.check("requests to who wants none", len(refuses.seen) <= 40, len(refuses.seen), "few: it is heeded")
    return watch.finding


@attack("registry's owner", 2, "the owner of one path answers 429 with Retry-After: 86400 to everything")
def owner_of_a_path_429(arena: Arena) -> Finding:
    return _refusals(arena, 429)


@attack("registry's owner", 2, "the owner of one path answers 429 with Retry-After: 1 to everything, again and again")
def owner_of_a_path_429_for_a_second(arena: Arena) -> Finding:
    return _refusals(arena, 429, "1")


@attack("registry's owner", 2, "the owner of one path answers 403 to everything")
def owner_of_a_path_403(arena: Arena) -> Finding:
    return _refusals(arena, 403)


@attack("registry's owner", 2, "the owner of one path answers 500 to everything")
def owner_of_a_path_500(arena: Arena) -> Finding:
    return _refusals(arena, 500)


@attack("registry's owner", 2, "the owner of one path answers 503 with Retry-After: 86400 to everything")
def owner_of_a_path_503(arena: Arena) -> Finding:
    return _refusals(arena, 503)


@attack("tenant", 2, "200 Pods of 1,000 images at once; the innocent's Pods come from the same API server")
def tenant_of_one_api_server(arena: Arena) -> Finding:
    host, images = arena.good_images(4, Content(_AWAY), slow=Content(_AWAY))
    arena.start(arena.cluster())
    questions = [pod(*(f"{host}/slow/{number}-{name}:1" for name in range(1000)))
                 for number in range(arena.effort.of(200, 12))]
    with arena.attack(*images) as watch:
        asked = arena.ask_all(questions, source=INNOCENT)
    watch.denied(asked)
    watch.innocent_is_served()
    watch.peak_below(100)
    return watch.finding


@attack("registry's owner", 2, "answers of 2,000 little headers, which take the thread that all registries share")
def many_headers(arena: Arena) -> Finding:
    class Talkative(Content):
        def answer(self, request: Request) -> None:
            request.answer(404, **{f"X{number}": "y" for number in range(2000)})

    _, images = arena.good_images(3)
    bad = arena.registry({"mallory": Talkative()}).host
    arena.start(arena.cluster())
    with arena.attack(*images) as watch:
        asked = [arena.ask(*(f"{bad}/mallory/app:{number}" for number in range(arena.effort.of(200, 20))))]
    watch.denied(asked)
    watch.innocent_is_served()
    watch.cpu_below(1.0)
    return watch.finding
