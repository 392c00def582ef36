// Reviews that kube-apiservers sent, and what becomes of them when bytes of them are others: they are
// read quickly, and mean what they mean to the reader that keeps nothing else (base/json_extract.h) and
// to nlohmann's parser.

#include <cstddef>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "base/json_extract.h"
#include "base/json_parts.h"
#include "base/json_quick.h"
#include "gtest/gtest.h"
#include "kube/admission/workload.h"

namespace countersign::kube {
namespace {

std::vector<std::string> Reviews() {
  std::vector<std::string> reviews;
  for (const char* version : {"v1", "v1beta1"}) {
    const std::string directory = std::string("testdata/reviews/") + version;
    for (const auto& file : std::filesystem::directory_iterator(directory)) {
      reviews.push_back(base::LoadFile(file.path().string()).value());
    }
  }
  return reviews;
}

base::JsonParts Wanted() {
  base::JsonParts parts;
  base::JsonParts object = WorkloadKinds().Parts();
  object.At("/metadata/annotations").prefix = "countersign/";
  object.At("/metadata/labels").all = true;
  for (const char* name : {"/request/uid", "/request/operation", "/request/kind/kind"}) {
    parts.At(name);
  }
  parts.At("/request/object") = object;
  parts.At("/request/oldObject") = object;
  return parts;
}

// Whether it could be read.
bool ExpectTheSame(std::string_view text, const base::JsonParts& parts) {
  const base::JsonLimits limits = {.max_depth = 256, .max_values = 1 << 16};
  const auto slow = base::ExtractJson(text, parts, limits);
  const auto quick = base::ExtractJsonQuickly(text, parts, limits);
  const auto parsed = base::ParseJson(text, limits);
  EXPECT_EQ(quick.status(), slow.status()) << text;
  EXPECT_EQ(quick.ok(), parsed.ok()) << text;
  if (!quick.ok() || !slow.ok() || !parsed.ok()) return false;
  EXPECT_EQ(quick->value.dump(), slow->value.dump()) << text;
  EXPECT_EQ(quick->is_complete, slow->is_complete) << text;
  if (parts.all) {
    EXPECT_EQ(quick->value.dump(), parsed->dump()) << text;
  }
  return true;
}

TEST(CapturedReviews, MeanTheSameToEachReader) {
  const base::JsonParts wanted = Wanted();
  size_t read = 0;
  for (const std::string& review : Reviews()) {
    read += ExpectTheSame(review, wanted) && ExpectTheSame(review, {.all = true});
  }
  EXPECT_GT(read, 40u);
}

TEST(CapturedReviews, MutatedMeanTheSameToEachReaderOrNothing) {
  constexpr std::string_view kBytes = "\"\\{}[],:0e-.u\xc3\x80 nt/";
  const base::JsonParts wanted = Wanted();
  std::mt19937 random(20261130);
  size_t read = 0;
  size_t refused = 0;
  for (const std::string& review : Reviews()) {
    for (int i = 0; i < 20; ++i) {
      std::string mutated = review;
      for (unsigned edits = 1 + random() % 2; edits > 0; --edits) {
        const size_t at = random() % mutated.size();
        switch (random() % 3) {
          case 0:
            mutated[at] = kBytes[random() % kBytes.size()];
            break;
          case 1:
            mutated.erase(at, 1 + random() % 8);
            break;
          default:
            // Some of it twice, so that names come twice.
            mutated.insert(at, mutated.substr(at, random() % 40));
        }
      }
      (ExpectTheSame(mutated, wanted) ? read : refused) += 1;
    }
  }
  EXPECT_GT(read, 100u);
  EXPECT_GT(refused, 100u);
}

}  // namespace
}  // namespace countersign::kube
