#include "shim/question_batches.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/limits.h"

namespace countersign::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using QuestionPtr = std::shared_ptr<const v1::VerifyImagesRequest>;

QuestionPtr Question(int images, const std::string& text = "nginx") {
  auto question = std::make_shared<v1::VerifyImagesRequest>();
  for (int i = 0; i < images; ++i) question->add_images()->set_reference(text);
  return question;
}

class QuestionBatchesTest : public testing::Test {
 protected:
  using Batch = QuestionBatches::Batch;

  static QuestionBatches::Asked AskedAt(const std::string& target, QuestionPtr question) {
    return {.turn = VerifierChannels::Turn(nullptr, target, nullptr, nullptr, /*is_alone=*/false),
            .request = std::move(question),
            .deadline = absl::InfiniteFuture(),
            .trace = {},
            .on_answer = [](const VerifierClient::FirstAnswer&) {}};
  }

  // How many images each question of the batch has that is to be sent now; nothing if none is.
  std::vector<int> Add(const std::string& target, QuestionPtr question) {
    QuestionBatches::Asked asked = AskedAt(target, std::move(question));
    const QuestionBatches::Added added = batches_.Add(asked);
    EXPECT_TRUE(added.is_taken);
    return ImagesOf(added.next);
  }
  std::vector<int> Add(int images) { return Add("a", Question(images)); }
  std::vector<int> Next(const std::string& target = "a") { return ImagesOf(batches_.Next(target)); }

  static std::vector<int> ImagesOf(const std::optional<Batch>& batch) {
    std::vector<int> images;
    if (!batch.has_value()) return images;
    for (const QuestionBatches::Asked& asked : batch->asked) {
      images.push_back(asked.request->images_size());
    }
    return images;
  }

  QuestionBatches batches_;
};

TEST_F(QuestionBatchesTest, TheFirstGoesAtOnceAndOthersGatherMeanwhile) {
  EXPECT_THAT(Add(1), ElementsAre(1));
  EXPECT_THAT(Add(2), IsEmpty());
  EXPECT_THAT(Add(3), IsEmpty());
  EXPECT_THAT(Next(), ElementsAre(2, 3));
  EXPECT_THAT(Add(4), IsEmpty());
  EXPECT_THAT(Next(), ElementsAre(4));
  EXPECT_THAT(Next(), IsEmpty());
  EXPECT_THAT(Add(5), ElementsAre(5));
}

TEST_F(QuestionBatchesTest, OneVerifierDoesNotHoldUpAnother) {
  EXPECT_THAT(Add("a", Question(1)), ElementsAre(1));
  EXPECT_THAT(Add("b", Question(2)), ElementsAre(2));
  EXPECT_THAT(Add("a", Question(3)), IsEmpty());
  EXPECT_THAT(Next("b"), IsEmpty());
  EXPECT_THAT(Next("a"), ElementsAre(3));
}

TEST_F(QuestionBatchesTest, NoneHasMoreImagesThanAreAnswered) {
  EXPECT_THAT(Add(1), ElementsAre(1));
  EXPECT_THAT(Add(16), IsEmpty());
  EXPECT_THAT(Add(15), IsEmpty());
  // Which has room no more beside the first two. A full batch need not wait.
  EXPECT_THAT(Add(2), ElementsAre(16, 15));
  // One that is not full does, as long as any is under way.
  EXPECT_THAT(Next(), IsEmpty());
  EXPECT_THAT(Next(), ElementsAre(2));
}

TEST_F(QuestionBatchesTest, NoneIsLongerThanAVerifierReads) {
  EXPECT_THAT(Add(1), ElementsAre(1));
  const QuestionPtr long_one = Question(1, std::string(4000, 'a'));
  std::vector<int> sent;
  int added = 0;
  for (; sent.empty() && added < 100; ++added) sent = Add("a", long_one);
  EXPECT_EQ(sent.size(), static_cast<size_t>(added - 1));
  EXPECT_LE((long_one->ByteSizeLong() + 60) * sent.size(), v1::kMaxRecallBytes);
  EXPECT_GT((long_one->ByteSizeLong() + 100) * added, v1::kMaxRecallBytes);
}

TEST_F(QuestionBatchesTest, FourAreUnderWayAtTheMostAndFourGather) {
  int sent = 0;
  // The first of one question, the others of two.
  for (int i = 0; i < 15; ++i) {
    if (!Add(16).empty()) ++sent;
  }
  EXPECT_EQ(sent, 4);
  // There is no room for another, of any size, which stays with who has it.
  for (const int images : {16, 1}) {
    QuestionBatches::Asked asked = AskedAt("a", Question(images));
    const QuestionBatches::Added added = batches_.Add(asked);
    EXPECT_FALSE(added.is_taken);
    EXPECT_FALSE(added.next.has_value());
    EXPECT_EQ(asked.turn.target(), "a");
    EXPECT_NE(asked.request, nullptr);
    EXPECT_NE(asked.on_answer, nullptr);
  }
  EXPECT_THAT(Add("b", Question(1)), ElementsAre(1));
  for (const size_t questions : {2, 2, 2, 0, 0, 0, 2, 0}) EXPECT_EQ(Next().size(), questions);
  EXPECT_THAT(Add(1), ElementsAre(1));
}

TEST_F(QuestionBatchesTest, WhatHasGatheredWhereNothingIsSentAnyMoreIsGivenBack) {
  EXPECT_THAT(Add(1), ElementsAre(1));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Add(1), IsEmpty());
  const std::vector<Batch> gathered = batches_.Disband("a");
  ASSERT_EQ(gathered.size(), 1u);
  EXPECT_EQ(gathered[0].asked.size(), 3u);
  EXPECT_THAT(Add(2), ElementsAre(2));
}

TEST_F(QuestionBatchesTest, ALargeQuestionGoesByItselfAndSoDoesAnEmptyOne) {
  const auto is_taken = [this](QuestionPtr question) {
    QuestionBatches::Asked asked = AskedAt("a", std::move(question));
    return batches_.Add(asked).is_taken;
  };
  EXPECT_TRUE(is_taken(Question(16)));
  EXPECT_FALSE(is_taken(Question(17)));
  EXPECT_TRUE(is_taken(Question(4, std::string(4000, 'a'))));
  EXPECT_FALSE(is_taken(Question(5, std::string(4000, 'a'))));
  EXPECT_FALSE(is_taken(Question(0)));
}

}  // namespace
}  // namespace countersign::shim
