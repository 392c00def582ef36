#ifndef COUNTERSIGN_SHIM_UNANSWERED_H_
#define COUNTERSIGN_SHIM_UNANSWERED_H_

#include <string>

#include "proto/countersign/v1/verifier.pb.h"
#include "shim/call_result.h"

namespace countersign::shim {

// Why a question was not answered by verdicts.
enum class Unanswered {
  kRefused,    // a verifier answered something else
  kLost,       // whoever had it was late, busy, or died
  kNeverSent,  // nobody was there: an outage
};

// `asked` is a failure.
Unanswered WhyUnanswered(const CallResult<v1::VerifyImagesResponse>& asked);

// The sentence of the denial, for whoever sent the object. What the transport says of a failure has
// addresses in it; only a verifier's own words are repeated.
std::string DenialOfUnanswered(const CallResult<v1::VerifyImagesResponse>& asked);

// The line that a denial ends with where time was short, by the verdicts too, and a part of it was gone before
// anybody could be asked; else "".
std::string SayWaited(const CallResult<v1::VerifyImagesResponse>& asked);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_UNANSWERED_H_
