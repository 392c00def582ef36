#include "policy/look_plan.h"

#include <memory>

#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

const oci::Repository kOther = {"other.io", "signatures"};

EvidenceSourcePtr Prefixed(const char* prefix) {
  return std::make_shared<const EvidenceSource>(
      EvidenceSource{.repository = kOther, .tag_prefix = prefix});
}

TEST(Place, IsTheSameIfKindAndSourceAre) {
  EXPECT_EQ(Place(Place::kSignatureTag), Place(Place::kSignatureTag, nullptr));
  EXPECT_EQ(Place(Place::kSignatureTag, Prefixed("a")), Place(Place::kSignatureTag, Prefixed("a")));
  EXPECT_NE(Place(Place::kSignatureTag), Place(Place::kAttestationTag));
  EXPECT_NE(Place(Place::kSignatureTag, Prefixed("a")), Place(Place::kSignatureTag, Prefixed("b")));
  EXPECT_NE(Place(Place::kSignatureTag, Prefixed("a")), Place(Place::kSignatureTag));
}

TEST(Place, OfTagsIsAnotherForEachPrefix) {
  for (const Place::Kind kind : {Place::kSignatureTag, Place::kAttestationTag}) {
    EXPECT_NE(PlaceIn(Prefixed("a"), kind), PlaceIn(Prefixed("b"), kind));
    EXPECT_EQ(PlaceIn(Prefixed("a"), kind).tag_prefix(), "a");
    EXPECT_EQ(PlaceIn(nullptr, kind), Place(kind));
    EXPECT_EQ(PlaceIn(nullptr, kind).tag_prefix(), "");
  }
}

TEST(Place, OfReferrersIsTheRepositoryWhateverTheTagsBeginWith) {
  EXPECT_EQ(PlaceIn(Prefixed("a"), Place::kReferrers), PlaceIn(Prefixed("b"), Place::kReferrers));
  EXPECT_EQ(PlaceIn(Prefixed("a"), Place::kReferrers), PlaceIn(Prefixed(""), Place::kReferrers));
  EXPECT_NE(PlaceIn(Prefixed("a"), Place::kReferrers), Place(Place::kReferrers));
  const auto own = std::make_shared<const EvidenceSource>(EvidenceSource{.tag_prefix = "a"});
  EXPECT_EQ(PlaceIn(own, Place::kReferrers), Place(Place::kReferrers));
}

}  // namespace
}  // namespace countersign::policy
