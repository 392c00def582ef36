"""Debian's static libraries as files of a repository, so that Bazel links anew what a package's update changes."""

def link_archives(ctx, names):
    """Links to these in the repository's root, wherever the compiler has them."""
    for name in names:
        found = ctx.execute(["gcc", "-print-file-name=" + name])
        path = found.stdout.strip()
        if found.return_code != 0:
            fail("gcc could not be asked for %s: %s" % (name, found.stderr))
        if not path.startswith("/"):
            fail("%s is not installed; ./dev setup installs it" % name)
        ctx.symlink(path, name)
