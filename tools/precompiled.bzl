"""Headers that are compiled once for all the files that begin with them, in configurations that ask for it."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "CPP_COMPILE_ACTION_NAME")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def precompiled_for(kind, deps):
    """The name of the `precompiled_header` for a file of the `kind` "unit" or "test" that includes headers of `deps`."""
    return kind + "_with_flags" if "@cli11//:cli11" in deps else kind

def precompiled_copts(name):
    """The options of a file that may begin with the `precompiled_header` `name` of //tools/precompiled."""
    return select({
        "//tools/precompiled:wanted": ["-include", "$(BINDIR)/tools/precompiled/%s.h" % name, "-Winvalid-pch"],
        "//conditions:default": [],
    })

def precompiled_deps(name):
    """What a target depends on whose files have those options."""
    return select({
        "//tools/precompiled:wanted": ["//tools/precompiled:" + name],
        "//conditions:default": [],
    })

# For clang: templates are instantiated once, too, and what is inline is compiled once, into an object for all; and the times
# of files are not kept, as some are written anew with each start of Bazel.
_CLANG = [
    "-fpch-instantiate-templates",
    "-fpch-codegen",
    "-Xclang",
    "-fno-pch-timestamp",
]

# Clang names in it each file that it read by its absolute path, and looks for those. A sandbox's would be gone, so it is
# made outside of one, and for this checkout alone. GCC's is good wherever it is, but never twice the same: what is
# compiled with it is found again only with it.
_WHERE_OF_CLANG = {
    "no-remote-cache": "1",
    "no-sandbox": "1",
}

def _precompiled_header_impl(ctx):
    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    is_clang = "clang" in toolchain.compiler
    dependencies = cc_common.merge_cc_infos(cc_infos = [dep[CcInfo] for dep in ctx.attr.deps])
    context = dependencies.compilation_context
    sources = depset([ctx.file.src] + ctx.files.hdrs)

    # The compiler takes NAME.h.gch for NAME.h where the two are beside each other. Were it not there, it would read NAME.h
    # without a word, and nobody would know why everything takes twice as long.
    header = ctx.actions.declare_file(ctx.label.name + ".h")
    compiled = ctx.actions.declare_file(ctx.label.name + ".h.gch")
    ctx.actions.write(header, "#error it is not there as it was compiled: %s\n" % compiled.short_path)
    _compile(
        ctx,
        toolchain,
        features,
        source = ctx.file.src,
        inputs = depset(transitive = [sources, context.headers]),
        output = compiled,
        # Not those for quotes: outside of a sandbox, files would be found there that are not among the inputs.
        include_directories = context.includes,
        system_include_directories = context.system_includes,
        flags = (_CLANG if is_clang else []) + ["-x", "c++-header"],
        execution_requirements = _WHERE_OF_CLANG if is_clang else {},
    )
    own = [CcInfo(compilation_context = cc_common.create_compilation_context(headers = depset([header, compiled], transitive = [sources])))]
    if is_clang:
        own.append(_what_is_inline(ctx, toolchain, features, compiled, depset(transitive = [sources, context.headers])))
    return [
        DefaultInfo(files = depset([compiled])),
        cc_common.merge_cc_infos(direct_cc_infos = own, cc_infos = [dep[CcInfo] for dep in ctx.attr.deps]),
    ]

def _what_is_inline(ctx, toolchain, features, compiled, headers):
    """The object of what is inline in the header `compiled`, which files that begin with it have no code for."""
    object = ctx.actions.declare_file(ctx.label.name + ".pic.o")
    _compile(
        ctx,
        toolchain,
        features,
        source = compiled,
        inputs = headers,
        output = object,
        flags = ["-Wno-unused-command-line-argument"],
        execution_requirements = _WHERE_OF_CLANG,
    )
    linking, _ = cc_common.create_linking_context_from_compilation_outputs(
        name = ctx.label.name,
        actions = ctx.actions,
        feature_configuration = features,
        cc_toolchain = toolchain,
        compilation_outputs = cc_common.create_compilation_outputs(pic_objects = depset([object])),
        disallow_dynamic_library = True,
    )
    return CcInfo(linking_context = linking)

def _compile(ctx, toolchain, features, source, inputs, output, flags, execution_requirements, **variables):
    """Compiles the file `source` as all others are, with `flags` besides, into the file `output`."""
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        source_file = source.path,
        output_file = output.path,
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts + flags,
        use_pic = True,
        **variables
    )
    ctx.actions.run(
        mnemonic = "CppPrecompile",
        progress_message = "Compiling %s" % output.short_path,
        executable = cc_common.get_tool_for_action(
            feature_configuration = features,
            action_name = CPP_COMPILE_ACTION_NAME,
        ),
        arguments = cc_common.get_memory_inefficient_command_line(
            feature_configuration = features,
            action_name = CPP_COMPILE_ACTION_NAME,
            variables = variables,
        ),
        env = cc_common.get_environment_variables(
            feature_configuration = features,
            action_name = CPP_COMPILE_ACTION_NAME,
            variables = variables,
        ),
        inputs = depset([source], transitive = [inputs, toolchain.all_files]),
        outputs = [output],
        execution_requirements = execution_requirements,
    )

precompiled_header = rule(
    implementation = _precompiled_header_impl,
    attrs = {
        "src": attr.label(mandatory = True, allow_single_file = [".h"]),
        "hdrs": attr.label_list(allow_files = [".h"], doc = "What `src` includes of what is beside it."),
        "deps": attr.label_list(providers = [CcInfo], doc = "What `src` includes of others."),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
