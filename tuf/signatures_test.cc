#include "tuf/signatures.h"

#include <optional>
#include <string>

#include "base/file.h"
#include "base/json_place.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"
#include "tuf/key.h"
#include "tuf/test_repository.h"

namespace countersign::tuf {
namespace {

using base::Json;
using crypto::TestKeyType;

Json Contents() { return {{"_type", "root"}, {"version", 1}}; }

Role RoleOf(const TestSigners& signers) {
  Role role;
  for (const TestSigner& signer : signers) {
    role.key_ids.insert(signer.id());
    role.keys.push_back(*ReadKey(signer.id(), base::JsonPlace(signer.object())).value());
  }
  role.threshold = 1;
  return role;
}

SignedBytes Read(const std::string& text) {
  return ParseEnvelope(text, kMaxRootBytes).value().signed_bytes;
}

std::optional<size_t> CountSigners(const SignedBytes& signed_bytes, const Role& role) {
  SignatureBudget budget;
  return CountSigners(signed_bytes, role, budget);
}

std::optional<size_t> Count(const TestSigners& signed_by, const TestSigners& may_sign) {
  return CountSigners(Read(SignMetadata(Contents(), signed_by)), RoleOf(may_sign));
}

TEST(Signatures, CountKeysOfEveryKind) {
  const TestSigner p256, ed25519(TestKeyType::kEd25519), rsa(TestKeyType::kRsa2048);
  EXPECT_EQ(Count({p256}, {p256}), 1u);
  EXPECT_EQ(Count({ed25519}, {ed25519}), 1u);
  EXPECT_EQ(Count({rsa}, {rsa}), 1u);
  EXPECT_EQ(Count({rsa, p256, ed25519}, {p256, ed25519, rsa}), 3u);
}

TEST(Signatures, CountOnlyTheRolesKeys) {
  const TestSigner a, b, c;
  EXPECT_EQ(Count({a, b, c}, {a, b}), 2u);
  EXPECT_EQ(Count({c}, {a, b}), 0u);
  EXPECT_EQ(Count({}, {a}), 0u);
  EXPECT_EQ(Count({a}, {}), 0u);
}

// Somebody who may list one key under many ids, by members that mean nothing, is still one.
TEST(Signatures, CountEqualKeysOnce) {
  const TestSigner a, b;
  const TestSigner again = a.With({{"x-more", 1}});
  ASSERT_NE(again.id(), a.id());
  EXPECT_EQ(Count({a, again}, {a, again, b}), 1u);
  EXPECT_EQ(Count({a, again, b}, {a, again, b}), 2u);
}

TEST(Signatures, AreCheckedAsLongAsTheBudgetLasts) {
  const TestSigner a, b, c;
  const SignedBytes signed_bytes = Read(SignMetadata(Contents(), {a, b, c}));
  SignatureBudget budget(5);
  EXPECT_EQ(CountSigners(signed_bytes, RoleOf({a, b, c}), budget), 3u);
  EXPECT_EQ(budget.left(), 2u);
  EXPECT_EQ(CountSigners(signed_bytes, RoleOf({a, b, c}), budget), std::nullopt);
  EXPECT_EQ(budget.left(), 0u);
  EXPECT_EQ(CountSigners(signed_bytes, RoleOf({a}), budget), std::nullopt);
  EXPECT_EQ(CountSigners(signed_bytes, RoleOf({}), budget), 0u);
}

TEST(Signatures, CostNothingWhereNothingCanComeOfThem) {
  const TestSigner a, stranger;
  const TestSigner again = a.With({{"x-more", 1}});
  const SignedBytes signed_bytes = Read(SignMetadata(Contents(), {stranger, a, again}));
  SignatureBudget budget(1);
  EXPECT_EQ(CountSigners(signed_bytes, RoleOf({a, again}), budget), 1u);
}

TEST(Signatures, CountForTheKeyTheyNameAlone) {
  const TestSigner a, b;
  Json file = Json::parse(SignMetadata(Contents(), {a}));
  file["signatures"][0]["keyid"] = b.id();
  EXPECT_EQ(CountSigners(Read(file.dump()), RoleOf({a, b})), 0u);
}

TEST(Signatures, DoNotCountOverOtherContents) {
  const TestSigner a, b;
  for (const char* const change : {"version", "x-unknown"}) {
    Json file = Json::parse(SignMetadata(Contents(), {a, b}));
    file["signed"][change] = 2;
    EXPECT_EQ(CountSigners(Read(file.dump()), RoleOf({a, b})), 0u) << change;
  }
}

TEST(Signatures, BrokenOnesHideNoGoodOnes) {
  const TestSigner a, b;
  Json file = Json::parse(SignMetadata(Contents(), {a, b}));
  file["signatures"][0]["sig"] = "3000";
  EXPECT_EQ(CountSigners(Read(file.dump()), RoleOf({a, b})), 1u);
}

TEST(Signatures, HoldWhateverSpaceAndOrderTheFileHas) {
  const TestSigner a;
  const Json file = Json::parse(SignMetadata(Contents(), {a}));
  EXPECT_EQ(CountSigners(Read(file.dump()), RoleOf({a})), 1u);
  EXPECT_EQ(CountSigners(Read(file.dump(7)), RoleOf({a})), 1u);
}

// Files with keys of all kinds, and names with characters of all kinds, that Python's cryptography and
// a few lines of Python made.
TEST(Signatures, HoldThatAnotherImplementationMade) {
  const auto load = [](const std::string& name) {
    return base::LoadFile("tuf/metadata_fuzz_corpus/" + name).value_or("");
  };
  const auto root = ParseRoot(load("root"));
  const auto timestamp = ParseTimestamp(load("timestamp"));
  const auto snapshot = ParseSnapshot(load("snapshot"));
  const auto targets = ParseTargets(load("targets"), "trusted_root.json");
  ASSERT_TRUE(root.ok() && timestamp.ok() && snapshot.ok() && targets.ok());
  EXPECT_EQ(CountSigners(root->signed_bytes, root->root), 3u);
  EXPECT_EQ(CountSigners(timestamp->signed_bytes, root->timestamp), 1u);
  EXPECT_EQ(CountSigners(snapshot->signed_bytes, root->snapshot), 1u);
  EXPECT_EQ(CountSigners(targets->signed_bytes, root->targets), 2u);
}

}  // namespace
}  // namespace countersign::tuf
