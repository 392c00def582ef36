#include "cosign/log_entry_json.h"

#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "cosign/checkpoint.h"
#include "cosign/inclusion_proof.h"
#include "cosign/json_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::Json;
using ::testing::ElementsAre;

crypto::Sha256Digest DigestOf(char byte) {
  crypto::Sha256Digest digest;
  digest.fill(static_cast<uint8_t>(byte));
  return digest;
}

using Edit = std::function<void(Json&)>;

absl::StatusOr<LogEntry> Read(const Edit& edit = [](Json&) {}) {
  Json entry = EntryJson("1234567890123");
  edit(entry);
  return ReadLogEntry(base::JsonPlace(entry));
}

// What is wrong with the entry when `value`, as JSON, stands at the pointer.
absl::Status FaultWith(const char* pointer, const char* value) {
  return Read([&](Json& entry) { entry[Json::json_pointer(pointer)] = Json::parse(value); })
      .status();
}

void Remove(Json& entry, const std::string& pointer) {
  const Json::json_pointer place(pointer);
  entry.at(place.parent_pointer()).erase(place.back());
}

TEST(ReadLogEntry, ReadsAllOfIt) {
  const absl::StatusOr<LogEntry> entry = Read();
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->index, 1234567890123u);
  EXPECT_EQ(entry->log_id, "the log");
  EXPECT_EQ(entry->kind, "hashedrekord");
  EXPECT_EQ(entry->version, "0.0.1");
  EXPECT_EQ(entry->integrated_time, 1800000086);
  EXPECT_EQ(entry->body, "{}");
  EXPECT_EQ(entry->promise, "promise");
  ASSERT_TRUE(entry->proof);
  EXPECT_EQ(entry->proof->index, 5u);
  EXPECT_EQ(entry->proof->tree_size, 7u);
  EXPECT_EQ(entry->proof->root, DigestOf('r'));
  EXPECT_THAT(entry->proof->hashes, ElementsAre(DigestOf('a'), DigestOf('b')));
  EXPECT_EQ(entry->proof->checkpoint, "a note\n");
}

// As JSON of Protocol Buffers is written.
TEST(ReadLogEntry, ZerosMayBeAbsent) {
  const absl::StatusOr<LogEntry> entry = Read([](Json& json) {
    for (const char* zero :
         {"/logIndex", "/integratedTime", "/inclusionProof/logIndex", "/inclusionProof/hashes"}) {
      Remove(json, zero);
    }
  });
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->index, 0u);
  EXPECT_EQ(entry->integrated_time, 0);
  EXPECT_EQ(entry->proof->index, 0u);
  EXPECT_TRUE(entry->proof->hashes.empty());
}

TEST(ReadLogEntry, IntegersMayBeNumbers) {
  const absl::StatusOr<LogEntry> entry = Read([](Json& json) {
    json["logIndex"] = 8;
    json["inclusionProof"]["treeSize"] = 6;
  });
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->index, 8u);
  EXPECT_EQ(entry->proof->tree_size, 6u);
}

TEST(ReadLogEntry, NullIsAbsent) {
  const absl::StatusOr<LogEntry> entry = Read([](Json& json) {
    json["inclusionPromise"] = nullptr;
    json["inclusionProof"] = nullptr;
    json["integratedTime"] = nullptr;
    json["logIndex"] = nullptr;
  });
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->promise, "");
  EXPECT_FALSE(entry->proof);
  EXPECT_EQ(entry->integrated_time, 0);
  EXPECT_EQ(entry->index, 0u);
}

TEST(ReadLogEntry, WhatIsRequiredMustBeGiven) {
  for (const char* pointer :
       {"/logId", "/logId/keyId", "/kindVersion", "/kindVersion/kind", "/kindVersion/version",
        "/canonicalizedBody", "/inclusionPromise/signedEntryTimestamp", "/inclusionProof/rootHash",
        "/inclusionProof/checkpoint", "/inclusionProof/checkpoint/envelope"}) {
    const std::string fault = absl::StrCat(pointer, ": must be given");
    EXPECT_THAT(Read([&](Json& entry) { Remove(entry, pointer); }), IsFault(fault));
    EXPECT_THAT(FaultWith(pointer, "null"), IsFault(fault));
  }
  for (const char* pointer :
       {"/logId/keyId", "/kindVersion/kind", "/kindVersion/version", "/canonicalizedBody",
        "/inclusionPromise/signedEntryTimestamp", "/inclusionProof/checkpoint/envelope"}) {
    EXPECT_THAT(FaultWith(pointer, R"("")"), IsFault(absl::StrCat(pointer, ": must be given")));
  }
}

TEST(ReadLogEntry, UnknownMembersAreRefusedNullOrNot) {
  for (const char* pointer : {"/more", "/log_index", "/LogIndex", "/logId/more",
                              "/kindVersion/more", "/inclusionPromise/more", "/inclusionProof/more",
                              "/inclusionProof/root_hash", "/inclusionProof/checkpoint/more"}) {
    for (const char* value : {"null", "1"}) {
      EXPECT_THAT(FaultWith(pointer, value), IsFault(absl::StrCat(pointer, ": is not known")));
    }
  }
}

TEST(ReadLogEntry, IntegersAreNotNegative) {
  for (const char* pointer :
       {"/logIndex", "/integratedTime", "/inclusionProof/logIndex", "/inclusionProof/treeSize"}) {
    for (const char* value : {"-1", R"("-1")", R"("-9223372036854775808")"}) {
      EXPECT_THAT(FaultWith(pointer, value),
                  IsFault(absl::StrCat(pointer, ": must not be negative")));
    }
  }
}

