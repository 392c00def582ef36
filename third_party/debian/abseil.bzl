"""Debian's Abseil under the labels of Abseil's own BUILD files."""

load(":archives.bzl", "link_archives")

# Every label links all of these as one archive, of which the linker takes what is used: the closure of each label
# would be long, and different in each release.
_LIBRARIES = [
    "bad_any_cast_impl",
    "bad_optional_access",
    "bad_variant_access",
    "base",
    "city",
    "civil_time",
    "cord",
    "cord_internal",
    "cordz_functions",
    "cordz_handle",
    "cordz_info",
    "debugging_internal",
    "demangle_internal",
    "examine_stack",
    "exponential_biased",
    "failure_signal_handler",
    "graphcycles_internal",
    "hash",
    "hashtablez_sampler",
    "int128",
    "log_severity",
    "low_level_hash",
    "malloc_internal",
    "random_distributions",
    "random_internal_platform",
    "random_internal_pool_urbg",
    "random_internal_randen",
    "random_internal_randen_hwaes",
    "random_internal_randen_hwaes_impl",
    "random_internal_randen_slow",
    "random_internal_seed_material",
    "random_seed_gen_exception",
    "random_seed_sequences",
    "raw_hash_set",
    "raw_logging_internal",
    "spinlock_wait",
    "stacktrace",
    "status",
    "statusor",
    "str_format_internal",
    "strerror",
    "strings",
    "strings_internal",
    "symbolize",
    "synchronization",
    "throw_delegate",
    "time",
    "time_zone",
]

_PACKAGES = {
    "algorithm": ["algorithm", "container"],
    "base": ["base", "config", "core_headers", "dynamic_annotations", "endian", "log_severity"],
    "cleanup": ["cleanup"],
    "container": [
        "btree",
        "fixed_array",
        "flat_hash_map",
        "flat_hash_set",
        "inlined_vector",
        "node_hash_map",
        "node_hash_set",
    ],
    "debugging": ["failure_signal_handler", "stacktrace", "symbolize"],
    "functional": ["any_invocable", "bind_front", "function_ref"],
    "hash": ["hash"],
    "memory": ["memory"],
    "meta": ["type_traits"],
    "numeric": ["bits", "int128"],
    "random": ["bit_gen_ref", "distributions", "random", "seed_sequences"],
    "status": ["status", "statusor"],
    "strings": ["cord", "str_format", "strings"],
    "synchronization": ["synchronization"],
    "time": ["time"],
    "types": ["any", "compare", "optional", "span", "variant"],
    "utility": ["utility"],
}

# Debian builds Abseil with a string_view of its own, so that the ABI does not depend on the language version.
# Code written for an absl::string_view that is std::string_view, as elsewhere, needs the two to convert into
# each other. These headers are copied with the lines added that do that: inline functions only, so that the
# layout and the symbols of Debian's libraries stay what they are. Each is (header, line, what follows it).
_STRING_VIEW_CONVERSIONS = [
    (
        "absl/strings/string_view.h",
        "  constexpr string_view() noexcept : ptr_(nullptr), length_(0) {}\n",
        """\
  constexpr string_view(std::string_view text) noexcept : ptr_(text.data()), length_(text.size()) {}
  constexpr operator std::string_view() const noexcept { return std::string_view(ptr_, length_); }
""",
    ),
    (
        "absl/strings/str_cat.h",
        "  AlphaNum(absl::string_view pc) : piece_(pc) {}  // NOLINT(runtime/explicit)\n",
        "  AlphaNum(std::string_view text) : piece_(text) {}\n",
    ),
    (
        "absl/strings/internal/str_split_internal.h",
        "  ConvertibleToStringView(char* s) : value_(s) {}  // NOLINT(runtime/explicit)\n",
        "  ConvertibleToStringView(std::string_view s) : value_(s) {}\n",
    ),
]

_ROOT_BUILD = """\
load("@rules_cc//cc:defs.bzl", "cc_library")

filegroup(
    name = "archives",
    srcs = {archives},
    visibility = ["//visibility:public"],
)

cc_library(
    name = "headers",
    hdrs = glob(["include/**/*.h"]),
    includes = ["include"],
    visibility = ["@abseil_source//:__pkg__"],
)

# One archive is searched until nothing more is found in it, so their order does not matter.
genrule(
    name = "archive",
    srcs = [":archives"],
    outs = ["libabsl.a"],
    cmd = "(echo create $@; for archive in $(SRCS); do echo addlib $$archive; done; echo save; echo end) | ar -M",
)

cc_library(
    name = "libraries",
    srcs = select({{
        "@countersign//tools:tsan": [],
        "//conditions:default": ["libabsl.a"],
    }}),
    linkopts = ["-lpthread"],
    visibility = ["//absl:__subpackages__"],
    deps = [":headers"] + select({{
        "@countersign//tools:tsan": ["@abseil_source//:objects"],
        "//conditions:default": [],
    }}),
)
"""

