// Which roots an update takes, one after the other, and which it does not.

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tuf/signatures.h"
#include "tuf/test_repository.h"
#include "tuf/update.h"
#include "tuf/update_fixture.h"

namespace countersign::tuf {
namespace {

using base::Json;

TEST(Update, WalksAlongAllRoots) {
  TestRepository repository;
  for (int i = 0; i < 3; ++i) {
    repository.root.signers.erase(repository.root.signers.begin());
    repository.root.signers.push_back(TestSigner());
    repository.PublishRoot();
  }
  TrustedState state = repository.StateWithRoot();
  const UpdateRun run = RunFrom(repository, state);
  EXPECT_THAT(run, IsDoneWith(repository.target));
  EXPECT_EQ(run.wanted[3], "5.root.json");
  EXPECT_EQ(state.root, repository.RootFile(4));
}

TEST(Update, RefusesARootThatTheOneBeforeDidNotSign) {
  TestRepository repository;
  const TestSigners before = repository.root.signers;
  repository.root.signers = {TestSigner(), TestSigner(), TestSigner()};
  repository.PublishRoot();
  Json file = Json::parse(repository.RootFile(2));
  repository.files["2.root.json"] = SignMetadata(file["signed"], repository.root.signers);
  EXPECT_THAT(RunAnew(repository), FailedFor(Reason::kTooFewSignatures,
                                             "2.root.json: by the root before it, it is signed by "
                                             "0 of the keys that may sign it, and 2 must have"));

  TestSigners one_of_two = repository.root.signers;
  one_of_two.push_back(before[0]);
  repository.files["2.root.json"] = SignMetadata(file["signed"], one_of_two);
  EXPECT_THAT(RunAnew(repository),
              FailedFor(Reason::kTooFewSignatures, "by the root before it, it is signed by 1 of"));

  one_of_two.push_back(before[1]);
  repository.files["2.root.json"] = SignMetadata(file["signed"], one_of_two);
  EXPECT_THAT(RunAnew(repository), IsDoneWith(repository.target));
}

TEST(Update, RefusesARootThatItsOwnKeysDidNotSign) {
  TestRepository repository;
  const TestSigners before = repository.root.signers;
  repository.root.signers = {TestSigner(), TestSigner(), TestSigner()};
  repository.PublishRoot();
  const Json contents = Json::parse(repository.RootFile(2))["signed"];
  TestSigners signers = before;
  signers.push_back(repository.root.signers[0]);
  repository.files["2.root.json"] = SignMetadata(contents, signers);
  TrustedState state = repository.StateWithRoot();
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kTooFewSignatures, "2.root.json: it is signed by 1 of"));
  EXPECT_TRUE(IsSame(state, repository.StateWithRoot()));
}

TEST(Update, RefusesARootOfAnotherVersion) {
  for (const int version : {1, 3}) {
    TestRepository repository;
    repository.edit_root = [version](Json& contents) { contents["version"] = version; };
    repository.PublishRoot();
    EXPECT_THAT(RunAnew(repository),
                FailedFor(Reason::kWrongVersion,
                          absl::StrCat("2.root.json: it is version ", version, ", not 2")));
  }
}

TEST(Update, GoesThroughRootsThatHaveExpired) {
  TestRepository repository;
  repository.now = TestNow() + 400 * kDay;
  repository.PublishRoot();
  repository.PublishAll();
  TrustedState state = repository.StateWithRoot();
  EXPECT_THAT(RunFrom(repository, state), IsDoneWith(repository.target));
  EXPECT_EQ(state.root, repository.RootFile(2));
}

TEST(Update, RefusesALastRootThatHasExpired) {
  TestRepository repository;
  repository.PublishRoot();
  repository.now = TestNow() + 365 * kDay;
  repository.PublishAll();
  TrustedState state = repository.StateWithRoot();
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kExpired, "2.root.json: it expired at 2027-03-01T00:00:00+00:00"));
  // What was verified stays.
  EXPECT_TRUE(IsSame(state, repository.StateWithRoot(2)));
}

TEST(Update, BeginsWithARootThatIsWhole) {
  const TestRepository repository;
  TrustedState state = {.root = ""};
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kMalformed, "the trusted root.json: it cannot be read"));
  Json file = Json::parse(repository.RootFile(1));
  file["signed"]["version"] = 7;
  state.root = file.dump();
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kTooFewSignatures, "the trusted root.json: it is signed by 0 of"));
}

TEST(Update, TakesSoManyRootsAtOnceAndTheRestLater) {
  TestRepository repository;
  for (int i = 0; i < kMaxRootSteps; ++i) repository.PublishRoot();
  TrustedState state = repository.StateWithRoot();
  EXPECT_THAT(RunFrom(repository, state), FailedFor(Reason::kLimit,
                                                    "257.root.json: it is the last of "
                                                    "256 that one update takes"));
  EXPECT_EQ(state.root, repository.RootFile(257));
  EXPECT_THAT(RunFrom(repository, state), IsDoneWith(repository.target));
}

// Whoever makes the roots lists as many keys as he likes, and signs with each.
TEST(Update, ChecksSoManySignaturesAtOnceAndTheRestLater) {
  constexpr size_t kSigners = 64;
  constexpr int kRoots = kMaxSignatureChecks / (2 * kSigners);
  TestRepository repository;
  repository.root.signers.resize(kSigners);
  for (int i = 0; i < kRoots + 1; ++i) repository.PublishRoot();
  TrustedState state = repository.StateWithRoot(2);
  // The first one's own signatures count, too.
  EXPECT_THAT(RunFrom(repository, state),
              FailedFor(Reason::kLimit, absl::StrCat(kRoots + 2,
                                                     ".root.json: with it there are more "
                                                     "signatures to check than the 2048 that")));
  EXPECT_EQ(state.root, repository.RootFile(kRoots + 1));
  EXPECT_THAT(RunFrom(repository, state), IsDoneWith(repository.target));
}

}  // namespace
}  // namespace countersign::tuf
