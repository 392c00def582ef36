"""The macros that declare our own C++ code: all of it is compiled with the warnings below as errors."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")
load(":boringssl.bzl", "boringssl_copts")
load(":precompiled.bzl", "precompiled_copts", "precompiled_deps", "precompiled_for")

OWN_COPTS = [
    "-Wall",
    "-Wextra",
    "-Werror",
    # Naming some members and leaving the rest at their defaults is what designated initializers are for.
    "-Wno-missing-field-initializers",
]

def cc_unit(
        name,
        deps = [],
        test_deps = [],
        header_only = False,
        test = True,
        fuzz = False,
        testonly = False,
        check_switches = False,
        test_data = [],
        test_size = "small",
        visibility = None):
    """Declares the unit `name`: name.h, name.cc, name_test.cc and name_fuzz.cc, as far as it has them.

    Makes the library `name`, the GoogleTest test `name_test`, and with `fuzz` the test `name_fuzz`, which
    replays the corpus name_fuzz_corpus/ (see //tools:fuzz_replay). With `check_switches` it also makes
    `name_switched`, the same for tests in which checks can be left out: a program that has it takes it instead.

    Args:
      name: of the library and, with an ending, of its files.
      deps: what name.h and name.cc include.
      test_deps: what name_test.cc and name_fuzz.cc include besides `deps`.
      header_only: there is no name.cc.
      test: there is a name_test.cc.
      fuzz: there is a name_fuzz.cc, which defines LLVMFuzzerTestOneInput.
      testonly: only tests may use the library.
      check_switches: name.cc asks crypto/check_switch.h which checks are left out.
      test_data: files that name_test.cc opens, from the workspace's root.
      test_size: of name_test, as Bazel means it: how long it may take.
      visibility: of the library, where it is not the package's.
    """
    precompiled = precompiled_for("unit", deps)
    cc_library(
        name = name,
        srcs = [] if header_only else [name + ".cc"],
        hdrs = [name + ".h"],
        copts = OWN_COPTS + boringssl_copts(deps) + precompiled_copts(precompiled),
        testonly = testonly,
        visibility = visibility,
        deps = deps + precompiled_deps(precompiled),
    )
    if check_switches:
        cc_library(
            name = name + "_switched",
            srcs = [name + ".cc"],
            copts = OWN_COPTS + boringssl_copts(deps) + precompiled_copts(precompiled),
            local_defines = ["COUNTERSIGN_CHECK_SWITCHES"],
            testonly = True,
            # So that nothing is looked up in the library as it is shipped.
            alwayslink = True,
            deps = [":" + name] + deps + precompiled_deps(precompiled),
        )
    if test:
        cc_unit_test(
            name = name + "_test",
            size = test_size,
            data = test_data,
            deps = [":" + name] + _without(test_deps, deps) + deps,
        )
    if fuzz:
        _fuzz_test(name, [":" + name] + _without(test_deps, deps) + deps)

def cc_unit_test(name, deps = [], data = [], size = "small", **kwargs):
    """A GoogleTest test `name` of the file name.cc alone, for what belongs to no single unit."""
    precompiled = precompiled_for("test", deps)
    cc_test(
        name = name,
        size = size,
        srcs = [name + ".cc"],
        copts = OWN_COPTS + boringssl_copts(deps) + precompiled_copts(precompiled),
        data = data,
        deps = _without(["@com_google_googletest//:gtest_main"], deps) + deps + precompiled_deps(precompiled),
        **kwargs
    )

def cc_program(name, main, deps = [], **kwargs):
    """The program `name`, whose main() is in the file `main`; what runs whole programs may use it."""
    precompiled = precompiled_for("unit", deps)
    cc_binary(
        name = name,
        srcs = [main],
        copts = OWN_COPTS + boringssl_copts(deps) + precompiled_copts(precompiled),
        visibility = [
            "//bench:__pkg__",
            "//deploy/images:__pkg__",
            "//e2e:__pkg__",
            "//tools:__pkg__",
        ],
        deps = deps + precompiled_deps(precompiled),
        **kwargs
    )

def cc_bench(name, deps = [], data = []):
    """The Google Benchmark program `name` of the file name.cc; run it with --config=opt."""
    precompiled = precompiled_for("unit", deps)
    cc_binary(
        name = name,
        testonly = True,
        srcs = [name + ".cc"],
        copts = OWN_COPTS + boringssl_copts(deps) + precompiled_copts(precompiled),
        data = data,
        deps = _without(["@com_github_google_benchmark//:benchmark_main"], deps) + deps + precompiled_deps(precompiled),
    )

def _fuzz_test(name, deps):
    corpus = native.glob([name + "_fuzz_corpus/**"], allow_empty = True)
    cc_test(
        name = name + "_fuzz",
        size = "small",
        srcs = [name + "_fuzz.cc"],
        args = ["$(rootpath %s)" % file for file in corpus],
        copts = OWN_COPTS + boringssl_copts(deps) + precompiled_copts("unit"),
        data = corpus,
        deps = _without(["//tools:fuzz_replay"], deps) + deps + precompiled_deps("unit"),
    )

def _without(labels, excluded):
    return [label for label in labels if label not in excluded]