TEST(ReadLogEntry, IntegersHaveOneSpelling) {
  for (const char* pointer :
       {"/logIndex", "/integratedTime", "/inclusionProof/logIndex", "/inclusionProof/treeSize"}) {
    for (const char* value : {"1e3", R"("1e3")", "1.0", R"("1.0")", R"("01")", R"(" 1")", R"("")",
                              "9223372036854775808", R"("9223372036854775808")"}) {
      EXPECT_THAT(FaultWith(pointer, value),
                  IsFault(absl::StrCat(pointer, ": must be an integer within 64 bits")));
    }
  }
}

TEST(ReadLogEntry, AProofsIndexIsBelowItsTreesSize) {
  const std::string fault = "/inclusionProof/logIndex: must be less than treeSize";
  EXPECT_THAT(FaultWith("/inclusionProof/logIndex", "6"), IsOk());
  EXPECT_THAT(FaultWith("/inclusionProof/logIndex", "7"), IsFault(fault));
  EXPECT_THAT(FaultWith("/inclusionProof/logIndex", R"("9223372036854775807")"), IsFault(fault));
  EXPECT_THAT(FaultWith("/inclusionProof/treeSize", "0"), IsFault(fault));
  EXPECT_THAT(FaultWith("/inclusionProof/treeSize", "null"), IsFault(fault));
}

TEST(ReadLogEntry, HashesAre32Bytes) {
  for (const size_t size : {0, 31, 33, 64}) {
    const std::string digest = absl::StrCat("\"", Base64(std::string(size, 'x')), "\"");
    const std::string fault = absl::StrCat("must be 32 bytes, is ", size);
    EXPECT_THAT(FaultWith("/inclusionProof/rootHash", digest.c_str()),
                IsFault(absl::StrCat("/inclusionProof/rootHash: ", fault)));
    EXPECT_THAT(FaultWith("/inclusionProof/hashes/1", digest.c_str()),
                IsFault(absl::StrCat("/inclusionProof/hashes/1: ", fault)));
  }
  EXPECT_THAT(FaultWith("/inclusionProof/hashes/0", "null"),
              IsFault("/inclusionProof/hashes/0: must be a string, is null"));
}

TEST(ReadLogEntry, BytesAreStrictBase64) {
  EXPECT_THAT(FaultWith("/canonicalizedBody", R"("e30")"), IsOk());
  EXPECT_THAT(FaultWith("/canonicalizedBody", R"("e3\n0=")"),
              IsFault("/canonicalizedBody: not base64: byte 3 is not of its alphabet"));
  EXPECT_THAT(FaultWith("/logId/keyId", R"("_-+/")"),
              IsFault("/logId/keyId: not base64: it mixes two alphabets"));
  EXPECT_THAT(FaultWith("/inclusionPromise/signedEntryTimestamp", R"("Zh==")"),
              IsFault("/inclusionPromise/signedEntryTimestamp: not base64: the unused bits of its "
                      "last digit are not zero"));
}

TEST(ReadLogEntry, WrongTypesAreRefused) {
  EXPECT_THAT(FaultWith("/logIndex", "true"),
              IsFault("/logIndex: must be an integer, is a boolean"));
  EXPECT_THAT(FaultWith("/logId", R"("x")"), IsFault("/logId: must be an object, is a string"));
  EXPECT_THAT(FaultWith("/kindVersion", "[]"),
              IsFault("/kindVersion: must be an object, is an array"));
  EXPECT_THAT(FaultWith("/inclusionPromise", R"("x")"),
              IsFault("/inclusionPromise: must be an object, is a string"));
  EXPECT_THAT(FaultWith("/inclusionProof/hashes", R"("x")"),
              IsFault("/inclusionProof/hashes: must be an array, is a string"));
  EXPECT_THAT(FaultWith("/inclusionProof/checkpoint", R"("x")"),
              IsFault("/inclusionProof/checkpoint: must be an object, is a string"));
  EXPECT_THAT(ReadLogEntry(base::JsonPlace(Json(7))), IsFault("must be an object, is a number"));
}

TEST(ReadLogEntry, SizesAreBounded) {
  const auto with_hashes = [](size_t count) {
    return Read([&](Json& entry) {
      entry["inclusionProof"]["hashes"] =
          std::vector<std::string>(count, Base64(std::string(32, 'a')));
    });
  };
  EXPECT_THAT(with_hashes(kMaxProofHashes), IsOk());
  EXPECT_THAT(with_hashes(kMaxProofHashes + 1),
              IsFault("/inclusionProof/hashes: must have at most 64 elements"));
  const auto with_checkpoint = [](size_t bytes) {
    return Read([&](Json& entry) {
      entry["inclusionProof"]["checkpoint"]["envelope"] = std::string(bytes, 'n');
    });
  };
  EXPECT_THAT(with_checkpoint(kMaxCheckpointBytes), IsOk());
  EXPECT_THAT(with_checkpoint(kMaxCheckpointBytes + 1),
              IsFault("/inclusionProof/checkpoint/envelope: must have at most 262144 bytes"));
  const auto with_body = [](size_t bytes) {
    return Read([&](Json& entry) { entry["canonicalizedBody"] = Base64(std::string(bytes, ' ')); });
  };
  EXPECT_THAT(with_body(kMaxLogEntryBodyBytes), IsOk());
  EXPECT_THAT(with_body(kMaxLogEntryBodyBytes + 1),
              IsFault("/canonicalizedBody: must have at most 1048576 bytes"));
}

}  // namespace
}  // namespace countersign::cosign
