"""Rules that make OCI images of programs, without a container engine."""

load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

_DOC = """The OCI image of a C++ program, as an image layout in the directory `name`.

The image holds the program, stripped, at /usr/bin; the shared libraries that it loads; the records and the licenses of
their Debian packages, and of those that are linked or compiled in; users, name service and certificate authorities. It
runs as 65532:65532. The action reads this machine's /usr; what it finds there is what dpkg's status says, which is one
of its inputs, and every file and archive is compared with its package's md5sums.

The output group `digest` is a file with the digest of the image's manifest.
"""

def _oci_image_impl(ctx):
    cc_toolchain = find_cpp_toolchain(ctx)
    program = ctx.executable.binary
    stripped = ctx.actions.declare_file(ctx.label.name + ".stripped/" + program.basename)
    ctx.actions.run(
        executable = cc_toolchain.strip_executable,
        arguments = ["--strip-all", "-o", stripped.path, program.path],
        inputs = depset([program], transitive = [cc_toolchain.all_files]),
        outputs = [stripped],
        mnemonic = "StripProgram",
    )

    layout = ctx.actions.declare_directory(ctx.label.name)
    digest = ctx.actions.declare_file(ctx.label.name + ".digest")
    arguments = ctx.actions.args()
    arguments.add_all(["-B", "-m", "deploy.images.write_image"])
    arguments.add("--program", stripped)
    arguments.add("--path", "/usr/bin/" + program.basename)
    arguments.add("--title", ctx.label.name)
    arguments.add("--description", ctx.attr.description)
    arguments.add("--version-header", ctx.file._version)
    arguments.add_all(ctx.attr.ports, before_each = "--port")
    arguments.add_all(ctx.attr.compiled_packages, before_each = "--compiled-package")
    arguments.add_all(ctx.files.linked_archives, before_each = "--linked-archive")
    licenses = []
    for target, name in ctx.attr.linked_licenses.items():
        for file in target.files.to_list():
            licenses.append(file)
            arguments.add("--license", file, format = name + "=%s")
    arguments.add("--dpkg-status", ctx.file._dpkg_status)
    arguments.add_all("--layout", [layout], expand_directories = False)
    arguments.add("--digest", digest)
    ctx.actions.run(
        executable = "/usr/bin/python3",
        arguments = [arguments],
        inputs = depset(
            [stripped, ctx.file._version, ctx.file._dpkg_status] + licenses +
            ctx.files.linked_archives + ctx.files._assembler,
        ),
        outputs = [layout, digest],
        # dpkg's other records and /usr are this machine's.
        execution_requirements = {"no-remote-exec": "1"},
        mnemonic = "OciImage",
        progress_message = "Assembling the image %s" % ctx.label.name,
    )
    return [
        DefaultInfo(files = depset([layout]), runfiles = ctx.runfiles(files = [layout, digest])),
        OutputGroupInfo(digest = depset([digest])),
    ]

oci_image = rule(
    implementation = _oci_image_impl,
    doc = _DOC,
    attrs = {
        "binary": attr.label(mandatory = True, executable = True, cfg = "target"),
        "description": attr.string(mandatory = True, doc = "One sentence about the image."),
        "linked_licenses": attr.label_keyed_string_dict(
            allow_files = True,
            doc = "License files of what is compiled in and in no Debian package, with names.",
        ),
        "compiled_packages": attr.string_list(
            doc = "Debian packages of header-only libraries that are compiled in.",
        ),
        "linked_archives": attr.label_list(
            allow_files = [".a"],
            doc = "Debian's static libraries, or links to them.",
        ),
        "ports": attr.int_list(doc = "TCP ports that the program listens on by convention."),
        "_assembler": attr.label(default = ":assembler"),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
        "_dpkg_status": attr.label(default = "@dpkg//:status", allow_single_file = True),
        "_version": attr.label(default = "//base:version.h", allow_single_file = True),
    },
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
