"""Which part of an admission a function belongs to, by its name and by what it was loaded from. Pure."""

from __future__ import annotations

import dataclasses
import re

# What is sampled while interrupts are off counts where they are let in again: at the end of a switch between threads,
# and, for the most part, of waking one.
_SWITCHING = "|".join([
    r"finish_task_switch", r"_raw_spin_unlock_irq", r"(__)?schedule", r"__switch_to", r"switch_mm", r"context_switch",
    r"(__|do_|__x64_sys_)?futex", r"wake_", r"try_to_wake", r"ttwu", r"(de|en)queue_", r"pick_next",
    r"update_(curr|load|rq)", r"select_task", r"sched_", r"resched", r"(__)?rseq_", r"plist_", r"hrtimer", r"psi_",
    r"cpuacct", r"native_queued_spin"])
_MALLOC = "|".join([
    r"(__libc_)?(malloc|calloc|realloc|memalign|free)\b", r"cfree", r"_int_(malloc|free|realloc|memalign)", r"malloc_",
    r"unlink_chunk", r"tcache_", r"sys(malloc|trim)", r"arena_get", r"operator (new|delete)"])
_BASE = r"countersign::base::(\(anonymous namespace\)::)?"
_JSON = rf"simdjson|nlohmann|boost::json|{_BASE}(\w*Json|Walk::|TryToExtract)"
_BORINGSSL = "|".join([
    r"sha\d", r"bn_", r"ecp?_", r"ecdsa_", r"felem_", r"(fiat|p256|p224|x25519|ge|fe|sc)_", r"rsa_", r"asn1_", r"x509_",
    r"ChaCha", r"(aes|gcm|ghash|vpaes)"])
_LOGGING = "|".join([
    rf"{_BASE}(\w*Log|\w*TraceContext)", r"countersign::\w+::\w*Log(::|$)", r"prometheus::", r"__strftime",
    r"absl::\w+::FormatTime"])


@dataclasses.dataclass(frozen=True)
class _Rule:
    """Holds of a function whose name begins as `name` says, in what begins as `loaded` says; both are patterns."""

    group: str
    name: str = ""
    loaded: str = ""


_OTHER = "other: text and memory moved (libc, libstdc++), the clock"
# The first that holds is the one.
_RULES = (
    _Rule("kernel: switching and waking threads", _SWITCHING, r"\[(kernel|guest)"),
    _Rule("kernel: the rest, sockets for the most part", "", r"\[(kernel|guest)"),
    _Rule("malloc", _MALLOC),
    _Rule("TLS (OpenSSL)", "", r"lib(ssl|crypto)\.so"),
    _Rule("TLS (OpenSSL)", r"boost::asio::ssl|tsi_|(do_)?ssl_|grpc_core::(Ssl|Tls|SecureEndpoint)|countersign::\w+::\w*Tls"),
    _Rule("JSON", _JSON),
    _Rule("JSON", "", r"libsimdjson\.so"),
    _Rule("protobuf", r"google::protobuf|countersign::v1::"),
    # perf leaves names as they are that are very long.
    _Rule("gRPC", r"grpc::|grpc_core::|grpc_|gpr_|_ZNK?(9grpc_core|4grpc)"),
    _Rule("logging and metrics", _LOGGING),
    _Rule("public key and hashes", r"countersign::crypto::|bssl::|countersign_\w+"),
    # C in our programs is BoringSSL's, with these beginnings where it has no prefix, or gRPC's.
    _Rule("public key and hashes", _BORINGSSL, r"countersign"),
    _Rule("gRPC", r"[A-Za-z]\w*(\.\w+)*$", r"countersign"),
    _Rule("policy", r"countersign::(policy|cosign|oci)::"),
    _Rule("HTTP (Boost.Beast and Asio)", r"boost::|countersign::http::"),
    _Rule("the rest of Countersign", r"countersign::"),
    _Rule("Abseil: locks, time, text", r"absl::|Absl"),
)
# As the report has them.
GROUPS = (*dict.fromkeys(rule.group for rule in _RULES), _OTHER)
_COMPILED = [(re.compile(rule.name), re.compile(rule.loaded), rule.group) for rule in _RULES]
_LONGEST = 72


def group_of(name: str, loaded: str) -> str:
    """`loaded` is the last part of a path, or as perf says what has none: "[kernel.kallsyms]"."""
    return next((group for by_name, by_loaded, group in _COMPILED if by_name.match(name) and by_loaded.match(loaded)),
                _OTHER)


def shortened(name: str) -> str:
    """Without what templates are made of, and cut."""
    while True:
        shorter = re.sub(r"<[^<>]+>", "<>", name.replace("<>", "…"))
        if shorter == name:
            break
        name = shorter
    name = re.sub(r"…+", "<…>", name.replace("<>", "…"))
    return name if len(name) <= _LONGEST else name[:_LONGEST - 1] + "…"


@dataclasses.dataclass(frozen=True)
class Sample:
    pid: int
    name: str
    loaded: str


_SAMPLE = re.compile(r"\s*(\d+)\s+[0-9a-f]+\s+(.+?) \((/[^()]*|\[[^()]*\]|[^() ]+)(?: \(deleted\))?\)$")


def read_samples(text: str) -> list[Sample]:
    """What `perf script -F pid,ip,sym,dso` writes; lines of another kind are left out."""
    found = (_SAMPLE.match(line) for line in text.splitlines())
    return [Sample(int(match[1]), match[2], _loaded(match[3])) for match in found if match]


def _loaded(path: str) -> str:
    return path if path.startswith("[") else path.rpartition("/")[2].strip()
