#include "base/json_quick.h"

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "base/test_heap.h"
#include "gtest/gtest.h"
#include "simdjson.h"

namespace countersign::base {
namespace {

// Runs `check` with each of simdjson's implementations that this machine's processor can run.
template <typename Check>
void WithEachImplementation(const Check& check) {
  auto& active = simdjson::get_active_implementation();
  const simdjson::implementation* const usual = active;
  size_t supported = 0;
  for (const simdjson::implementation* implementation : simdjson::get_available_implementations()) {
    if (!implementation->supported_by_runtime_system()) continue;
    SCOPED_TRACE(implementation->name());
    active = implementation;
    ++supported;
    check();
  }
  active = usual;
  EXPECT_GE(supported, 1u);
}

// Holds the quick reading to the slow one.
void ExpectTheSame(std::string_view text, const JsonParts& parts, const JsonLimits& limits = {}) {
  const absl::StatusOr<ExtractedJson> slow = ExtractJson(text, parts, limits);
  const absl::StatusOr<ExtractedJson> quick = ExtractJsonQuickly(text, parts, limits);
  ASSERT_EQ(quick.status(), slow.status()) << text;
  if (!slow.ok()) return;
  ASSERT_EQ(quick->value, slow->value) << text;
  // "-0" and "0" are equal, and so are 1 and 1.0.
  ASSERT_EQ(quick->value.dump(), slow->value.dump()) << text;
  ASSERT_EQ(quick->is_complete, slow->is_complete) << text;
  ASSERT_LE(quick->memory_bytes, slow->memory_bytes) << text;
}

std::vector<JsonParts> SomeParts() {
  std::vector<JsonParts> parts(4);
  parts[0].all = true;
  parts[2].At("/a/b");
  parts[2].At("/list").Elements().At("/name");
  parts[2].At("/list").max_elements = 2;
  parts[2].At("/a").prefix = "a";
  parts[3] = parts[2];
  parts[3].max_strays = 2;
  parts[3].At("/list").Elements().max_strays = 1;
  return parts;
}

void ExpectTheSame(std::string_view text) {
  for (const JsonParts& parts : SomeParts()) {
    ExpectTheSame(text, parts);
    ExpectTheSame(text, parts, {.max_depth = 3, .max_values = 4});
  }
}

TEST(ExtractJsonQuickly, TextsThatUpsetParsersAreTakenAndRefusedAlike) {
  const std::string_view texts[] = {
      "", " ", "{", "[", "[1", "[1,", "[1,]", "{,}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}",
      "{a:1}", "{} {}", "[1 2]", "{\"a\" 1}", "tru", "nullx", "null", " true ", "\t[ ]\r\n", "\f[]",
      "[]\v", "]", "}", "[}", "{]", "\xEF\xBB\xBF{}", "{\"a\":1,\"a\":2}",
      // Names that come twice, also by escapes, and where nobody looks.
      R"({"x":{"a":1,"\u0061":2}})", R"({"x":[[{"é":1,"\u00e9":2}]]})", R"({"":1,"":2})",
      R"({"a\u0000b":1,"a\u0000c":2})", R"({"a\u0000":1,"a":2})", R"({"a\/":1,"a/":2})",
      R"({"a":{"b":1,"ab":2,"c":3},"list":[{"name":"x","n":1},{"name":"y"},{"name":"z"}]})",
      // Surrogates, alone and in pairs.
      R"(["\ud800"])", R"(["\udc00"])", R"(["\ud800\ud800"])", R"(["\ud800\u0041"])",
      R"(["\ud800x"])", R"(["\ud83d\ude00"])", R"(["\udbff\udfff"])", R"(["\uD800\uDBFF"])",
      R"(["\ud800\n"])", R"(["\ud800)", R"({"\udfff":1})", R"(["\ufffe\uffff\u0000"])",
      // Escapes.
      R"(["\"\\\/\b\f\n\r\t\u00fC"])", R"(["\x"])", R"(["\u12"])", R"(["\u12g4"])", R"(["\U0041"])",
      R"(["\)", "[\"\t\"]", "[\"\n\"]", "[\"\x01\"]", "[\"\x7f\"]", "[\"a", "[\"a\\\"]",
      // UTF-8.
      "[\"\xff\"]", "[\"\xc0\x80\"]", "[\"\xed\xa0\x80\"]", "[\"\xf4\x90\x80\x80\"]", "[\"\xc3\"]",
      "[\"\xf0\x9f\x98\x80\"]", "{\"\xe2\x82\":1}", "\xc3\xa4", "[\"\xf5\x80\x80\x80\"]",
      // Numbers.
      "0", "-0", "-0.0", "[01]", "[-]", "[+1]", "[.5]", "[1.]", "[1e]", "[1e+]", "[1E-2]", "[0e0]",
      "[1e999]", "[-1e999]", "[1e-999]", "[4.9e-324]", "[2.2250738585072011e-308]",
      "[1.7976931348623157e308]", "[1.7976931348623159e308]", "[9223372036854775807]",
      "[9223372036854775808]", "[-9223372036854775808]", "[-9223372036854775809]",
      "[18446744073709551615]", "[18446744073709551616]", "[123456789012345678901234567890]",
      "[0.1,0.30000000000000004,1e23,8.41e21,9007199254740993.0]", "[1.0,1,1e0]", "[Infinity]",
      "[NaN]", "[0x1]", "[1_0]", "[- 1]", "[--1]", "[1-1]"};
  WithEachImplementation([&] {
    for (const std::string_view text : texts) ExpectTheSame(text);
    ExpectTheSame(std::string_view("{}\0", 3));
    ExpectTheSame(std::string_view("[\"a\0b\"]", 7));
  });
}

