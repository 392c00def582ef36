"""A test that images would be admitted. See docs/bazel.md."""

_BY_DIGEST = "@sha256:"

def image_policy_test(name, images, policy = [], keys = [], server = "", tags = [], **kwargs):
    """Fails, with the reason, where one of the images would not be admitted.

    By what it is judged: `policy`, `keys`, both, or a `server`, which has a policy of its own.

    The result is kept as long as nothing here changes, if every image is named by its digest and no server is
    asked. Otherwise it is tagged external, which runs it each time.

    Args:
      name: of the test.
      images: as workloads name them, such as registry.example.org/shop/web@sha256:….
      policy: files with Kubernetes objects in YAML or JSON: the ClusterImagePolicy and, where they are needed
        for credentials, Secrets and ServiceAccounts.
      keys: PEM files with public keys. Every image must be signed by one of them, whatever the policy says.
      server: a verifier, as host:port.
      tags: besides requires-network and, where it applies, external.
      **kwargs: the other attributes of the rule, and those of every test.
    """
    if server and (policy or keys):
        fail("%s: a server has a policy of its own; neither policy nor keys can be given with it" % name)
    if not server and not policy and not keys:
        fail("%s: say by what to judge: policy, keys or server" % name)
    lasting = not server and type(images) == "list" and all([_BY_DIGEST in image for image in images])
    kwargs.setdefault("size", "small")
    _image_policy_test(
        name = name,
        images = images,
        policy = policy,
        keys = keys,
        server = server,
        tags = tags + ["requires-network"] + ([] if lasting else ["external"]),
        **kwargs
    )

def _image_policy_test_impl(ctx):
    flags = ["--namespace=" + ctx.attr.namespace]
    files = list(ctx.files.policy)
    for name in ["service_account", "server", "server_name"]:
        if getattr(ctx.attr, name):
            flag = "server-server-name" if name == "server_name" else name.replace("_", "-")
            flags.append("--%s=%s" % (flag, getattr(ctx.attr, name)))
    flags += ["--image-pull-secret=" + name for name in ctx.attr.image_pull_secrets]
    flags += ["--insecure-registry=" + host for host in ctx.attr.insecure_registries]
    if ctx.attr.allow_unmatched_images:
        flags.append("--allow-unmatched-images")
    for name in ["key", "registry_ca", "docker_config", "server_ca", "server_cert", "server_key"]:
        for file in getattr(ctx.files, "keys" if name == "key" else name):
            flags.append("--%s=%s" % (name.replace("_", "-"), file.short_path))
            files.append(file)

    policy = [file.short_path for file in ctx.files.policy]
    words = [ctx.executable.countersign.short_path, str(len(policy))] + policy + flags + ["--"] + ctx.attr.images
    script = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(
        script,
        "#!/bin/bash\nexec %s %s\n" % (
            _quoted(ctx.file._run.short_path),
            " ".join([_quoted(word) for word in words]),
        ),
        is_executable = True,
    )
    runfiles = ctx.runfiles(files = files + [ctx.file._run, ctx.executable.countersign])
    return [DefaultInfo(
        executable = script,
        runfiles = runfiles.merge(ctx.attr.countersign[DefaultInfo].default_runfiles),
    )]

def _quoted(word):
    return "'" + word.replace("'", "'\\''") + "'"

_image_policy_test = rule(
    implementation = _image_policy_test_impl,
    test = True,
    attrs = {
        "allow_unmatched_images": attr.bool(doc = "Admit what no pattern of `policy` matches."),
        "countersign": attr.label(
            allow_files = True,
            cfg = "target",
            default = "//bazel:countersign",
            doc = "The command.",
            executable = True,
        ),
        "docker_config": attr.label(
            allow_single_file = True,
            doc = "Docker's configuration file, with registry credentials or helpers. Without it, the user's own, " +
                  "if the test sees HOME or DOCKER_CONFIG (--test_env).",
        ),
        "image_pull_secrets": attr.string_list(doc = "Of the workload: names of Secrets in `namespace`."),
        "images": attr.string_list(mandatory = True, allow_empty = False),
        "insecure_registries": attr.string_list(doc = "Registries, as host:port, that may speak plain HTTP."),
        "keys": attr.label_list(allow_files = True),
        "namespace": attr.string(default = "default", doc = "That the images would run in."),
        "policy": attr.label_list(allow_files = [".json", ".yaml", ".yml"]),
        "registry_ca": attr.label_list(
            allow_files = True,
            doc = "PEM files with authorities trusted for registries, beside the system's.",
        ),
        "server": attr.string(),
        "server_ca": attr.label(allow_single_file = True, doc = "PEM file with the verifier's authority."),
        "server_cert": attr.label(allow_single_file = True, doc = "PEM file to show to the verifier."),
        "server_key": attr.label(allow_single_file = True, doc = "PEM file with that certificate's key."),
        "server_name": attr.string(doc = "In the verifier's certificate, if not the host in `server`."),
        "service_account": attr.string(doc = "That the images would run as."),
        "_run": attr.label(default = "//bazel:image_policy_test.sh", allow_single_file = True),
    },
)
