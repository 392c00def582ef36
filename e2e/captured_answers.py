"""What `countersign` answers about all that testdata/ holds, as text that is the same on every run.

The answers lie in testdata/captured_answers/, a file for each entry of FILES; captured_answers_test compares,
webhook_answers_test asks a shim instead, capture_answers writes them anew. A file begins with a transcript:
each command, what it wrote, and its exit status. Where one command is asked about many things, the answers are
taken out of its transcript and follow in a table, a line for each subject (image or review) and different
answer about it: subject, the questions that were answered so, and the answer, with tabs between.

An answer is the bytes that were written, but for these, which are another way to write the same: addresses of
registries are PLACEHOLDER and PRIVATE; a patch is shown decoded; a log line's time is TIME; and where one key
was asked for, its file is KEY. Not shown of a command are the flags that have it wait, and trust the
registries.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import difflib
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from e2e import expected, programs, reviews
from e2e.captured_command import PRIVATE, SECONDS, Countersign, transcript
from e2e.cluster import PLACEHOLDER
from e2e.process import Ran
from e2e.stack import Stack

DIRECTORY = programs.TESTDATA / "captured_answers"

# Few enough for a busy machine to answer within the limits that each image and each request to a
# registry has: commands that run at the same time, and images that one of them is asked about.
_COMMANDS_AT_ONCE = 2
_IMAGES_AT_ONCE = 48


class Table:
    """Answers by subject and question; equal ones about a subject share a line."""

    def __init__(self) -> None:
        self._subjects: dict[str, dict[str, list[str]]] = {}

    def add(self, subject: str, question: str, answer: str) -> None:
        self._subjects.setdefault(subject, {}).setdefault(answer, []).append(question)

    def lines(self) -> list[str]:
        return [f"{subject}\t{' '.join(questions)}\t{answer}"
                for subject, answers in self._subjects.items()
                for answer, questions in answers.items()]


def policies() -> dict[str, list[Path]]:
    """The manifests of each folder for --objects: the good policy, for either registry, no policy,
    and each bad one."""
    def manifests(folder: str) -> list[Path]:
        return [file for file in sorted((programs.TESTDATA / folder).iterdir())
                if file.suffix in (".yaml", ".json")]

    good = manifests("cluster")
    return {"cluster": good, "private": good, "none": [],
            **{file.stem: [file] for file in manifests("cluster_bad")}}


def countersign_of(stack: Stack) -> Countersign:
    """For all functions of FILES."""
    return Countersign(stack, policies(), private=["private"])


def _at_once(tasks: Iterable[Callable[[], Ran]]) -> list[Ran]:
    """In the order of the tasks."""
    with concurrent.futures.ThreadPoolExecutor(_COMMANDS_AT_ONCE) as pool:
        return [future.result() for future in [pool.submit(task) for task in tasks]]


def _image(reference: str) -> str:
    return f"{PLACEHOLDER}/{reference}"


ALL_IMAGES = [_image(reference) for reference in expected.images()]
IMAGES_BY_TAG = [_image(image.reference) for image in expected.images().values()
                 if not image.is_by_digest]
# The bad policies have no pattern for the crafted ones.
IMAGES_OF_BAD_POLICIES = [image for image in IMAGES_BY_TAG if "/crafted/" not in image] + [
    _image("crafted/manifest:no-layers")]
# One signed by each key, and some that no key of a policy signed.
IMAGES_OF_KEYS = [image for image in IMAGES_BY_TAG if "/trusted/keys:" in image or image.endswith(
    ("/trusted/app:signed", "/trusted/app:unsigned", "/trusted/app:many-signers"))]
# What people write, and what is no image reference.
NAMES = ["nginx", "busybox:1", "docker.io/library/nginx", _image("unmatched/app:signed"),
         _image("trusted/app:signed"), _image("trusted/app:unsigned"), "", " ", "auto", "UPPER",
         "a b", "nginx:", "nginx@sha256:12", "127.1:5000/app", "[::1]:5000/app", "no\x1b[31mred",
         "n\u00fcrnberg/app", f"{'long' * 70}:1"]


@dataclasses.dataclass(frozen=True)
class Question:
    """Of `verify`: flags, and the images that are asked about with them."""

    name: str
    flags: Sequence[str]
    images: Sequence[str]
    # A text that stands for itself in one question, and for KEY in all.
    key: str | None = None

    def parts(self) -> list[Question]:
        """The same about as many images as are asked about at once."""
        return [dataclasses.replace(self, images=self.images[begin:begin + _IMAGES_AT_ONCE])
                for begin in range(0, len(self.images), _IMAGES_AT_ONCE)]

    def run(self, countersign: Countersign) -> Ran:
        ran = countersign.run("verify", "--output=json", f"--timeout={SECONDS}",
                              *self.flags, *self.images)
        if not self.key:
            return ran
        return dataclasses.replace(ran, output=ran.output.replace(self.key, "KEY"))


def _verify(countersign: Countersign, questions: Sequence[Question]) -> list[str]:
    """The transcripts, from which the answers about images are taken out, and their table."""
    table = Table()
    # By what they show: the parts of a question that differ in images alone are shown once.
    transcripts: dict[tuple[str, ...], None] = {}
    parts = [part for question in questions for part in question.parts()]
    runs = _at_once(lambda part=part: part.run(countersign) for part in parts)
    for part, ran in zip(parts, runs):
        answers, rest = _images_of(ran.output)
        for image, answer in zip(part.images, answers):
            table.add(image, part.name, answer)
        if len(answers) == len(part.images):
            rest = rest.replace("[]", "[IMAGES]", 1)
        elif answers:
            rest = rest.replace("[]", f"[{len(answers)} INSTEAD OF {len(part.images)}]", 1)
        command = _command(["--output=json", *part.flags], part.images)
        transcripts[f"{part.name}:", *transcript(command, dataclasses.replace(ran, output=rest))] = None
    return [line for lines in transcripts for line in lines] + table.lines()


def _command(flags: Sequence[str], images: Sequence[str]) -> str:
    return " ".join(["verify", *flags, *(images if len(images) == 1 else ["IMAGE..."])])


def _images_of(report: str) -> tuple[list[str], str]:
    """The objects in the report's "images", as they are written, and what is left without them."""
    head, begin, rest = report.partition('"images":[')
    decoder = json.JSONDecoder()
    objects = []
    while rest.startswith("{"):
        _, end = decoder.raw_decode(rest)
        objects.append(rest[:end])
        rest = rest[end:]
        if rest.startswith(",{"):
            rest = rest[1:]
    return objects, head + begin + rest


