"""What /statusz of both programs is in a real browser, on real parts: a registry with signed images, a verifier, a shim
and questions to it. Prints what was looked at. Exits 1 if anything is not as it should be.

It is a command of its own (./dev statusz), and no test of ./dev test, as it wants a browser.
"""

from __future__ import annotations

import argparse
import html
import re
import shutil
import sys
import tempfile
from pathlib import Path

from e2e import programs, reviews
from e2e.cluster import Cluster
from e2e.demo_questions import Questions
from e2e.process import Ran, run
from e2e.servers import Server, Shim
from e2e.signals import end_in_order
from e2e.stack import Stack, standard_cluster

_BROWSER = "chromium"
_WINDOW = "1200,800"
_MAX_PICTURE_BYTES = 200_000
# A name that somebody else's page would have, and that his name server leads here.
_REBOUND = "rebound.example"
# What chromium says in its log when the page's policy forbids something, and what it must not say.
_FORBIDDEN = re.compile(r"Refused to|Content Security Policy|Uncaught", re.IGNORECASE)


class Browser:
    """chromium without a window, anew for each page."""

    def __init__(self, directory: Path) -> None:
        self._program = shutil.which(_BROWSER)
        if self._program is None:
            raise FileNotFoundError(f"there is no {_BROWSER}; ./dev statusz installs it")
        self._directory = directory

    def text(self, url: str) -> str:
        """What a person can read there, as the browser has it."""
        body = self._run("--dump-dom", url).output
        without_style = re.sub(r"<(style|title)>.*?</\1>", "", body, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without_style)).split())

    def markup(self, url: str) -> str:
        return self._run("--dump-dom", url).output

    def complaints(self, url: str) -> str:
        """What it said about the page where anything was forbidden to it or went wrong."""
        said = self._run("--enable-logging=stderr", "--v=0", "--dump-dom", url).errors
        return "\n".join(line for line in said.splitlines() if _FORBIDDEN.search(line))

    def picture(self, url: str, file: Path) -> None:
        self._run(f"--window-size={_WINDOW}", "--hide-scrollbars", f"--screenshot={file}", url)

    def _run(self, *arguments: str) -> Ran:
        with tempfile.TemporaryDirectory(dir=self._directory, ignore_cleanup_errors=True) as profile:
            # Root has no sandbox there; the page is our own, and is read on this machine alone.
            ran = run([self._program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                       "--no-first-run", "--disable-extensions", "--disable-background-networking",
                       "--force-device-scale-factor=1", "--disable-lcd-text", f"--user-data-dir={profile}",
                       f"--host-resolver-rules=MAP {_REBOUND} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, "
                       "EXCLUDE localhost", *arguments], Path(profile), seconds=90)
        if ran.status != 0:
            raise RuntimeError(f"{_BROWSER} ended with {ran.status}: {ran.errors[-2000:]}")
        return ran


class Checks:
    """Says of each whether it holds."""

    def __init__(self) -> None:
        self.wrong = 0

    def holds(self, what: str, does: bool, why: str = "") -> None:
        self.wrong += not does
        print(f"{'ok   ' if does else 'WRONG'}  {what}" + (f"\n       {why[:2000]}" if why and not does else ""))

    def has(self, where: str, text: str, wanted: list[str]) -> None:
        for part in wanted:
            self.holds(f"{where} says: {part}", part in text, text)


def statusz_url(server: Server, host: str = "localhost") -> str:
    return f"http://{host}:{server.statusz_port()}/statusz"


def secrets_of(cluster: Cluster) -> set[str]:
    """Whatever stands in the Secrets of the cluster, as it is written there, and the passwords in it."""
    found: set[str] = set()
    for file in cluster.directory.rglob("*.y*ml"):
        text = file.read_text(encoding="utf-8")
        for document in text.split("\n---"):
            if "kind: Secret" in document:
                found |= set(re.findall(r"[A-Za-z0-9+/=_-]{16,}", document.partition("ata:")[2]))
            found |= set(re.findall(r'"(?:password|auth)": *"([^"]{6,})"', document))
    return found


