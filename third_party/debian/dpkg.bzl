"""What dpkg says is installed, for actions that read more of this machine than compilers do."""

_STATUS = "/var/lib/dpkg/status"

def _dpkg_impl(ctx):
    if not ctx.path(_STATUS).exists:
        fail("%s is missing: this is no Debian system" % _STATUS)

    # A link, so that Bazel sees the file change when packages do.
    ctx.symlink(_STATUS, "status")
    ctx.file("BUILD.bazel", "exports_files([\"status\"])\n")

dpkg = repository_rule(
    implementation = _dpkg_impl,
    doc = "@dpkg//:status is dpkg's record of the installed packages and their versions.",
    local = True,
)