def verify_by_key(countersign: Countersign) -> list[str]:
    """Every good key and every image; of the odd ones, and all at once, some images; of each bad
    key why it is refused."""
    def question(name: str, images: Sequence[str]) -> Question:
        file = f"keys/{name}.pub"
        return Question(name, [f"--key={file}"], images, key=file)

    def names(folder: str) -> list[str]:
        files = (programs.TESTDATA / "keys" / folder).glob("*.pub")
        return sorted(f"{folder}{file.stem}" for file in files)

    good = names("")
    return _verify(countersign, [
        *(question(name, ALL_IMAGES) for name in good),
        *(question(name, IMAGES_OF_KEYS) for name in names("odd/")),
        Question("every-key", [f"--key=keys/{name}.pub" for name in good], IMAGES_OF_KEYS),
        *(question(name, IMAGES_OF_KEYS[:1]) for name in names("bad/")),
    ])


def verify_by_policy(countersign: Countersign) -> list[str]:
    """The good policy and every image; each bad one and those by tag that one has a pattern for."""
    return _verify(countersign, [
        Question(name, [f"--objects=policies/{name}"],
                 ALL_IMAGES if name == "cluster" else IMAGES_OF_BAD_POLICIES)
        for name in policies() if name not in ("none", "private")])


def verify_by_credential(countersign: Countersign) -> list[str]:
    """Sources of credentials, good and bad, for a registry that wants one. A process for each
    image: what one learns of a credential would be known to the other, or not yet."""
    nowhere = "--registry-credentials-namespace=nowhere"
    flags = {
        "operator": [],
        "pull-secret": ["--image-pull-secret=shop-pull", nowhere],
        "old-pull-secret": ["--image-pull-secret=shop-pull-old"],
        "account": ["--service-account=builder"],
        "old-account": ["--service-account=builder", nowhere],
        "no-good-one": [*(f"--image-pull-secret={name}" for name in (
            "shop-pull-old", "example-pull", "not-for-registries", "absent")), nowhere],
        "anonymous": [nowhere],
    }
    images = [f"{PRIVATE}/{name}" for name in (
        "trusted/app:signed", "trusted/app:unsigned", "trusted/app:absent", "trusted/absent:signed",
        "trusted/team/backend/app:signed")]
    return _verify(countersign, [
        Question(name, ["--objects=policies/private", "--namespace=shop", *words], [image])
        for name, words in flags.items() for image in images])


