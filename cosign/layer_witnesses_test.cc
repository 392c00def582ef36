#include "cosign/layer_witnesses.h"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/status_matchers.h"
#include "base/test_heap.h"
#include "cosign/bundle.h"
#include "cosign/json_fixture.h"
#include "cosign/log_entry_data.h"
#include "cosign/log_entry_json.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "crypto/certificate.h"
#include "crypto/test_key.h"
#include "crypto/timestamp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using base::Json;
using ::testing::ElementsAre;
using ::testing::IsNull;

using Annotations = std::map<std::string, std::string>;

// Those of a layer that an identity has signed, logged and stamped: each test changes some.
class LayerWitnessesTest : public ::testing::Test {
 protected:
  LayerWitnessesTest() {
    TestSigning signing = sigstore_.Keyless();
    signing.witnesses = {TestWitness::kRekor1, TestWitness::kTimestamp};
    bundle_ = sigstore_.Sign(signing);
    annotations_ = TestLayerAnnotations(*bundle_);
  }

  // What comes of them with this one.
  absl::StatusOr<std::shared_ptr<const LayerWitnesses>> ReadWith(std::string_view name,
                                                                 std::string_view text) const {
    Annotations annotations = annotations_;
    annotations[std::string(name)] = std::string(text);
    return ReadLayerWitnesses(annotations);
  }
  // With `value` at the pointer of the JSON in this one.
  absl::StatusOr<std::shared_ptr<const LayerWitnesses>> ReadWith(std::string_view name,
                                                                 const char* pointer,
                                                                 const Json& value) const {
    Json json = Json::parse(annotations_.at(std::string(name)));
    json[Json::json_pointer(pointer)] = value;
    return ReadWith(name, json.dump());
  }

  TestSigstore sigstore_;
  std::optional<Bundle> bundle_;
  Annotations annotations_;
};

// What is wrong is said of the annotation in which it is, in words that are short and printable.
MATCHER_P(IsMalformed, name, "") {
  constexpr size_t kMaxBytes = 500;
  *result_listener << "which is " << arg.status();
  const std::string message(arg.status().message());
  return absl::IsInvalidArgument(arg.status()) && message.size() <= kMaxBytes &&
         message.starts_with(absl::StrCat("its annotation \"", name, "\" cannot be read: ")) &&
         base::Printable(message, kMaxBytes) == message;
}

TEST_F(LayerWitnessesTest, AreReadOfEachAnnotation) {
  const auto read = ReadLayerWitnesses(annotations_);
  ASSERT_THAT(read, base::IsOk());
  const LayerWitnesses& witnesses = **read;
  ASSERT_TRUE(witnesses.certificate.has_value());
  EXPECT_EQ(witnesses.certificate->certificate(), std::get<crypto::Certificate>(bundle_->material));
  ASSERT_EQ(witnesses.entries.size(), 1u);
  const LogEntry& entry = witnesses.entries[0];
  const LogEntry& written = bundle_->entries[0];
  EXPECT_EQ(entry.index, written.index);
  EXPECT_EQ(entry.log_id, written.log_id);
  EXPECT_EQ(entry.kind, written.kind);
  EXPECT_EQ(entry.version, written.version);
  EXPECT_EQ(entry.integrated_time, written.integrated_time);
  EXPECT_EQ(entry.body, written.body);
  EXPECT_EQ(entry.promise, written.promise);
  EXPECT_FALSE(entry.proof.has_value());
  EXPECT_THAT(witnesses.timestamps, ElementsAre(bundle_->timestamps[0]));
}

TEST_F(LayerWitnessesTest, AreNoneWhereNoAnnotationSaysAny) {
  EXPECT_THAT(ReadLayerWitnesses({}), base::IsOkAndHolds(IsNull()));
  EXPECT_THAT(ReadLayerWitnesses({{"dev.cosignproject.cosign/signature", "c2ln"},
                                  {"dev.sigstore.cosign/chain", "not read"},
                                  {std::string(kCertificateAnnotation), ""},
                                  {std::string(kLogEntryAnnotation), ""},
                                  {std::string(kTimestampAnnotation), ""}}),
              base::IsOkAndHolds(IsNull()));
}

