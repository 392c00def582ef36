"""Writes the OCI image of one program: the program, the shared libraries that it loads, and what glibc and TLS
need to find names and to trust certificates. Everything but the program comes from installed Debian packages.

usage: see --help; //deploy/images:oci_image.bzl calls it.
"""

from __future__ import annotations

import argparse
import os
import re
import struct
import sys
from pathlib import Path

from deploy.images.debian_packages import DebianPackages
from deploy.images.layer import Layer
from deploy.images.oci_layout import Settings, write_layout
from deploy.images.shared_libraries import links_and_file, shared_libraries

USER = 65532
_PASSWD = f"""root:x:0:0:root:/root:/usr/sbin/nologin
nonroot:x:{USER}:{USER}:nonroot:/nonexistent:/usr/sbin/nologin
"""
_GROUP = f"root:x:0:\nnonroot:x:{USER}:\n"
# glibc's own files and dns, which are in libc.so since 2.34.
_NSSWITCH = "passwd: files\ngroup: files\nhosts: files dns\n"
_ROOTS = "/etc/ssl/certs/ca-certificates.crt"
_ARCHITECTURES = {62: "amd64", 183: "arm64"}  # by e_machine


def architecture(program: bytes) -> str:
    """ValueError unless it is a 64-bit little-endian ELF file of a machine that is known."""
    machine = struct.unpack_from("<H", program, 18)[0] if program[:6] == b"\x7fELF\x02\x01" else 0
    if machine not in _ARCHITECTURES:
        raise ValueError("the program is of no known architecture")
    return _ARCHITECTURES[machine]


def version_in(header: str) -> str:
    """What base/version.h says."""
    match = re.search(r'kVersion = "([0-9A-Za-z._+-]+)";', header)
    if not match:
        raise ValueError("there is no kVersion in the header given")
    return match.group(1).replace("+", "_")  # tags know no +


def add_system(layer: Layer) -> None:
    layer.add_file("/etc/passwd", _PASSWD.encode())
    layer.add_file("/etc/group", _GROUP.encode())
    layer.add_file("/etc/nsswitch.conf", _NSSWITCH.encode())
    layer.add_directory("/tmp", 0o1777)
    # Mount points of every container, so that a root that is read-only has them.
    for directory in ("/dev", "/proc", "/sys", "/run"):
        layer.add_directory(directory)


def add_roots(layer: Layer, debian: DebianPackages) -> None:
    """The authorities that Debian ships, not this machine's choice of them and its own."""
    files = debian.files("ca-certificates", r"/usr/share/ca-certificates/mozilla/[^/]*\.crt")
    debian.owners(files)
    pems = [file.read_bytes().strip() + b"\n" for file in files]
    if not pems:
        raise ValueError("the package ca-certificates brought no certificates")
    layer.add_file(_ROOTS, b"".join(pems))


def add_libraries(layer: Layer, debian: DebianPackages, program: Path) -> set[str]:
    """The packages that the libraries are from."""
    files = set()
    for library in shared_libraries(program):
        links, file = links_and_file(library)
        for link in links:
            layer.add_link(str(link), os.readlink(link))
        layer.add_file(str(file), file.read_bytes(), 0o755)
        files.add(file)
    return set(debian.owners(files).values())


def add_records(layer: Layer, debian: DebianPackages, packages: set[str]) -> None:
    for package in sorted(packages):
        layer.add_file(f"/var/lib/dpkg/status.d/{package}", debian.record(package))
        layer.add_file(f"/usr/share/doc/{package}/copyright",
                       debian.copyright(package).read_bytes())


def fill(arguments: argparse.Namespace) -> Layer:
    debian = DebianPackages(arguments.dpkg_status)
    layer = Layer()
    add_system(layer)
    add_roots(layer, debian)
    # By these two files scanners tell which distribution the packages are of.
    release = [Path("/usr/lib/os-release"), Path("/etc/debian_version")]
    debian.owners(release)
    for file in release:
        layer.copy(file)
    layer.add_link("/etc/os-release", "../usr/lib/os-release")
    packages = add_libraries(layer, debian, arguments.program)
    packages |= {"base-files", "ca-certificates", *arguments.compiled_package}
    packages |= set(debian.owners(archive.resolve() for archive in arguments.linked_archive).values())
    add_records(layer, debian, packages)
    for name, _, file in (license.partition("=") for license in arguments.license):
        layer.add_file(f"/usr/share/doc/{name}/LICENSE", Path(file).read_bytes())
    layer.add_file(arguments.path, arguments.program.read_bytes(), 0o755)
    return layer


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--program", type=Path, required=True, help="the program, stripped")
    parser.add_argument("--path", required=True, help="where it is in the image")
    parser.add_argument("--title", required=True)
    parser.add_argument("--description", required=True)
    parser.add_argument("--version-header", type=Path, required=True)
    parser.add_argument("--port", type=int, action="append", default=[])
    parser.add_argument("--compiled-package", action="append", default=[],
                        help="a Debian package that is compiled into the program")
    parser.add_argument("--linked-archive", type=Path, action="append", default=[],
                        help="a static library of a Debian package's that is linked into the program")
    parser.add_argument("--license", action="append", default=[], metavar="NAME=FILE",
                        help="of something else that is compiled into the program")
    parser.add_argument("--dpkg-status", type=Path, required=True)
    parser.add_argument("--layout", type=Path, required=True, help="an empty directory to write into")
    parser.add_argument("--digest", type=Path, required=True, help="file for the image's digest")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    arguments = parse(argv)
    try:
        version = version_in(arguments.version_header.read_text(encoding="utf-8"))
        settings = Settings(
            architecture=architecture(arguments.program.read_bytes()),
            entrypoint=[arguments.path],
            user=f"{USER}:{USER}",
            ports=arguments.port,
            environment={"PATH": "/usr/bin", "SSL_CERT_FILE": _ROOTS},
            labels={
                "org.opencontainers.image.title": arguments.title,
                "org.opencontainers.image.description": arguments.description,
                "org.opencontainers.image.version": version,
                "org.opencontainers.image.licenses": "Apache-2.0",
            },
            tag=version,
        )
        digest = write_layout(arguments.layout, fill(arguments), settings)
    except (OSError, ValueError) as error:
        print(f"{arguments.title}: {error}", file=sys.stderr)
        return 1
    arguments.digest.write_text(digest + "\n", encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
