"""Debian's C++ libraries as external repositories under their canonical names."""

load(":abseil.bzl", "abseil_source", "debian_abseil")
load(":archives.bzl", "link_archives")
load(":nlohmann_json.bzl", "debian_nlohmann_json")

def _debian_library_impl(ctx):
    ctx.symlink(ctx.attr.build_file, "BUILD.bazel")
    link_archives(ctx, ctx.attr.archives)
    for link, target in ctx.attr.programs.items():
        if not ctx.path(target).exists:
            fail("%s is not installed; ./dev setup installs it" % target)
        ctx.symlink(target, link)

# Headers are in the compiler's default directories and shared libraries in the linker's, so that a repository is a
# BUILD file of link options and, where it has some, links to the library's programs, and to the archives of what is
# linked statically (docs/decisions/0020-grpc-is-linked-statically.md). Of the shared ones the linker keeps those that
# are used.
_debian_library = repository_rule(
    implementation = _debian_library_impl,
    attrs = {
        "archives": attr.string_list(doc = "Names such as libz.a, under which the repository has them, too."),
        "build_file": attr.label(mandatory = True),
        "programs": attr.string_dict(doc = "Name in the repository to absolute path."),
    },
    local = True,
)

_LIBRARIES = {
    "boost": "boost.BUILD",
    "cli11": "cli11.BUILD",
    "com_github_google_benchmark": "benchmark.BUILD",
    "com_github_jupp0r_prometheus_cpp": "prometheus_cpp.BUILD",
    "com_google_googletest": "googletest.BUILD",
    "curl": "curl.BUILD",
    "openssl": "openssl.BUILD",
    "simdjson": "simdjson.BUILD",
    "yaml_cpp": "yaml_cpp.BUILD",
    "zlib": "zlib.BUILD",
}

def debian_libraries():
    """Declares every repository of a Debian library."""
    debian_abseil(name = "com_google_absl")
    abseil_source(name = "abseil_source")
    debian_nlohmann_json(name = "nlohmann_json")
    _debian_library(
        name = "com_google_protobuf",
        archives = ["libprotobuf.a"],
        build_file = "//third_party/debian:protobuf.BUILD",
        programs = {"protoc": "/usr/bin/protoc"},
    )
    _debian_library(
        name = "com_github_grpc_grpc",
        archives = [
            "libaddress_sorting.a",
            "libcares.a",
            "libgpr.a",
            "libgrpc++.a",
            "libgrpc++_reflection.a",
            "libgrpc.a",
            "libupb.a",
        ],
        build_file = "//third_party/debian:grpc.BUILD",
        programs = {"grpc_cpp_plugin": "/usr/bin/grpc_cpp_plugin"},
    )
    _debian_library(
        name = "com_googlesource_code_re2",
        archives = ["libre2.a"],
        build_file = "//third_party/debian:re2.BUILD",
    )
    for name, build_file in _LIBRARIES.items():
        _debian_library(
            name = name,
            build_file = "//third_party/debian:" + build_file,
        )
