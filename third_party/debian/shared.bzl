"""How Debian's shared libraries are linked."""

def shared(name):
    """Link options for a shared library, and for those behind it, that are kept where they are used: Bazel's compiler says
    that all are."""
    return ["-Wl,--as-needed", "-l" + name]
