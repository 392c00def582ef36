#ifndef COUNTERSIGN_CRYPTO_CHECK_SWITCH_H_
#define COUNTERSIGN_CRYPTO_CHECK_SWITCH_H_

namespace countersign::crypto {

// Checks of evidence that a build for tests can leave out, so that a test can show of each that
// evidence is refused for the sake of it and no other (//e2e:checks_test). Each is named for what it
// makes sure of.
enum class Check {
  kUnspecified = 0,
  kCertificateHolds,             // at the time, each certificate of a path
  kCertificateHoldsEachTime,     // that is vouched for
  kCertificateLogIsTrusted,      // of an SCT
  kChainHasNoRoot,               // of a bundle
  kCheckpointHasKeyId,           // a line that counts has that of the log's key
  kCheckpointIsSigned,           // by its log, at all
  kCheckpointSignatureHolds,     // each of the log's
  kEntryHasProof,                // in a bundle of version 0.2 or 0.3
  kEntryIsIncluded,              // its proof leads to the root
  kEntryIsOfSignature,           // what was logged
  kIdentityIsAskedFor,           // a certificate's
  kLogHasStart,                  // in a trusted root
  kMessageDigestIsArtifacts,     // the hint in a bundle
  kPromiseHolds,                 // signed by the log (SET)
  kProofHasCheckpoint,           // in a bundle; else the proof counts for nothing
  kTimeIsKnown,                  // at which a certificate is judged
  kTimestampAuthorityIsTrusted,  // at the time that it says
  kTimestampIsOfSignature,       // its imprint
};

#ifdef COUNTERSIGN_CHECK_SWITCHES
// Of another name, so that it can be seen of a program whether it has any (//tools:switches_test).
inline namespace check_switches {
bool IsOff(Check check);
}  // namespace check_switches
#else
// Nothing can be left out of what is shipped.
consteval bool IsOff(Check) { return false; }
#endif

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_CHECK_SWITCH_H_
