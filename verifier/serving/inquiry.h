#ifndef COUNTERSIGN_VERIFIER_SERVING_INQUIRY_H_
#define COUNTERSIGN_VERIFIER_SERVING_INQUIRY_H_

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "oci/digest.h"
#include "policy/verdict.h"
#include "verifier/evidence/examiner.h"
#include "verifier/evidence/gathered.h"
#include "verifier/serving/workload_question.h"

namespace countersign::verifier {

// One distinct image on its way from ask through look to judge.
//
//   ask --> decided                      the policy and the image's text are enough
//       --> remembered --> decided       what is remembered of it holds
//                      --> awaited       it does not, and it is looked at
//       --> awaited    --> decided       what was found is judged, or that nothing was in time
//                      --> ask           what its tag means was found, on which depends what is asked
//
// Beginning blocks on nothing, so that all images of a question are under way before the first of
// them is checked or waited for. For one thread.
class Inquiry {
 public:
  // What is to be found out about the image whose tag, if that was looked up, means the digest
  // (AskedWorkload::Ask).
  using Asked = std::variant<policy::Verdict, ImageQuestion>;
  using Ask = std::function<Asked(const std::optional<oci::Digest>& resolved)>;

  // The verdict, if it needs no look and no public-key work, nor any waiting: by the policy and the image's
  // text, or by what is remembered of it and of checking that, in so many outcomes as there is `room` for
  // (SignatureJudge::ExamineAtOnce).
  static std::optional<ImageVerdict> DecideAtOnce(
      std::string_view image, const Ask& ask, Examiner& examiner, size_t& room,
      size_t most_listed = std::numeric_limits<size_t>::max());

  // Of `image`, the reference as it was written; its text, the examiner and what `ask` holds must
  // outlive the inquiry. Starts to look, unless it is decided already, or what is remembered may do.
  // The verdict's lists take at most `most_listed` bytes (policy/verdict_lists.h).
  Inquiry(std::string_view image, Ask ask, Examiner* examiner,
          size_t most_listed = std::numeric_limits<size_t>::max());

  // Checks what is remembered, if that may do, and starts to look if it does not.
  void UseMemory(absl::Time deadline);

  // Whether there is nothing to be checked or waited for any more.
  bool IsDecided() const { return std::holds_alternative<Decided>(state_); }

  // Waits until `until` for what is being looked at, and for what is asked next where that is what the
  // image's tag means. Whether it is there, or nothing is looked at: then Conclude does not block.
  // `deadline` is Conclude's.
  bool AwaitLook(absl::Time until, absl::Time deadline);

  // The verdict; at most once. Waits for what is being looked at; what is not there by `deadline` is
  // undecided.
  ImageVerdict Conclude(absl::Time deadline);

 private:
  struct Decided {
    ImageVerdict verdict;
  };
  // Not checked yet.
  struct Remembered {
    ImageQuestion question;
    GatheredPtr gathered;
  };
  struct Awaited {
    ImageQuestion question;
    Examiner::Ticket ticket;
  };
  using State = std::variant<Decided, Remembered, Awaited>;

  static State Begin(Asked asked, Examiner& examiner, size_t most_listed);
  // Asks again if what is there is the digest that had to be known for that, and checks what is remembered.
  void AskOfDigest(absl::Time deadline);
  // What came of the look, waited for until the deadline, as it counts where a registry is away
  // (Examiner::WhereAway). Where nothing did, it is not known either what the image's tag means.
  absl::StatusOr<Examiner::ExaminationPtr> Await(Awaited& awaited, absl::Time deadline) const;
  static Awaited Look(ImageQuestion question, Examiner::Freshness freshness, Examiner& examiner);
  Decided Judge(const ImageQuestion& question,
                const absl::StatusOr<Examiner::ExaminationPtr>& examination) const;

  std::string_view image_;
  Ask ask_;
  Examiner* examiner_;
  size_t most_listed_;
  State state_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_INQUIRY_H_
