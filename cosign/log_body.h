#ifndef COUNTERSIGN_COSIGN_LOG_BODY_H_
#define COUNTERSIGN_COSIGN_LOG_BODY_H_

#include <optional>
#include <string>

#include "cosign/log_entry_data.h"
#include "cosign/logged_signature.h"

namespace countersign::cosign {

// Why what was logged is not this signature by this signer of this artifact; nullopt: it is. A
// phrase that goes on a sentence about the entry ("its body is of another signature"), with nothing
// in it of what strangers wrote.
//
// The body must be strict JSON (base/json.h), of the kind and the version that the entry says, with
// the same signature, the same certificate or the same key without one (of a key's signature beside
// which there is a certificate of the key, either), and the right hash of
//   hashedrekord 0.0.1  a message, by the hash that the signature's scheme takes
//   hashedrekord 0.0.2  the same, or of what an envelope's signature is over; it names the scheme
//   rekord 0.0.1        a message, by SHA-256
//   dsse 0.0.1          an envelope's payload, by SHA-256
//   intoto 0.0.2        the same; it has the payload's type
// What else Rekor logs is not known here. Members that mean nothing here may stand beside, such as
// the hash of an envelope's text, which a bundle does not have. Where the text is known, it is that
// one's, by SHA-256, one of several signatures may be this one, and there is also
//   intoto 0.0.1        an envelope's text, which holds the signature; may have its payload's hash
//
// Pure. Whether a log has made the entry, and whether the signature holds, is for others to find
// out. Takes no operation with a key, and hashes the payload where the body does.
std::optional<std::string> WhyLoggedOtherwise(const LogEntry& entry,
                                              const LoggedSignature& signature);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_LOG_BODY_H_
