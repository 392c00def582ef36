"""BoringSSL from Debian's source package."""

def _boringssl_impl(ctx):
    fetch = ctx.path(Label("//third_party:fetch_source_package.sh"))
    sums = ctx.path(Label("//third_party/boringssl:android-platform-external-boringssl_13.0.0+r24-2.sha256"))
    build_file = ctx.path(Label("//third_party/boringssl:boringssl.BUILD"))
    result = ctx.execute([fetch, sums, "source"], timeout = 900)
    if result.return_code != 0:
        fail("BoringSSL could not be fetched:\n" + result.stderr)
    ctx.execute(["mv", "source/BUILD.generated.bzl", "source/err_data.c", "source/include", "source/src", "."])
    for directory in ["linux-aarch64", "linux-x86_64"]:
        ctx.execute(["mv", "source/" + directory, "."])
    ctx.delete("source")
    ctx.symlink(build_file, "BUILD.bazel")

boringssl = repository_rule(implementation = _boringssl_impl)