TEST_F(LayerWitnessesTest, MayStandAlone) {
  for (const std::string_view name :
       {kCertificateAnnotation, kLogEntryAnnotation, kTimestampAnnotation}) {
    const auto read = ReadLayerWitnesses({{std::string(name), annotations_.at(std::string(name))}});
    ASSERT_THAT(read, base::IsOk()) << name;
    EXPECT_EQ((*read)->certificate.has_value(), name == kCertificateAnnotation);
    EXPECT_EQ((*read)->entries.size(), name == kLogEntryAnnotation ? 1u : 0u);
    EXPECT_EQ((*read)->timestamps.size(), name == kTimestampAnnotation ? 1u : 0u);
  }
}

TEST_F(LayerWitnessesTest, HaveAnIdOfEachAnnotation) {
  const auto id = [](const Annotations& annotations) {
    return ReadLayerWitnesses(annotations).value()->id;
  };
  EXPECT_EQ(id(annotations_), id(annotations_));
  for (const std::string_view name :
       {kCertificateAnnotation, kLogEntryAnnotation, kTimestampAnnotation}) {
    Annotations others = annotations_;
    others.erase(std::string(name));
    EXPECT_NE(id(others), id(annotations_)) << name;
    others = annotations_;
    others[std::string(name)] += "\n";
    EXPECT_NE(id(others), id(annotations_)) << name;
  }
}

TEST_F(LayerWitnessesTest, HaveTheFirstCertificateOfSeveral) {
  const std::string good = annotations_.at(std::string(kCertificateAnnotation));
  const auto read =
      ReadWith(kCertificateAnnotation, absl::StrCat(good, sigstore_.root.Pem(), "and more"));
  ASSERT_THAT(read, base::IsOk());
  EXPECT_EQ((*read)->certificate->certificate(), std::get<crypto::Certificate>(bundle_->material));
}

// As in Go's encoding/pem, which reads them for cosign.
TEST_F(LayerWitnessesTest, HaveTheCertificateAfterTheLastLineOfAnotherBlock) {
  const std::string good = annotations_.at(std::string(kCertificateAnnotation));
  const auto read =
      ReadWith(kCertificateAnnotation, absl::StrCat("-----END CERTIFICATE-----\n", good));
  ASSERT_THAT(read, base::IsOk());
  EXPECT_EQ((*read)->certificate->certificate(), std::get<crypto::Certificate>(bundle_->material));
}