TEST(ExtractJsonQuickly, IsWhatReadsShortTexts) {
  // An escape counts there as what it means.
  const std::string_view text = R"(["\u0041"])";
  WithEachImplementation([&] {
    EXPECT_LT(ExtractJsonQuickly(text, {.all = true}, {})->memory_bytes,
              ExtractJson(text, {.all = true}, {})->memory_bytes);
  });
}

TEST(ExtractJsonQuickly, DepthHasTheSameBound) {
  WithEachImplementation([] {
    for (const int max_depth : {1, 2, 3, 64, 256}) {
      for (int depth = max_depth - 1; depth <= max_depth + 3; ++depth) {
        const auto levels = static_cast<size_t>(std::max(depth, 0));
        const std::string arrays = std::string(levels, '[') + "1" + std::string(levels, ']');
        std::string objects = "1";
        for (size_t i = 0; i < levels; ++i) objects = absl::StrCat("{\"a\":", objects, "}");
        for (const std::string& text : {arrays, objects}) {
          ExpectTheSame(text, {.all = true}, {.max_depth = max_depth});
          EXPECT_EQ(ExtractJsonQuickly(text, {}, {.max_depth = max_depth}).ok(),
                    depth <= max_depth);
        }
      }
    }
  });
}

TEST(ExtractJsonQuickly, LongNumbersAreRefusedWhereverTheyAre) {
  for (const size_t before : {1, 500, 998, 999, 1000, 1001, 2500}) {
    for (const size_t digits : {998, 999, 1000, 1001, 1002, 2000, 3000}) {
      const std::string number = "0." + std::string(digits - 2, '1');
      const std::string text = absl::StrCat("[", std::string(before, ' '), number, "]");
      ExpectTheSame(text, {});
      EXPECT_EQ(ExtractJsonQuickly(text, {}, {}).ok(), digits <= kMaxJsonNumberBytes) << digits;
    }
  }
  // Within a string they are no numbers.
  ExpectTheSame(absl::StrCat("[\"", std::string(3000, '1'), "\"]"));
}

TEST(ExtractJsonQuickly, ManyNamesAreComparedAsFewAre) {
  for (const int members : {2, 15, 16, 17, 40, 3000}) {
    std::string text = "{";
    for (int i = 1; i < members; ++i) absl::StrAppend(&text, "\"name-", i * 7919, "\":", i, ",");
    ExpectTheSame(text + "\"last\":1}");
    for (const int twice : {1, members / 2, members - 1}) {
      const std::string again = absl::StrCat(text, "\"name-", std::max(twice, 1) * 7919, "\":0}");
      ExpectTheSame(again);
      EXPECT_FALSE(ExtractJsonQuickly(again, {}, {}).ok());
    }
  }
}

TEST(ExtractJsonQuickly, OfTheTextBeforeNothingIsRead) {
  WithEachImplementation([] {
    // What each lacks is still there behind it.
    for (const std::string_view text : {R"({"a": [true, 12.5, "b\u0041"], "c": null})",
                                        R"([[[1]]])", "true", "-12e3", R"("text")"}) {
      for (size_t bytes = 0; bytes < text.size(); ++bytes) {
        ExpectTheSame(text);
        ExpectTheSame(text.substr(0, bytes));
      }
    }
  });
}