def verify_modes(countersign: Countersign) -> list[str]:
    """Flags and all sorts of names, in text and in JSON; and every image by tag in text."""
    cluster, none = "--objects=policies/cluster", "--objects=policies/none"
    commands = [(part.flags, part.images) for part in Question("", [cluster], IMAGES_BY_TAG).parts()]
    for output in ("--output=text", "--output=json"):
        commands += [
            ([output, cluster], NAMES),
            ([output, cluster, "--allow-unmatched-images"], NAMES),
            ([output, cluster, "--deny-short-names"], NAMES),
            ([output, cluster, "--namespace=kube-system"], NAMES),
            ([output, none], NAMES),
            ([output, none, "--no-policy=allow"], NAMES),
            # The pattern of --key matches all names, and no other registry is asked here.
            ([output, "--key=keys/ecdsa-p256.pub", "--deny-short-names"],
             ["nginx", _image("trusted/app:signed")]),
        ]
    runs = _at_once(lambda flags=flags, images=images: countersign.run(
        "verify", f"--timeout={SECONDS}", *flags, *images) for flags, images in commands)
    return [line for (flags, images), ran in zip(commands, runs)
            for line in transcript(_command(flags, images), ran)]


FLAGS_OF_REVIEW = {
    "default": [],
    "strict": ["--pin-images=off", "--verify-unchanged-images", "--deny-short-names"],
    "lenient": ["--pin-images=all", "--unknown-kinds=allow", "--allow-unmatched-images"],
    "named": ["--pod-template=Rollout.example.org=/spec/template", "--template-placeholder=nginx"],
}
# Each place of an image, and each sort of answer.
SOME_REVIEWS = [
    "v1/pod-signed", "v1/pod-unsigned", "v1/pod-many-images", "v1/pod-docker-hub-name",
    "v1/pod-system", "v1/pod-image-volume", "v1/pod-update-image", "v1/pod-exec",
    "v1/pod-service-account", "v1/deployment-web", "v1/deployment-update-add-container",
    "v1/cronjob-web", "v1beta1/pod-signed"]


def review_names() -> list[str]:
    folder = programs.TESTDATA / "reviews"
    return sorted(f"{file.parent.name}/{file.stem}" for file in folder.glob("v1*/*.json"))


def _text(review: str) -> str:
    return (programs.TESTDATA / "reviews" / f"{review}.json").read_text(encoding="utf-8")