TEST_F(LayerWitnessesTest, WithACertificateThatIsNoneAreMalformed) {
  const std::string good = annotations_.at(std::string(kCertificateAnnotation));
  const std::string key = crypto::TestKey::Generate().PublicPem();
  for (const std::string& bad :
       {std::string("no PEM"), key, key + good, good.substr(0, good.size() / 2),
        std::string("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
        std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        absl::StrReplaceAll(good, {{"CERTIFICATE", std::string(10'000, 'L')}}),
        good + std::string(kMaxCertificateBytes, '\n'),
        std::get<crypto::Certificate>(bundle_->material).der()}) {
    EXPECT_THAT(ReadWith(kCertificateAnnotation, bad), IsMalformed(kCertificateAnnotation))
        << bad.substr(0, 80);
  }
}

TEST_F(LayerWitnessesTest, WithAnEntryThatIsNoneAreMalformed) {
  const std::vector<std::pair<const char*, std::vector<Json>>> kBad = {
      {"/SignedEntryTimestamp", {nullptr, "", "!!!!", 7, Json::array()}},
      {"/Payload", {nullptr, "", 7, Json::array(), Json::object()}},
      {"/Payload/body",
       {nullptr, "", "!!!!", 7, Json::object(), Base64("7"), Base64("no JSON"), Base64("{}"),
        Base64(R"({"kind":"hashedrekord"})"), Base64(R"({"apiVersion":"0.0.1"})"),
        Base64(R"({"kind":"","apiVersion":"0.0.1"})"), Base64(R"({"kind":1,"apiVersion":"0.0.1"})"),
        Base64(R"({"kind":"a","kind":"b","apiVersion":"0.0.1"})"),
        Base64(absl::StrCat(R"({"kind":"a","apiVersion":"0.0.1"})",
                            std::string(kMaxLogEntryBodyBytes, ' ')))}},
      {"/Payload/integratedTime", {nullptr, -1, "1", 1.5, Json::array()}},
      {"/Payload/logIndex", {nullptr, -1, "1", 1.5, Json::array()}},
      {"/Payload/logID", {nullptr, "", "abc", "zz", 7, Json::object()}},
  };
  for (const auto& [place, values] : kBad) {
    for (const Json& bad : values) {
      EXPECT_THAT(ReadWith(kLogEntryAnnotation, place, bad), IsMalformed(kLogEntryAnnotation))
          << place << " " << bad.dump().substr(0, 80);
    }
  }
}

TEST_F(LayerWitnessesTest, OfAnEntryAreStrictJsonWithWhateverElse) {
  const std::string good = annotations_.at(std::string(kLogEntryAnnotation));
  EXPECT_THAT(ReadWith(kLogEntryAnnotation, "/more", {{"of", "it"}}), base::IsOk());
  EXPECT_THAT(ReadWith(kLogEntryAnnotation, "/Payload/more", 1), base::IsOk());
  for (const std::string& bad :
       {std::string("no JSON"), std::string("[]"), std::string("{}"), std::string("null"),
        good + good, good.substr(1), good.substr(0, good.size() - 1),
        absl::StrReplaceAll(good, {{"\"Payload\":", "\"Payload\":null,\"Payload\":"}}),
        absl::StrReplaceAll(good, {{"\"logIndex\":", "\"logIndex\":1,\"logIndex\":"}}),
        absl::StrReplaceAll(good, {{"\"Payload\"", "\"payload\""}}),
        absl::StrReplaceAll(good, {{"\"logID\"", "\"logId\""}}),
        absl::StrCat(std::string(100, '['), std::string(100, ']')),
        absl::StrCat(good, std::string(2 << 20, ' '))}) {
    EXPECT_THAT(ReadWith(kLogEntryAnnotation, bad), IsMalformed(kLogEntryAnnotation))
        << bad.substr(0, 80);
  }
}

TEST_F(LayerWitnessesTest, WithATimestampThatIsNoneAreMalformed) {
  constexpr const char* kPlace = "/SignedRFC3161Timestamp";
  const std::string longest(crypto::kMaxTimestampBytes, 't');
  EXPECT_THAT(ReadWith(kTimestampAnnotation, kPlace, Base64(longest)), base::IsOk());
  EXPECT_THAT(ReadWith(kTimestampAnnotation, "/more", 1), base::IsOk());
  for (const Json& bad : std::vector<Json>{nullptr, "", "!!!!", 7, Json::array(), Json::object(),
                                           Base64(longest + "t")}) {
    EXPECT_THAT(ReadWith(kTimestampAnnotation, kPlace, bad), IsMalformed(kTimestampAnnotation))
        << bad.dump().substr(0, 80);
  }
  for (const std::string_view bad : {"no JSON", "[]", "{}", "null", "7"}) {
    EXPECT_THAT(ReadWith(kTimestampAnnotation, bad), IsMalformed(kTimestampAnnotation)) << bad;
  }
}

TEST_F(LayerWitnessesTest, AreNotQuotedUnprintably) {
  const std::string bait = "bait\x1b[0m";
  for (const std::string_view name :
       {kCertificateAnnotation, kLogEntryAnnotation, kTimestampAnnotation}) {
    for (const std::string& text :
         {bait, Json({{bait, bait}}).dump(),
          absl::StrCat("-----BEGIN ", bait, "-----\nAAAA\n-----END ", bait, "-----\n")}) {
      EXPECT_THAT(ReadWith(name, text), IsMalformed(name)) << name;
    }
  }
}

TEST_F(LayerWitnessesTest, SayNoLessThanTheyHoldInMemory) {
  const auto expect_counted = [](const Annotations& annotations) {
    EXPECT_THAT(ReadLayerWitnesses(annotations), base::IsOk());
    const size_t before = base::HeapBytes();
    const auto read = ReadLayerWitnesses(annotations);
    const size_t held = base::HeapBytes() - before;
    EXPECT_GE((*read)->memory_bytes(), held);
    return (*read)->memory_bytes();
  };
  expect_counted(annotations_);
  // A body's kind is held beside it.
  const std::string kind(400'000, 'k');
  Json json = Json::parse(annotations_.at(std::string(kLogEntryAnnotation)));
  json["Payload"]["body"] = Base64(Json({{"kind", kind}, {"apiVersion", kind}}).dump());
  annotations_[std::string(kLogEntryAnnotation)] = json.dump();
  EXPECT_GE(expect_counted(annotations_), 4 * kind.size());
}

}  // namespace
}  // namespace countersign::cosign
