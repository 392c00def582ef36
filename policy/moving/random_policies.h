#ifndef COUNTERSIGN_POLICY_MOVING_RANDOM_POLICIES_H_
#define COUNTERSIGN_POLICY_MOVING_RANDOM_POLICIES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "oci/image_reference.h"

namespace countersign::policy {

// For tests only: policies of Sign, and images that they are likely to match.
class RandomPolicies {
 public:
  RandomPolicies(uint32_t seed, std::vector<std::string> pems)
      : random_(seed), pems_(std::move(pems)) {}

  // One to five patterns, some of them made of others, with keys named "k0", "k1" and so on.
  base::Json Policy() {
    patterns_.clear();
    base::Json keys = base::Json::array();
    for (size_t i = 0; i < pems_.size(); ++i) {
      keys.push_back({{"name", absl::StrCat("k", i)}, {"publicKey", pems_[i]}});
    }
    base::Json images = base::Json::array();
    for (size_t count = 1 + Below(5); count > 0; --count) {
      patterns_.push_back(patterns_.empty() || Below(2) == 0 ? Pattern() : Nested());
      base::Json names = base::Json::array();
      const size_t subset = 1 + Below((1u << pems_.size()) - 1);
      for (size_t i = 0; i < pems_.size(); ++i) {
        if ((subset >> i & 1) != 0) names.push_back({{"name", absl::StrCat("k", i)}});
      }
      images.push_back({{"namePattern", patterns_.back()}, {"keys", names}});
    }
    return {{"apiVersion", "signing.apps.tanzu.vmware.com/v1beta1"},
            {"kind", "ClusterImagePolicy"},
            {"metadata", {{"name", "image-policy"}}},
            {"spec", {{"verification", {{"keys", keys}, {"images", images}}}}}};
  }

  // A name that one of the last policy's patterns may match, or one of its neighbours.
  oci::ImageReference Image() {
    for (;;) {
      std::string name = Below(4) == 0 ? Pattern() : patterns_[Below(patterns_.size())];
      name = Filled(name.substr(0, name.find('@')));
      if (Below(3) == 0) name = name.substr(0, name.rfind(':'));
      if (Below(3) == 0) name += absl::StrCat(":", Pick(kTags));
      if (Below(3) == 0) name += absl::StrCat("@sha256:", std::string(64, "0a1"[Below(3)]));
      absl::StatusOr<oci::ImageReference> image = oci::ImageReference::Parse(name);
      if (image.ok() && image->repository().registry != "localhost") return *std::move(image);
    }
  }

  size_t Below(size_t count) { return random_() % count; }

 private:
  static constexpr std::array<std::string_view, 14> kHosts = {"ghcr.io/",
                                                              "ghcr.io/",
                                                              "ghcr.io:5000/",
                                                              "reg.example.org/",
                                                              "*.example.org/",
                                                              "docker.io/",
                                                              "",
                                                              "",
                                                              "index.docker.io/",
                                                              "*/",
                                                              "gh*/",
                                                              "me/",
                                                              "*.io/",
                                                              "registry-1.docker.io/"};
  static constexpr std::array<std::string_view, 12> kPaths = {
      "app",    "img",       "*",   "app*",  "*prod",       "team/app",
      "team/*", "team/app*", "a*d", "*/app", "library/app", "me/app"};
  static constexpr std::array<std::string_view, 6> kTails = {":v1", ":*",  ":v*",
                                                             "@*",  ":1*", ":*prod"};
  static constexpr std::array<std::string_view, 8> kFillings = {"",   "a", "prod",   "team/x",
                                                                "me", "1", "x-prod", "app"};
  static constexpr std::array<std::string_view, 4> kTags = {"v1", "latest", "prod", "1"};

  template <size_t kCount>
  std::string_view Pick(const std::array<std::string_view, kCount>& texts) {
    return texts[Below(kCount)];
  }

  std::string Pattern() {
    std::string pattern = absl::StrCat(Pick(kHosts), Pick(kPaths));
    if (Below(8) == 0) pattern += Pick(kTails);
    return pattern;
  }

  // One that matches more or less than one that there is.
  std::string Nested() {
    std::string pattern = patterns_[Below(patterns_.size())];
    pattern = pattern.substr(0, pattern.find('@'));
    const size_t slash = pattern.find('/');
    if (Below(2) == 0 && slash != std::string::npos) return pattern.substr(0, slash) + "/*";
    const size_t star = pattern.find('*', slash == std::string::npos ? 0 : slash);
    if (star != std::string::npos) {
      std::string filled = pattern.replace(star, 1, Pick(kFillings));
      if (oci::ImageReference::Parse(Filled(filled)).ok()) return filled;
    }
    return Pattern();
  }

  std::string Filled(std::string_view pattern) {
    std::string name;
    for (const char c : pattern) {
      if (c == '*') {
        name += Pick(kFillings);
      } else {
        name += c;
      }
    }
    return name;
  }

  std::mt19937 random_;
  std::vector<std::string> pems_;
  std::vector<std::string> patterns_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_RANDOM_POLICIES_H_