def look(browser: Browser, checks: Checks, name: str, server: Server, wanted: list[str], cluster: Cluster,
         picture: Path) -> None:
    url = statusz_url(server)
    text = browser.text(url)
    checks.has(name, text, wanted)
    markup = browser.markup(url)
    checks.holds(f"{name} has no script, link, form or picture",
                 not re.search(r"<(script|link|form|img|iframe|a)\b", markup), markup)
    complaints = browser.complaints(url)
    checks.holds(f"{name}: the browser forbids it nothing, so that it looks as it is meant to", not complaints, complaints)
    shown = [secret for secret in secrets_of(cluster) if secret in markup]
    checks.holds(f"{name} shows none of the cluster's Secrets", not shown, f"{len(shown)} of them")
    rebound = browser.text(statusz_url(server, _REBOUND))
    checks.holds(f"{name} is not shown under another name (DNS rebinding)",
                 "Policies" not in rebound and "Verifiers" not in rebound and "localhost" in rebound, rebound)
    browser.picture(url, picture)
    size = picture.stat().st_size
    checks.holds(f"{name}: a picture of less than {_MAX_PICTURE_BYTES} bytes, {picture}", 5000 < size < _MAX_PICTURE_BYTES,
                 f"{size} bytes")


def ask(stack: Stack, shim: Shim, host: str) -> None:
    """Something of everything: what is allowed, denied, and written so that it would harm a page that is careless."""
    webhook = stack.webhook(shim)
    webhook.wait_until_ready()
    for question in Questions(host).all():
        webhook.review(question.review)
    webhook.review(reviews.pod("<script>document.title='harmed'</script>"))
    webhook.review(reviews.pod("https://someone:hunter2secret@registry.test/app?token=hunter2secret"))
    webhook.review(reviews.pod(f"{host}/trusted/app:signed"))
    webhook.review(reviews.pod(f"{host}/trusted/app:unsigned"))


def check(stack: Stack, browser: Browser, pictures: Path) -> Checks:
    checks = Checks()
    registry = stack.registry()
    cluster = standard_cluster(stack, registry.host)
    verifier = stack.verifier(cluster, ["--statusz-port=0"])
    shim = stack.shim(verifier.address, ["--statusz-port=0"])
    ask(stack, shim, registry.host)
    look(browser, checks, "the verifier's page", verifier,
         ["countersign-verifier", "Ready.", "Agreement of the replicas", "of 100 that are kept)",
          "is not signed", f"{registry.host}/trusted/app:signed", "verified", "Registries", "Memories",
          "signatures that were verified", "Policies in force", "signing.apps.tanzu.vmware.com", "What is wrong in them"],
         cluster, pictures / "statusz-verifier.png")
    look(browser, checks, "the shim's page", shim,
         ["countersign-shim", "Ready.", f"Found by {verifier.address}; connection: ready", "that answered within five minutes "
          "have the same policies in force", "Places in use", "The last decisions", "denied", "allowed"],
         cluster, pictures / "statusz-shim.png")
    for name, server in (("the verifier's", verifier), ("the shim's", shim)):
        text = browser.text(statusz_url(server))
        checks.holds(f"{name} page shows as text what was written as markup", "<script>document.title" in text, text)
        checks.holds(f"{name} page has no password that somebody wrote into an image's name",
                     "hunter2secret" not in browser.markup(statusz_url(server)))
    return checks


def main() -> int:
    end_in_order()
    parser = argparse.ArgumentParser(prog="./dev statusz", description=__doc__)
    parser.add_argument("--pictures", type=Path, default=programs.TESTDATA.parent / "docs" / "pictures",
                        help="where the pictures are put; docs/statusz.md shows those of docs/pictures")
    pictures = parser.parse_args().pictures.resolve()
    pictures.mkdir(parents=True, exist_ok=True)
    with Stack() as stack:
        checks = check(stack, Browser(stack.directory), pictures)
    print("all of it is as it should be" if not checks.wrong else f"{checks.wrong} are wrong")
    return 1 if checks.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
