#include "cli/bundle_report.h"

#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

TEST(BundleReport, SaysWhoWhenAndWhatOfAnIdentity) {
  cosign::Proof proof;
  proof.identity = cosign::CertificateIdentity{.issuer = "https://issuer.example"};
  proof.subject = "signer@example.org";
  proof.times = {absl::FromUnixSeconds(1'767'323'045),
                 absl::FromUnixSeconds(1'767'323'046) + absl::Milliseconds(250)};
  proof.log_indexes = {7, 18'446'744'073'709'551'615u};
  proof.predicate_type = "https://slsa.dev/provenance/v1";
  EXPECT_EQ(WriteText("a.txt", proof),
            "verified   a.txt  signed by signer@example.org, as https://issuer.example says\n"
            "  at 2026-01-02T03:04:05Z\n"
            "  at 2026-01-02T03:04:06.25Z\n"
            "  logged as entry 7\n"
            "  logged as entry 18446744073709551615\n"
            "  states https://slsa.dev/provenance/v1\n");
}

TEST(BundleReport, SaysOfAKeyOnlyThatItWasTheKey) {
  EXPECT_EQ(WriteText("a.txt", cosign::Proof{}), "verified   a.txt  signed by the key\n");
}

TEST(BundleReport, SaysWhyNot) {
  EXPECT_EQ(WriteText("a.txt", cosign::Refusal{cosign::Refused::kNoTime, "nobody says when"}),
            "denied     a.txt  nobody says when\n");
}

TEST(BundleReport, WhatOthersWroteForgesNothing) {
  cosign::Proof proof;
  proof.identity = cosign::CertificateIdentity{.issuer = "i\nverified"};
  proof.subject = "s\x1b[2J";
  proof.predicate_type = "p\n";
  EXPECT_EQ(WriteText("f\n", proof),
            "verified   f\\x0a  signed by s\\x1b[2J, as i\\x0averified says\n"
            "  states p\\x0a\n");
  EXPECT_EQ(WriteText("f", cosign::Refusal{cosign::Refused::kMalformed, "a\nb"}),
            "denied     f  a\\x0ab\n");
}

}  // namespace
}  // namespace countersign::cli
