#ifndef COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_PROVIDERS_FIXTURE_H_
#define COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_PROVIDERS_FIXTURE_H_

#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/share.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "verifier/credentials/credential_provider_config.h"
#include "verifier/credentials/credential_provider_pattern.h"
#include "verifier/credentials/credential_providers.h"

namespace countersign::verifier {

// Credential providers that are shell scripts.

inline constexpr char kV1[] = "credentialprovider.kubelet.k8s.io/v1";
inline const oci::Repository kApp = {"registry.example.org", "shop/app"};
inline const oci::Repository kOther = {"registry.example.org", "shop/other"};
inline const oci::Repository kElsewhere = {"registry.example.com", "shop/app"};

// The end of a plugin's script: answers with the user "user-N" in its Nth run.
inline std::string AnswerOf(const std::string& key_type, const std::string& duration = "null",
                            const std::string& password = "hunter2") {
  return absl::StrCat(R"(
echo run >> runs
cat <<END
{"apiVersion": ")",
                      kV1, R"(", "kind": "CredentialProviderResponse", "cacheKeyType": ")",
                      key_type, R"(", "cacheDuration": )", duration, R"sh(,
 "auth": {"*.example.*": {"username": "user-$(wc -l < runs)", "password": ")sh",
                      password, R"sh("}}}
END
)sh");
}

class CredentialProvidersTest : public testing::Test {
 protected:
  CredentialProvidersTest() {
    std::string pattern = testing::TempDir() + "/plugins.XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }

  // A shell script, which runs in the test's directory.
  void Install(const std::string& name, const std::string& script) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << "#!/bin/sh\ncd " << directory_ << "\n" << script;
    chmod(path.c_str(), 0700);
  }

  // The provider "plugin" with that script, for every registry under example.org and example.com.
  void Start(const std::string& script, CredentialProviders::Options options = {},
             absl::Duration default_cache_duration = absl::Hours(1)) {
    Install("plugin", script);
    CredentialProvider provider = {
        .name = "plugin",
        .api_version = kV1,
        .match_images = {*CredentialProviderPattern::Parse("*.example.*")},
        .default_cache_duration = default_cache_duration,
        .arguments = {"get-credentials"},
        .environment = {{"PROFILE", "the-profile"}}};
    providers_ =
        std::make_unique<CredentialProviders>(std::vector{provider}, directory_, &clock_, options);
  }

  absl::StatusOr<CredentialProviders::Answer> Fetch(const oci::Repository& repository,
                                                    absl::Time not_before = absl::InfinitePast(),
                                                    absl::Duration timeout = absl::Seconds(30),
                                                    const base::Share& share = {}) {
    return providers_->Fetch(0, repository, not_before, base::In(timeout), share);
  }

  // The user names, or the error.
  std::string Users(const oci::Repository& repository,
                    absl::Time not_before = absl::InfinitePast()) {
    const auto answer = Fetch(repository, not_before);
    if (!answer.ok()) return answer.status().ToString();
    std::string users;
    for (const auto& credential : answer->credentials) absl::StrAppend(&users, credential.username);
    return users;
  }

  std::string Read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(directory_ + "/" + name).rdbuf();
    return text.str();
  }
  // Asks, and wants the answer no more once the plugin has written the file.
  void WaitOnlyUntilThereIs(const std::string& file) {
    const auto is_wanted = [&] { return Read(file).empty(); };
    EXPECT_THAT(providers_->Fetch(0, kApp, absl::InfinitePast(), base::Soon(), {}, is_wanted),
                base::StatusIs(absl::StatusCode::kCancelled));
  }
  // Waits until the file has something in it.
  std::string Await(const std::string& name) const {
    EXPECT_TRUE(base::Eventually([&] { return !Read(name).empty(); }));
    return Read(name);
  }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ + "/" + name) << text;
  }
  void Touch(const std::string& name) const { Write(name, "x"); }

  std::string directory_;
  base::FakeClock clock_;
  std::unique_ptr<CredentialProviders> providers_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_PROVIDERS_FIXTURE_H_
