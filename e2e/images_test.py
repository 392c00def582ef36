"""Nobody else claims: the OCI images hold what they should and nothing else, and the programs run from them as
Kubernetes runs them: root read-only, the images' user without a capability, files mounted as in a cluster,
names found by DNS."""

from __future__ import annotations

import json
import re
import shutil
import stat
import sys
import uuid
from pathlib import Path, PurePosixPath

from e2e import grpc_client, programs, reviews
from e2e.certificates import KeyPair
from e2e.image_root import ImageRoot, Layout
from e2e.process import Ran, run
from e2e.servers import Server, asking_over_tls
from e2e.stack import Stack, public_key, standard_cluster
from e2e.stack_test_case import StackTestCase

NAMES = ["countersign", "countersign-shim", "countersign-verifier"]
LAYOUTS = programs.BUILT / "deploy" / "images"
RECORDS = "var/lib/dpkg/status.d/"
# As the chart in deploy/ mounts them.
TLS, SERVING, CLIENT = (f"/etc/countersign/{name}" for name in ("tls", "serving", "client"))
OBJECTS = "/etc/countersign/objects"


def layout(name: str) -> Layout:
    return Layout(LAYOUTS / name)


def secret(directory: Path, pair: KeyPair, ca: Path) -> Path:
    """A TLS Secret as the kubelet shows it to anybody in the pod."""
    directory.mkdir()
    for name, source in (("tls.crt", pair.certificate), ("tls.key", pair.key), ("ca.crt", ca)):
        (directory / name).write_bytes(source.read_bytes())
        (directory / name).chmod(0o644)
    directory.chmod(0o755)
    return directory


def status_of(server: Server) -> str:
    return Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")


class RunningImagesTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        stack.directory.chmod(0o755)
        cls.host = stack.registry().host
        cls.roots = {}
        for name in NAMES:
            directory = stack.directory / f"image-{name}"
            directory.mkdir()
            cls.roots[name] = ImageRoot(layout(name), directory)
        cls.secret = secret(stack.directory / "secret", stack.key_pair, stack.ca)
        cls.cluster = standard_cluster(stack, cls.host)
        cls.hosts = stack.directory / "hosts"
        cls.hosts.write_text("127.0.0.1 localhost verifier.test\n", encoding="ascii")
        cls.verifier = cls.start_verifier()
        cls.shim = cls.start_shim()
        cls.webhook = stack.webhook(cls.shim)

    @classmethod
    def start_server(cls, name: str, arguments: list[str]) -> Server:
        cls.roots[name].mount(cls.hosts, "/etc/hosts")
        return cls.stack.keep(Server(cls.roots[name].program(), cls.stack.directory / name, arguments))

    @classmethod
    def start_verifier(cls) -> Server:
        root = cls.roots["countersign-verifier"]
        objects = root.mount(cls.cluster.directory, OBJECTS)
        tls = root.mount(cls.secret, TLS)
        return cls.start_server("countersign-verifier", [
            "--listen=127.0.0.1:0", f"--objects={objects}", f"--registry-ca={tls}/ca.crt",
            f"--tls-cert={tls}/tls.crt", f"--tls-key={tls}/tls.key", f"--client-ca={tls}/ca.crt"])

    @classmethod
    def start_shim(cls) -> Server:
        """It finds the verifier by a name, which takes glibc's or gRPC's name service."""
        root = cls.roots["countersign-shim"]
        tls, client = root.mount(cls.secret, SERVING), Path(root.mount(cls.secret, CLIENT))
        return cls.start_server("countersign-shim", [
            "--listen=127.0.0.1:0", f"--verifier=dns:///localhost:{cls.verifier.port}",
            f"--tls-cert={tls}/tls.crt", f"--tls-key={tls}/tls.key",
            *asking_over_tls("verifier", client / "ca.crt", KeyPair(client / "tls.crt", client / "tls.key"))])

    def countersign(self, *arguments: str) -> Ran:
        return self.stack.run(self.roots["countersign"].program(), *arguments, seconds=60)

    def test_the_shim_answers_its_probes_over_tls(self) -> None:
        self.assertEqual(self.webhook.get("/healthz").status, 200)
        self.webhook.wait_until_ready()

    def test_the_verifier_is_serving(self) -> None:
        health = grpc_client.health(
            self.verifier.address, "", "--cacert", str(self.stack.ca),
            "--cert", str(self.stack.key_pair.certificate), "--key", str(self.stack.key_pair.key))
        self.assertEqual(health, grpc_client.SERVING)

    def test_a_signed_image_is_admitted_and_an_unsigned_one_is_not(self) -> None:
        self.webhook.wait_until_ready()
        self.assert_allowed(self.webhook.review(reviews.pod(f"{self.host}/trusted/app:signed")))
        unsigned = f"{self.host}/trusted/app:unsigned"
        self.assert_denied(self.webhook.review(reviews.pod(unsigned)),
                           f"The image: {unsigned} is not signed.")

    def test_the_command_says_its_version(self) -> None:
        ran = self.countersign("--version")
        self.assertEqual((ran.status, ran.errors), (0, ""))
        version = layout("countersign").config["config"]["Labels"][
            "org.opencontainers.image.version"]
        self.assertEqual(ran.output.strip(), version)

    def test_the_command_verifies(self) -> None:
        root = self.roots["countersign"]
        tls, objects = root.mount(self.secret, TLS), root.mount(self.cluster.directory, OBJECTS)
        ran = self.countersign("verify", f"--objects={objects}", f"--registry-ca={tls}/ca.crt",
                               f"{self.host}/trusted/app:signed")
        self.assertEqual((ran.status, ran.errors), (0, ""), ran.output)

    def test_the_command_finds_registries_and_verifiers_by_dns(self) -> None:
        for arguments in (["--server=dns:///name.test:1", "--timeout=5"],
                          [f"--key={TLS}/release.pub", "--timeout=5"]):
            ran = self.in_a_network_with_dns("verify", *arguments, "name.test/app:1")
            self.assertEqual(ran.status, 0, ran.errors)
            self.assertIn("name.test", ran.output.splitlines(), ran.errors)

    def in_a_network_with_dns(self, *arguments: str) -> Ran:
        """What countersign asks a name server, on standard output."""
        directory = self.stack.directory / f"dns-{uuid.uuid4()}"
        directory.mkdir()
        root = ImageRoot(layout("countersign"), directory)
        (directory / "resolv.conf").write_text("nameserver 127.0.0.1\n", encoding="ascii")
        root.mount(directory / "resolv.conf", "/etc/resolv.conf")
        (directory / "keys").mkdir()
        (directory / "keys" / "release.pub").write_text(public_key("ecdsa-p256"), encoding="ascii")
        root.mount(directory / "keys", TLS)
        return run(["unshare", "--map-root-user", "--net", "--", sys.executable, "-B", "-m",
                    "e2e.network_with_dns", root.program(), *arguments], directory, seconds=90)

    def test_nothing_of_the_root_can_be_written(self) -> None:
        for server in (self.shim, self.verifier):
            mounts = Path(f"/proc/{server.process.pid}/mounts").read_text(encoding="utf-8")
            roots = [line.split() for line in mounts.splitlines() if line.split()[1] == "/"]
            self.assertTrue(roots)
            for root in roots:
                self.assertIn("ro", root[3].split(","))

    def test_the_processes_have_no_capability(self) -> None:
        for server in (self.shim, self.verifier):
            for kind in ("CapPrm", "CapEff", "CapAmb"):
                self.assertRegex(status_of(server), rf"(?m)^{kind}:\s0+$")


class ContentsTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        pass

    def test_the_user_is_nobody_with_a_name(self) -> None:
        for name in NAMES:
            self.assertEqual(layout(name).config["config"]["User"], "65532:65532")

    def test_the_only_program_is_the_entry_point(self) -> None:
        for name in NAMES:
            programs_found = [m.name for m in layout(name).members()
                              if m.isfile() and re.match(r"(usr/)?s?bin/", m.name)]
            self.assertEqual(programs_found, [f"usr/bin/{name}"])
            self.assertEqual(layout(name).config["config"]["Entrypoint"], [f"/usr/bin/{name}"])

    def test_all_is_roots_and_nothing_but_tmp_is_writable(self) -> None:
        for name in NAMES:
            for member in layout(name).members():
                self.assertEqual((member.uid, member.gid, member.mtime), (0, 0, 0), member.name)
                if member.issym():
                    continue
                self.assertFalse(member.mode & (stat.S_ISUID | stat.S_ISGID), member.name)
                if member.name != "tmp":
                    self.assertFalse(member.mode & 0o022, member.name)

    def test_every_library_is_in_a_package_that_is_recorded_with_its_license(self) -> None:
        for name in NAMES:
            names = {member.name for member in layout(name).members()}
            recorded = {PurePosixPath(n).name for n in names if n.startswith(RECORDS)}
            self.assertLessEqual({"base-files", "ca-certificates", "libabsl-dev", "libc6", "libgrpc-dev", "libssl3"},
                                 recorded)
            # Linked in, and not loaded.
            self.assertEqual(recorded & {"libabsl20220623", "libgrpc29", "libprotobuf32"}, set())
            for package in recorded:
                self.assertIn(f"usr/share/doc/{package}/copyright", names)
            self.assertIn("usr/share/doc/countersign/LICENSE", names)

    def test_the_records_have_versions(self) -> None:
        directory = self.stack.directory / "records"
        ImageRoot(layout("countersign-verifier"), directory)
        records = sorted((directory / "root" / RECORDS).iterdir())
        self.assertGreater(len(records), 20)
        for record in records:
            text = record.read_text(encoding="utf-8")
            self.assertRegex(text, rf"(?m)^Package: {re.escape(record.name)}$")
            self.assertRegex(text, r"(?m)^Version: \S+$")
            self.assertIn("Status: install ok installed", text)

    def test_the_authorities_are_those_that_debian_ships(self) -> None:
        directory = self.stack.directory / "authorities"
        ImageRoot(layout("countersign-shim"), directory)
        bundle = (directory / "root/etc/ssl/certs/ca-certificates.crt").read_text(encoding="ascii")
        shipped = list(Path("/usr/share/ca-certificates/mozilla").glob("*.crt"))
        self.assertGreater(len(shipped), 50)
        self.assertEqual(bundle.count("BEGIN CERTIFICATE"), len(shipped))
        for file in shipped:
            self.assertIn(file.read_text(encoding="ascii").strip(), bundle)

    def test_other_tools_read_the_layout(self) -> None:
        for name in NAMES:
            copy = self.stack.directory / f"copy-{name}"
            shutil.copytree(LAYOUTS / name, copy)
            ran = run(["skopeo", "inspect", f"oci:{copy}"], self.stack.directory, seconds=60)
            self.assertEqual(ran.status, 0, ran.errors)
            self.assertEqual(json.loads(ran.output)["Digest"],
                             (LAYOUTS / f"{name}.digest").read_text(encoding="ascii").strip())
