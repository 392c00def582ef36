"""Data that others made and that tests read where it lies: it is no part of the checkout.

It is looked for beside the checkout, in ../shared/data, or in the folder that COUNTERSIGN_SHARED_DATA names.
"""

_VARIABLE = "COUNTERSIGN_SHARED_DATA"

def _folder_of_all(ctx):
    named = ctx.os.environ.get(_VARIABLE, "")
    if not named:
        beside = ctx.path(Label("//:WORKSPACE")).dirname.dirname
        return beside.get_child("shared").get_child("data")
    if not named.startswith("/"):
        fail("%s must be an absolute path, not %s" % (_VARIABLE, named))
    return ctx.path(named)

def _shared_data_impl(ctx):
    folder = _folder_of_all(ctx).get_child(ctx.attr.folder)
    if folder.exists:
        ctx.symlink(folder, "data")
        status = "present"
    elif ctx.os.environ.get("CI", "") == "true":
        status = "missing"
    else:
        status = "absent"
    ctx.file("status", status + "\n")
    ctx.file("BUILD.bazel", """
package(default_visibility = ["//visibility:public"])

exports_files(["status"])

filegroup(
    name = "files",
    srcs = glob(["data/**"], allow_empty = True),
)
""")

shared_data = repository_rule(
    implementation = _shared_data_impl,
    attrs = {"folder": attr.string(mandatory = True, doc = "Of the folder of all such data.")},
    doc = """//:files of the repository are the files of the folder, none where it is not there.

Its file status says which: present, absent, or missing, if that is to be a failure (CI=true). A folder that comes or
goes is noticed when Bazel's server starts, or after `bazel sync --only=NAME`; a changed file at once.""",
    environ = [
        "CI",
        _VARIABLE,
    ],
    local = True,
)