_PACKAGE_BUILD = """\
load("@rules_cc//cc:defs.bzl", "cc_library")

package(default_visibility = ["//visibility:public"])

[cc_library(
    name = name,
    deps = ["//:libraries"],
) for name in {targets}]
"""

def _add_string_view_conversions(ctx):
    for header, line, addition in _STRING_VIEW_CONVERSIONS:
        text = ctx.read("/usr/include/" + header)
        if text.count(line) != 1:
            fail("%s is not the Abseil header that was expected: it does not have the line %s" % (header, line))
        ctx.file(
            "include/" + header,
            "#include <string_view>\n" + text.replace(line, line + addition),
        )

def _debian_abseil_impl(ctx):
    if "#define ABSL_OPTION_USE_STD_STRING_VIEW 0" in ctx.read("/usr/include/absl/base/options.h"):
        _add_string_view_conversions(ctx)
    archives = ["libabsl_%s.a" % name for name in _LIBRARIES]
    link_archives(ctx, archives)
    ctx.file("BUILD.bazel", _ROOT_BUILD.format(archives = repr(archives)))
    for package, targets in _PACKAGES.items():
        ctx.file(
            "absl/%s/BUILD.bazel" % package,
            _PACKAGE_BUILD.format(targets = repr(targets)),
        )

debian_abseil = repository_rule(
    implementation = _debian_abseil_impl,
    local = True,
)

# The same Abseil from Debian's source package, for the one sanitizer that must see how locks are made. It is compiled
# with the headers of the installed package, to which Debian's patches made it equal.
_SOURCE_BUILD = """\
load("@rules_cc//cc:defs.bzl", "cc_library")

cc_library(
    name = "objects",
    srcs = glob(
        [
            "absl/**/*.cc",
            "absl/time/internal/cctz/src/*.h",
        ],
        exclude = [
            "absl/flags/**",
            "absl/hash/internal/print_hash_of.cc",
            "absl/**/*_test*",
            "absl/**/*test_*",
            "absl/**/*benchmark*",
            "absl/**/*mock*",
            "absl/**/*_gentables.cc",
            "absl/**/*testing*",
        ],
    ),
    # Later, std::atomic's default constructor writes, which the sanitizer takes for a race.
    copts = ["-w", "-std=c++17"] + select({
        "@platforms//cpu:x86_64": ["-maes", "-msse4.1"],
        "//conditions:default": [],
    }),
    linkopts = ["-lpthread"],
    visibility = ["@com_google_absl//:__pkg__"],
    deps = ["@com_google_absl//:headers"],
)
"""

def _abseil_source_impl(ctx):
    fetch = ctx.path(Label("//third_party:fetch_source_package.sh"))
    sums = ctx.path(Label("//third_party/debian:abseil_20220623.1-1+deb12u2.sha256"))
    result = ctx.execute([fetch, sums, "source"], timeout = 900)
    if result.return_code != 0:
        fail("Abseil could not be fetched:\n" + result.stderr)
    ctx.execute(["mv", "source/absl", "."])

    # The sanitizer takes a mapping for a write to all of it by the thread that asks. Of this memory Abseil makes what
    # threads wait in, between calls that tell the sanitizer not to look; so it must not see the mapping either.
    allocator = "absl/base/internal/low_level_alloc.cc"
    text = ctx.read(allocator)
    if text.count(" = mmap(") != 2:
        fail("%s is not the file that was expected" % allocator)
    ctx.file(allocator, text.replace(" = mmap(", " = base_internal::DirectMmap("))
    ctx.execute(["find", "absl", "-name", "BUILD.bazel", "-delete"])

    # Whatever depends on this looks for headers here first, and is to find those of the installed package.
    ctx.execute(
        ["find", "absl", "(", "-name", "*.h", "-o", "-name", "*.inc", ")"] +
        ["!", "-path", "absl/time/internal/cctz/src/*", "-delete"],
    )
    ctx.delete("source")
    ctx.file("BUILD.bazel", _SOURCE_BUILD)

abseil_source = repository_rule(implementation = _abseil_source_impl)