TEST(ExtractJsonQuickly, LongTextsAreReadToo) {
  for (const size_t size : {kMaxQuickJsonBytes - 4, kMaxQuickJsonBytes, kMaxQuickJsonBytes + 1}) {
    ExpectTheSame(absl::StrCat("[\"", std::string(size - 4, 'x'), "\"]"));
    ExpectTheSame(absl::StrCat("[\"", std::string(size - 4, '\xff'), "\"]"));
  }
  ExpectTheSame("[1,2,3]", {.all = true}, {.max_bytes = 6});
}

TEST(ExtractJsonQuickly, HoldsNoMoreThanItSays) {
  std::vector<std::string> texts;
  for (const std::string_view part : {"0,", "{},", "\"\",", "[],", "[[0]],", "1e5,"}) {
    std::string text = "[";
    while (text.size() + part.size() < kMaxQuickJsonBytes - 2) text += part;
    texts.push_back(text + "0]");
  }
  std::string names = "{";
  for (int i = 0; names.size() < kMaxQuickJsonBytes - 16; ++i)
    absl::StrAppend(&names, "\"", i, "\":0,");
  texts.push_back(names + "\"\":0}");
  for (const std::string& text : texts) {
    ASSERT_LE(text.size(), kMaxQuickJsonBytes);
    const HeapPeak peak;
    EXPECT_TRUE(ExtractJsonQuickly(text, {}, {.max_depth = 256}).ok());
    EXPECT_LE(peak.bytes(), text.size() * kQuickBytesPerByte + (8 << 10)) << text.substr(0, 20);
  }
}

TEST(ExtractJsonQuickly, OfAShortTextHoldsNothingBesideWhatIsKeptForAll) {
  std::string text = "[";
  while (text.size() < kKeptQuickJsonBytes - 4) text += "0,";
  text += "0]";
  ASSERT_LE(text.size(), kKeptQuickJsonBytes);
  ASSERT_TRUE(ExtractJsonQuickly(text, {}, {}).ok());
  const HeapPeak peak;
  EXPECT_TRUE(ExtractJsonQuickly(text, {}, {}).ok());
  EXPECT_LE(peak.bytes(), 1u << 10);
}

TEST(ExtractJsonQuickly, MoreThreadsThanWhatIsKeptReadAtOnce) {
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 3 * kMaxKeptQuickParsers; ++i) {
    threads.emplace_back([i] {
      const std::string text = absl::StrCat("[\"", std::string(i * 100, 'x'), "\", ", i, "]");
      for (int turn = 0; turn < 200; ++turn) ExpectTheSame(text, {.all = true});
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// A text as a tree, with some of all that there is.
std::string RandomText(std::mt19937& random, int depth) {
  const auto one_of = [&](auto... texts) {
    const std::string_view all[] = {texts...};
    return std::string(all[random() % std::size(all)]);
  };
  const auto name = [&] {
    return one_of("\"a\"", "\"b\"", "\"list\"", "\"name\"", "\"\\u0061\"", "\"a\\nb\"", "\"\"",
                  "\"c\"", "\"d\"", "\"e\"", "\"ab\"", "\"longer than a short string is\"");
  };
  const unsigned kind = random() % (depth > 0 ? 4 : 2);
  if (kind == 0) {
    return one_of("null", "true", "false", "0", "-1", "2.5", "1e5", "18446744073709551616", "-0");
  }
  if (kind == 1) return one_of("\"x\"", "\"\\ud83d\\ude00\"", "\"\xc3\xa4\"", "\"\"", "\"\\\"\"");
  std::string text = kind == 2 ? "{" : "[";
  const unsigned parts = random() % 5;
  for (unsigned i = 0; i < parts; ++i) {
    if (i > 0) text += one_of(",", ", ", " ,\n");
    if (kind == 2) text += name() + one_of(":", ": ");
    text += RandomText(random, depth - 1);
  }
  return text + (kind == 2 ? "}" : "]");
}

TEST(ExtractJsonQuickly, RandomTextsAndTheirMutationsAreReadAlike) {
  std::mt19937 random(20261130);
  size_t good = 0;
  size_t kept = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string text = RandomText(random, 5);
    const auto read = ExtractJson(text, {.all = true}, {});
    good += read.ok();
    kept += read.ok() && read->value.is_structured() && read->value.size() > 1;
    ExpectTheSame(text);
    if (text.empty()) continue;
    text[random() % text.size()] = "\"\\{}[],:0e-.u\xc3\x80 "[random() % 17];
    ExpectTheSame(text);
  }
  EXPECT_GT(good, 1000u);
  EXPECT_GT(kept, 300u);
}

}  // namespace
}  // namespace countersign::base
