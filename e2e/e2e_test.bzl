"""The macro that declares the end-to-end tests."""

# Of the sizes that Bazel knows, by how long they may take.
_TIMEOUTS = {"small": "short", "medium": "moderate", "large": "long"}

def e2e_test(name, size = "medium", data = [], cases = None):
    """The Python unittest name.py, with the programs and the test data as they are built now.

    With --config=asan the programs are the sanitized ones.

    Args:
      name: of the test and, with .py, of its file, which may be in a folder.
      size: how long it may take, as Bazel means it: "small", "medium" or "large".
      data: what it opens besides.
      cases: the Python class of the test cases, of a module in data, if it has no file of its own.
    """
    native.sh_test(
        name = name,
        # They wait for each other's programs half of their time. This is what Bazel has for what takes less than half of a
        # processor, so that more of them run at a time (.bazelrc: --jobs).
        size = "enormous",
        timeout = _TIMEOUTS[size],
        srcs = ["run_test.sh"],
        args = [cases or "e2e." + name.replace("/", ".")],
        data = ([] if cases else [name + ".py"]) + [":stack"] + data,
    )
