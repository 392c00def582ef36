#include "verifier/assembly_flags.h"

#include <sstream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/time/time.h"
#include "base/flag_error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

VerifierAssembly::Options Parse(const std::string& line) {
  VerifierAssembly::Options options;
  CLI::App app;
  AddAssemblyFlags(&app, &options);
  AddTagMemoryFlag(&app, &options);
  AddStaleEvidenceFlag(&app, &options);
  app.parse(line);
  return options;
}

std::string ErrorOf(const std::string& line) {
  return base::FlagError([&] { Parse(line); });
}

TEST(AssemblyFlags, EachReachesItsOption) {
  const VerifierAssembly::Options cluster = Parse(
      "--kubeconfig k.yaml --kubeconfig-context c --allow-unmatched-images --deny-short-names "
      "--registry-credentials-namespace signing");
  EXPECT_EQ(cluster.objects.cluster.kubeconfig, "k.yaml");
  EXPECT_EQ(cluster.objects.cluster.kubeconfig_context, "c");
  EXPECT_TRUE(cluster.allow_unmatched_images);
  EXPECT_TRUE(cluster.deny_short_names);
  EXPECT_EQ(cluster.registry_credentials_namespace, "signing");
  EXPECT_TRUE(Parse("--kubernetes").objects.cluster.in_cluster);
  EXPECT_TRUE(Parse("--kubernetes --policy-controller-policies").sigstore.is_on);
  const VerifierAssembly::Options files = Parse(
      "--objects d --image-credential-provider-config c.yaml "
      "--image-credential-provider-bin-dir bin");
  EXPECT_EQ(files.objects.directory, "d");
  EXPECT_EQ(files.credential_provider_config, "c.yaml");
  EXPECT_EQ(files.credential_provider_bin_dir, "bin");
  const VerifierAssembly::Options registries = Parse(
      "--registry-ca a.pem --registry-ca b.pem --registry-ca-secret n/s "
      "--registry-client-cert h=n/s --insecure-registry h:5000");
  EXPECT_THAT(registries.registry_client.ca_files, ElementsAre("a.pem", "b.pem"));
  EXPECT_THAT(registries.registry_client.ca_secrets, ElementsAre("n/s"));
  EXPECT_THAT(registries.registry_client.client_certs, ElementsAre("h=n/s"));
  EXPECT_THAT(registries.insecure_registries, ElementsAre("h:5000"));
  const VerifierAssembly::Options memory = Parse(
      "--max-registry-bytes 10MiB --max-registry-bytes-per-request 2MiB "
      "--signature-cache-bytes 1048576 --token-cache-bytes 3MB");
  EXPECT_EQ(memory.registry_bytes, size_t{10} << 20);
  EXPECT_EQ(memory.registry_bytes_per_request, size_t{2} << 20);
  EXPECT_EQ(memory.signature_cache_bytes, size_t{1} << 20);
  EXPECT_EQ(memory.token_cache_bytes, size_t{3} << 20);
}

TEST(AssemblyFlags, TagsAreRememberedByTheServerAlone) {
  EXPECT_EQ(VerifierAssembly::Options().tag_memory, absl::ZeroDuration());
  EXPECT_EQ(Parse("").tag_memory, absl::Seconds(5));
  EXPECT_EQ(Parse("--tag-memory 0").tag_memory, absl::ZeroDuration());
  EXPECT_EQ(Parse("--tag-memory 60").tag_memory, absl::Minutes(1));
  for (const char* value : {"-1", "61", "5s", "long"}) {
    EXPECT_THAT(ErrorOf(std::string("--tag-memory ") + value), HasSubstr("--tag-memory"));
  }
  VerifierAssembly::Options options;
  CLI::App command;
  AddAssemblyFlags(&command, &options);
  EXPECT_THAT(command.help(), testing::Not(HasSubstr("--tag-memory")));
}

TEST(AssemblyFlags, WhatWasVerifiedBeforeServesTheServerAlone) {
  EXPECT_EQ(VerifierAssembly::Options().max_stale_evidence, absl::ZeroDuration());
  EXPECT_EQ(Parse("").max_stale_evidence, absl::Hours(1));
  EXPECT_EQ(Parse("--max-stale-evidence 0").max_stale_evidence, absl::ZeroDuration());
  EXPECT_EQ(Parse("--max-stale-evidence 900").max_stale_evidence, absl::Minutes(15));
  EXPECT_EQ(Parse("--max-stale-evidence 90m").max_stale_evidence, absl::Minutes(90));
  EXPECT_EQ(Parse("--max-stale-evidence 24h").max_stale_evidence, absl::Hours(24));
  for (const char* value : {"-1", "25h", "1d", "long"}) {
    EXPECT_THAT(ErrorOf(std::string("--max-stale-evidence ") + value),
                HasSubstr("--max-stale-evidence"));
  }
}

TEST(AssemblyFlags, SumsThatCannotBeAreRefusedWithTheNameOfTheirFlag) {
  for (const char* flag : {"--max-registry-bytes", "--max-registry-bytes-per-request",
                           "--signature-cache-bytes", "--token-cache-bytes"}) {
    for (const char* value : {"1023KiB", "2TiB", "many"}) {
      EXPECT_THAT(ErrorOf(std::string(flag) + " " + value), HasSubstr(flag));
    }
  }
}

}  // namespace
}  // namespace countersign::verifier
