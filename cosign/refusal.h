#ifndef COUNTERSIGN_COSIGN_REFUSAL_H_
#define COUNTERSIGN_COSIGN_REFUSAL_H_

#include <string>

namespace countersign::cosign {

// Why an item does not hold for a claim by a signer: for programs.
enum class Refused {
  kUnspecified = 0,
  kMalformed,                // what it holds cannot be read
  kWrongArtifact,            // it speaks of another image
  kBadSignature,             // the signer did not make it
  kWrongMaterial,            // it says who signed in a way that is not the signer's
  kWrongStatement,           // it states something else of the image
  kUnknownLog,               // only logs that are not trusted know of it
  kBadLogEntry,              // a trusted log's entry does not hold, or is of something else
  kBadTimestamp,             // a timestamp does not hold
  kNoTime,                   // nobody who is trusted says when it was signed
  kTooFewWitnesses,          // fewer logs or timestamps than are asked for
  kBadCertificate,           // no trusted authority issued the signer's certificate for that
  kCertificateNotValidThen,  // it did not hold when it signed
  kBadCertificateTimestamp,  // too few logs of certificates know the certificate (SCT)
  kWrongIdentity,            // the certificate is somebody else's
  kLimit,                    // judging it would take more than is taken
  kUnmet,                    // it holds, and does not say what else whoever asks wants of it
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
