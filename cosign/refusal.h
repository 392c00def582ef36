#ifndef COUNTERSIGN_COSIGN_REFUSAL_H_
#define COUNTERSIGN_COSIGN_REFUSAL_H_

#include <string>

namespace countersign::cosign {

// Why an item does not hold for a claim by a signer: for programs.
enum class Refused {
  kUnspecified = 0,
  kMalformed,      // what it holds cannot be read
  kWrongArtifact,  // it speaks of another image
  kBadSignature,   // the signer did not make it
};

// The same for people too.
struct Refusal {
  Refused reason = Refused::kUnspecified;
  // A phrase about the item, printable and short: "its payload speaks of sha256:…, not of this
  // image". Nothing depends on it.
  std::string sentence;
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_REFUSAL_H_
