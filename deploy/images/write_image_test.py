"""Images are the same whenever, wherever and by whomever they are assembled; what is not as Debian's packages brought
it is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from deploy.images import debian_packages, layer, shared_libraries, write_image

IMAGES = Path("deploy/images").resolve()
PROGRAM = Path("shim/countersign-shim").resolve()


def assemble(directory: Path, program: Path, *more: str, **environment: str) -> str:
    """The digest. `more` are further arguments. `directory` is made, holds a copy of the assembler, and is the working one."""
    shutil.copytree(IMAGES, directory / "deploy/images", symlinks=False,
                    ignore=lambda _, names: [name for name in names if not name.endswith(".py")])
    (directory / "version.h").write_text('kVersion = "1.2.3";', encoding="ascii")
    (directory / "license").write_text("Do what you like.", encoding="ascii")
    command = [
        "/usr/bin/python3", "-m", "deploy.images.write_image", f"--program={program}",
        "--path=/usr/bin/program", "--title=program", "--description=A program.",
        "--version-header=version.h", "--port=8443", "--compiled-package=libcli11-dev",
        "--license=program=license", "--dpkg-status=/var/lib/dpkg/status", "--layout=layout",
        "--digest=digest", *more]
    ran = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False,
                         env={"PATH": "/usr/bin:/bin", **environment}, timeout=240)
    if ran.returncode != 0:
        raise ValueError(ran.stderr)
    return (directory / "digest").read_text(encoding="ascii")


class ReproducibleTest(unittest.TestCase):

    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.addCleanup(os.umask, os.umask(0o022))

    def copy_of_program(self, name: str, seconds: int, mode: int) -> Path:
        file = self.directory / name
        shutil.copy(PROGRAM, file)
        file.chmod(mode)
        os.utime(file, (seconds, seconds))
        return file

    def test_neither_place_nor_time_nor_settings_make_a_difference(self) -> None:
        os.umask(0o022)
        first = assemble(self.directory / "a", self.copy_of_program("one", 1_000_000_000, 0o755),
                         TZ="UTC", LC_ALL="C", HOME="/root", PYTHONHASHSEED="1")
        os.umask(0o077)
        second = assemble(self.directory / "b" / "longer", self.copy_of_program("2", 7, 0o500),
                          TZ="Asia/Tokyo", LC_ALL="C.UTF-8", HOME="/nonexistent",
                          PYTHONHASHSEED="2", SOURCE_DATE_EPOCH="1700000000", LD_LIBRARY_PATH="/tmp")
        self.assertRegex(first, r"^sha256:[0-9a-f]{64}\n$")
        self.assertEqual(first, second)

    def test_another_program_makes_another_image(self) -> None:
        program = self.copy_of_program("one", 1, 0o755)
        first = assemble(self.directory / "a", program)
        with program.open("ab") as file:
            file.write(b"\0")
        self.assertNotEqual(first, assemble(self.directory / "b", program))

    def test_an_archive_is_held_to_its_package_which_is_recorded(self) -> None:
        program = self.copy_of_program("one", 1, 0o755)
        [archive] = Path("/usr/lib").glob("*-linux-gnu/libre2.a")
        link = self.directory / "link.a"
        link.symlink_to(archive)
        self.assertNotEqual(assemble(self.directory / "a", program),
                            assemble(self.directory / "b", program, f"--linked-archive={link}"))
        own = self.directory / "own.a"
        shutil.copy(archive, own)
        with self.assertRaisesRegex(ValueError, "own.a: belongs to no Debian package"):
            assemble(self.directory / "c", program, f"--linked-archive={own}")

    def test_what_is_no_program_is_refused(self) -> None:
        program = self.directory / "script"
        program.write_text("#!/bin/sh\n", encoding="ascii")
        with self.assertRaisesRegex(ValueError, "no known architecture"):
            assemble(self.directory / "a", program)


class DebianPackagesTest(unittest.TestCase):

    def setUp(self) -> None:
        self.debian = debian_packages.DebianPackages()
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_libc_is_known_by_both_of_its_paths(self) -> None:
        for libc in Path("/usr/lib").glob("*-linux-gnu/libc.so.6"):
            for spelling in (libc, Path(str(libc).removeprefix("/usr"))):
                self.assertEqual(self.debian.owners([spelling]), {spelling: "libc6"})

    def test_a_file_of_no_package_is_refused(self) -> None:
        file = self.directory / "libown.so"
        file.touch()
        with self.assertRaisesRegex(ValueError, "belongs to no Debian package"):
            self.debian.owners([file])

    def test_a_file_that_was_changed_is_refused(self) -> None:
        changed = self.directory / "release"
        changed.write_text("mine", encoding="ascii")
        with self.assertRaisesRegex(ValueError, "not as the package base-files brought it"):
            self.debian._sums("base-files")[str(changed).lstrip("/")] = "0" * 32
            self.debian._check(changed, "base-files")

    def test_a_package_that_is_not_installed_is_named(self) -> None:
        status = self.directory / "status"
        status.write_text("Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n",
                          encoding="ascii")
        with self.assertRaisesRegex(ValueError, "package gone is not installed"):
            debian_packages.DebianPackages(status).record("gone")

    def test_a_record_has_no_configuration_files(self) -> None:
        record = self.debian.record("base-files").decode()
        self.assertIn("Version: ", record)
        self.assertNotIn("Conffiles", record)
        self.assertNotIn("\n /etc/debian_version", record)
        self.assertTrue(record.startswith("Package: base-files\n"))


class PartsTest(unittest.TestCase):

    def test_libraries_from_elsewhere_are_refused(self) -> None:
        for path in ("/opt/lib/libx.so", "/usr/local/lib/libx.so", "/library/libx.so",
                     "/usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libx.so"):
            with self.assertRaises(ValueError, msg=path):
                shared_libraries._check_place(Path(path))

    def test_links_are_followed_to_the_file(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name).resolve()
            (directory / "libx.so.1.2").touch()
            (directory / "libx.so.1").symlink_to("libx.so.1.2")
            (directory / "libx.so").symlink_to("libx.so.1")
            links, file = shared_libraries.links_and_file(directory / "libx.so")
        self.assertEqual([link.name for link in links], ["libx.so", "libx.so.1"])
        self.assertEqual(file.name, "libx.so.1.2")

    def test_two_files_at_one_path_are_refused(self) -> None:
        own = layer.Layer()
        own.add_file("/lib/a", b"one")
        own.add_file("/usr/lib/a", b"one")
        with self.assertRaisesRegex(ValueError, "twice"):
            own.add_file("/usr/lib/a", b"two")

    def test_paths_that_lead_out_are_refused(self) -> None:
        for path in ("relative", "/", "/../etc/passwd"):
            with self.assertRaises(ValueError, msg=path):
                layer.Layer().add_file(path, b"")

    def test_the_version_is_a_tag(self) -> None:
        self.assertEqual(write_image.version_in('inline kVersion = "1.0.0+b2";'), "1.0.0_b2")
        with self.assertRaises(ValueError):
            write_image.version_in("nothing")
