#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "google/protobuf/extension_set.h"
#include "google/protobuf/generated_enum_reflection.h"
#include "google/protobuf/generated_message_reflection.h"
#include "google/protobuf/generated_message_util.h"
#include "google/protobuf/message.h"
#include "google/protobuf/repeated_field.h"
#include "google/protobuf/unknown_field_set.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

// Uses what most tests use, so that its templates are instantiated here. Nobody calls it. GCC would instantiate them again
// for each file.
#ifdef __clang__
inline void InstantiateWhatMostTestsUse() {
  using ::testing::ElementsAre;
  using ::testing::HasSubstr;
  using ::testing::IsEmpty;
  const std::string text;
  EXPECT_EQ(text, "");
  EXPECT_EQ(text, text);
  EXPECT_EQ(text, std::string_view());
  EXPECT_EQ(1, 1);
  EXPECT_EQ(text.size(), 1U);
  EXPECT_THAT(text, HasSubstr(""));
  EXPECT_THAT(text, IsEmpty());
  EXPECT_THAT(std::string_view(), HasSubstr(""));
  const std::vector<std::string> texts;
  EXPECT_EQ(texts, texts);
  EXPECT_THAT(texts, IsEmpty());
  EXPECT_THAT(texts, ElementsAre(""));
  EXPECT_THAT(texts, ElementsAre("", ""));
  EXPECT_EQ(absl::OkStatus(), absl::OkStatus());
  nlohmann::json json = nlohmann::json::parse("{}");
  json = nlohmann::json::parse(text);
  json[""][0] = json[text];
  json.push_back({{"", ""}, {"", 1}, {"", true}, {"", json}});
  EXPECT_EQ(json, json);
  EXPECT_EQ(json[""], "");
  EXPECT_EQ(json.dump(), text);
  EXPECT_EQ(json.size(), 1U);
  EXPECT_EQ(json.value("", ""), "");
  EXPECT_THAT(json, IsEmpty());
}
#endif
