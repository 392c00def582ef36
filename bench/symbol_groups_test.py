"""Nobody else claims: a profile's samples are read as perf writes them, and a function counts for the part of an
admission that it belongs to."""

from __future__ import annotations

import unittest

from bench.symbol_groups import GROUPS, Sample, group_of, read_samples, shortened

_TEXT = """ 25259 ffffffff8174e6e6 finish_task_switch.isra.0 ([kernel.kallsyms])
 25240      7fc2bf912ae5 SSL_read (/usr/lib/x86_64-linux-gnu/libssl.so.3)
 25240      55d2bf912ae5 countersign::base::(anonymous namespace)::Walk::Read (/tmp/built/shim/countersign-shim)
 25240      7fc2bf912ae5 [unknown] (/usr/lib/x86_64-linux-gnu/libcrypto.so.3)
 25240      7fc2bf912ae5 operator new (/usr/lib/libstdc++.so.6 (deleted))
perf: a warning

"""


class SymbolGroupsTest(unittest.TestCase):

    def test_lines_of_perf_are_read_and_others_left_out(self) -> None:
        self.assertEqual(read_samples(_TEXT), [
            Sample(25259, "finish_task_switch.isra.0", "[kernel.kallsyms]"),
            Sample(25240, "SSL_read", "libssl.so.3"),
            Sample(25240, "countersign::base::(anonymous namespace)::Walk::Read", "countersign-shim"),
            Sample(25240, "[unknown]", "libcrypto.so.3"),
            Sample(25240, "operator new", "libstdc++.so.6"),
        ])

    def test_a_function_counts_for_its_part(self) -> None:
        for name, loaded, group in [
                ("finish_task_switch.isra.0", "[kernel.kallsyms]", "kernel: switching and waking threads"),
                ("tcp_sendmsg", "[kernel.kallsyms]", "kernel: the rest, sockets for the most part"),
                ("[unknown]", "libssl.so.3", "TLS (OpenSSL)"),
                ("tsi_frame_protector_protect", "countersign-shim", "TLS (OpenSSL)"),
                ("simdjson::icelake::dom_parser_implementation::stage2", "libsimdjson.so.14.0.0", "JSON"),
                ("countersign::base::(anonymous namespace)::Walk::Read", "countersign-shim", "JSON"),
                ("countersign::base::JsonNames::FindEscaped", "countersign-verifier", "JSON"),
                ("countersign::base::FormatLogLine", "countersign-verifier", "logging and metrics"),
                ("pollset_work", "countersign-shim", "gRPC"),
                ("_ZN9grpc_core5TableIJNS_15metadata_detail5Value", "countersign-shim", "gRPC"),
                ("grpc::ServerContext::~ServerContext", "countersign-verifier", "gRPC"),
                ("countersign::v1::VerifyImagesRequest::Clear", "countersign-shim", "protobuf"),
                ("cfree@GLIBC_2.2.5", "libc.so.6", "malloc"),
                ("operator delete", "libstdc++.so.6.0.30", "malloc"),
                ("countersign_ECDSA_verify", "countersign-verifier", "public key and hashes"),
                ("ecp_nistz256_mul_mont", "countersign-verifier", "public key and hashes"),
                ("countersign::policy::Judge", "countersign-verifier", "policy"),
                ("boost::asio::detail::scheduler::do_run_one", "countersign-shim", "HTTP (Boost.Beast and Asio)"),
                ("countersign::verifier::VerifierService::Verify", "countersign-verifier", "the rest of Countersign"),
                ("absl::debian3::Mutex::Lock", "countersign-shim", "Abseil: locks, time, text")]:
            with self.subTest(name=name, loaded=loaded):
                self.assertEqual(group_of(name, loaded), group)

    def test_what_nobody_knows_is_other(self) -> None:
        for name, loaded in [("__memmove_avx512_unaligned_erms", "libc.so.6"), ("[unknown]", "[vdso]"),
                             ("std::vector<int>::~vector", "countersign-shim")]:
            with self.subTest(name=name):
                self.assertEqual(group_of(name, loaded), GROUPS[-1])

    def test_long_names_are_told_by_what_they_are(self) -> None:
        self.assertEqual(shortened("std::shared_ptr<a::B<c> const>::shared_ptr<std::allocator<void>, a::B>"),
                         "std::shared_ptr<…>::shared_ptr<…>")
        self.assertEqual(shortened("a::operator()"), "a::operator()")
        self.assertEqual(len(shortened("x" * 200)), 72)


if __name__ == "__main__":
    unittest.main()