def _reviewed(countersign: Countersign, asked: Sequence[tuple[str, str, Sequence[str], str]],
              errors: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """The table of (subject, question, flags, review); `errors` are usual ones of a question."""
    table = Table()
    runs = _at_once(
        lambda flags=flags, review=review: countersign.run("review", *flags, stdin=review)
        for _, _, flags, review in asked)
    for (subject, question, _, _), ran in zip(asked, runs):
        # Usual is one line, and nothing beside it that has not been said.
        usual = Ran(0, ran.output.removesuffix("\n") + "\n", errors.get(question, ""))
        table.add(subject, question,
                  ran.output[:-1] if ran == usual else json.dumps(dataclasses.asdict(ran)))
    return table.lines()


def _commands(flags: Mapping[str, Sequence[str]]) -> list[str]:
    """What is asked by each question of a table."""
    return [*(" ".join([f"{name}: countersign review", *words]) for name, words in flags.items()), ""]


def review_modes(countersign: Countersign) -> list[str]:
    """Every review by the good policy; some with images of the registry that wants a password."""
    cluster = {name: ["--objects=policies/cluster", *words]
               for name, words in FLAGS_OF_REVIEW.items()}
    private = {"private": ["--objects=policies/private"]}
    asked = [(name, question, words, _text(name))
             for name in review_names() for question, words in cluster.items()]
    asked += [(name, question, words, _text(name).replace(PLACEHOLDER, PRIVATE))
              for name in SOME_REVIEWS for question, words in private.items()]
    return _commands({**cluster, **private}) + _reviewed(countersign, asked)


def review_by_policy(countersign: Countersign) -> list[str]:
    """Every policy, and some reviews."""
    flags = {name: [f"--objects=policies/{name}"] for name in policies() if name != "private"}
    first, *others = SOME_REVIEWS
    # Where a policy cannot be used, that is the answer, whatever is asked.
    tried = dict(zip(flags, _at_once(
        lambda words=words: countersign.run("review", *words, stdin=_text(first))
        for words in flags.values())))
    transcripts = [line for name, ran in tried.items()
                   for line in transcript(" ".join(["review", *flags[name], "<", first]), ran)]
    return transcripts + _reviewed(
        countersign,
        [(review, name, flags[name], _text(review))
         for review in others for name, ran in tried.items() if ran.status == 0],
        {name: ran.errors for name, ran in tried.items()})


def review_by_image(countersign: Countersign) -> list[str]:
    """A pod of each image by tag, by the good policy."""
    def pod(image: str) -> str:
        review = reviews.pod(image)
        review["request"]["uid"] = "uid"
        return json.dumps(review)

    flags = {"default": ["--objects=policies/cluster"]}
    return _commands(flags) + _reviewed(countersign, [
        (image, name, words, pod(image)) for image in IMAGES_BY_TAG for name, words in flags.items()])


FILES: dict[str, Callable[[Countersign], list[str]]] = {
    f"{ask.__name__}.txt": ask
    for ask in (verify_by_key, verify_by_policy, verify_by_credential, verify_modes,
                review_modes, review_by_policy, review_by_image)
}


def text_of(ask: Callable[[Countersign], list[str]], countersign: Countersign) -> str:
    """What belongs into the file."""
    return "".join(f"{line}\n" for line in ask(countersign))


# As much of what differs as a person would read.
_MOST_LINES = 6
_EXCERPT = 400

_ADVICE = """
If the answers are meant to be others now, write them anew and look at the difference:
    bazel run //e2e:capture_answers && git diff --word-diff testdata/captured_answers"""


def differences(captured: str, answered: str) -> Iterator[str]:
    """For each line that differs its number, and both sides from shortly before they part."""
    before, after = captured.removesuffix("\n").split("\n"), answered.removesuffix("\n").split("\n")
    for kind, begin, end, begin_now, end_now in difflib.SequenceMatcher(
            None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        lines = itertools.zip_longest(before[begin:end], after[begin_now:end_now])
        for number, (was, now) in enumerate(lines, begin + 1):
            start = max(0, len(os.path.commonprefix([was or "", now or ""])) - _EXCERPT // 4)
            yield "\n".join([f"line {number}, from character {start + 1}:",
                             *(f"{sign}{line[start:start + _EXCERPT]}"
                               for sign, line in (("-", was), ("+", now)) if line is not None)])


def what_differs(name: str, countersign: Countersign) -> str:
    """In words for people; empty if the file `name` is what is answered now."""
    captured = (DIRECTORY / name).read_bytes().decode()
    answered = text_of(FILES[name], countersign)
    if captured == answered:
        return ""
    shown = list(differences(captured, answered))
    return "\n".join([f"{name}: {len(shown)} lines differ (-captured, +answered now)", *shown[:_MOST_LINES], _ADVICE])


def captured_table(name: str) -> dict[tuple[str, str], str]:
    """The answers that are kept in the file `name`, by subject and question."""
    lines = (DIRECTORY / name).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t", 2) for line in lines if line.count("\t") >= 2]
    return {(subject, question): answer for subject, questions, answer in rows for question in questions.split(" ")}
