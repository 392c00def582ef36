"""Debian's JSON library, without its literal for JSON texts."""

# Whatever includes the header would compile the whole parser for this operator, used or not: half a second of GCC's time
# a file.
_LITERAL = [
    """\
JSON_HEDLEY_NON_NULL(1)
inline nlohmann::json operator "" _json(const char* s, std::size_t n)
{
    return nlohmann::json::parse(s, s + n);
}
""",
    """\
    using nlohmann::literals::json_literals::operator "" _json; \
// NOLINT(misc-unused-using-decls,google-global-names-in-headers)
""",
]

_HEADER = "nlohmann/json.hpp"

_BUILD = """\
load("@rules_cc//cc:defs.bzl", "cc_library")

cc_library(
    name = "json",
    hdrs = ["include/%s"],
    includes = ["include"],
    visibility = ["//visibility:public"],
)
""" % _HEADER

def _debian_nlohmann_json_impl(ctx):
    text = ctx.read("/usr/include/" + _HEADER)
    for lines in _LITERAL:
        if text.count(lines) != 1:
            fail("%s is not the header that was expected: it does not have the lines %s" % (_HEADER, lines))
        text = text.replace(lines, "")
    ctx.file("include/" + _HEADER, text)
    ctx.file("BUILD.bazel", _BUILD)

debian_nlohmann_json = repository_rule(
    implementation = _debian_nlohmann_json_impl,
    local = True,
)
