"""How code that includes BoringSSL's headers is compiled."""

# -isystem comes before the system's own directories, where OpenSSL's headers of the same names are. The
# second directory is for @boringssl//:curve25519_internal: #include "crypto/curve25519/internal.h".
BORINGSSL_COPTS = [
    "-DBORINGSSL_PREFIX=countersign",
    "-isystem",
    "external/boringssl/src/include",
    "-isystem",
    "external/boringssl/src",
    "-isystem",
    "$(GENDIR)/external/boringssl/prefixed",
]

def boringssl_copts(deps):
    """The copts for a target with these deps: none unless BoringSSL is one of them."""
    for dep in deps:
        if dep.startswith("@boringssl//"):
            return BORINGSSL_COPTS
    return []
