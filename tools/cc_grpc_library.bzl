"""C++ messages and gRPC stubs from a .proto file."""

load("@rules_cc//cc:defs.bzl", "cc_library")
load(":precompiled.bzl", "precompiled_copts", "precompiled_deps")

def cc_grpc_library(name, src, visibility = None):
    """The library `name` with x.pb.h and x.grpc.pb.h of the proto file `src`, x.proto.

    Included by the path from the workspace's root, as the proto file itself would be imported.
    """
    stem = src[:-len(".proto")]
    headers = [stem + ".pb.h", stem + ".grpc.pb.h"]
    sources = [stem + ".pb.cc", stem + ".grpc.pb.cc"]
    native.genrule(
        name = name + "_sources",
        srcs = [src],
        outs = headers + sources,
        cmd = " ".join([
            "$(execpath @com_google_protobuf//:protoc)",
            "--plugin=protoc-gen-grpc=$(execpath @com_github_grpc_grpc//:grpc_cpp_plugin)",
            "--proto_path=.",
            "--cpp_out=$(GENDIR)",
            "--grpc_out=$(GENDIR)",
            "$(execpath %s)" % src,
        ]),
        tools = [
            "@com_github_grpc_grpc//:grpc_cpp_plugin",
            "@com_google_protobuf//:protoc",
        ],
        visibility = ["//visibility:private"],
    )
    cc_library(
        name = name,
        srcs = sources,
        hdrs = headers,
        copts = precompiled_copts("unit"),
        visibility = visibility,
        deps = [
            "@com_github_grpc_grpc//:grpc++",
            "@com_google_protobuf//:protobuf",
        ] + precompiled_deps("unit"),
    )
