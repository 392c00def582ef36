"""What stands for the command until somebody says where it is."""

def _not_given_impl(_ctx):
    fail("image_policy_test needs the countersign command: give its label, in .bazelrc: " +
         "build --@countersign//bazel:countersign=LABEL")

not_given = rule(
    implementation = _not_given_impl,
    # A rule that makes something to run, as the flag's users ask for.
    executable = True,
)
