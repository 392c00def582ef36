"""Debian's C++ libraries as external repositories under their canonical names."""

load(":abseil.bzl", "abseil_source", "debian_abseil")
load(":nlohmann_json.bzl", "debian_nlohmann_json")

def _debian_library_impl(ctx):
    ctx.symlink(ctx.attr.build_file, "BUILD.bazel")
    for link, target in ctx.attr.programs.items():
        if not ctx.path(target).exists:
            fail("%s is not installed; ./dev setup installs it" % target)
        ctx.symlink(target, link)

# Headers are in the compiler's default directories and libraries in the linker's, so that a repository is a
# BUILD file of link options and, where it has some, links to the library's programs.
_debian_library = repository_rule(
    implementation = _debian_library_impl,
    attrs = {
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
    "com_googlesource_code_re2": "re2.BUILD",
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
        build_file = "//third_party/debian:protobuf.BUILD",
        programs = {"protoc": "/usr/bin/protoc"},
    )
    _debian_library(
        name = "com_github_grpc_grpc",
        build_file = "//third_party/debian:grpc.BUILD",
        programs = {"grpc_cpp_plugin": "/usr/bin/grpc_cpp_plugin"},
    )
    for name, build_file in _LIBRARIES.items():
        _debian_library(
            name = name,
            build_file = "//third_party/debian:" + build_file,
        )
