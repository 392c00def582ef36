#include "cosign/test_judge.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/printable.h"
#include "cosign/bundle_evidence.h"
#include "cosign/claim.h"
#include "cosign/test_sigstore_json.h"
#include "crypto/message.h"

namespace countersign::cosign {
SignerPtr TestJudge::signer() const {
  const auto trusted = std::make_shared<const TrustedRoot>(trust);
  if (key.has_value()) return KeySigner(*key, witnesses, trusted);
  return KeylessSigner(Identities::Compile(identities).value(), witnesses, trusted);
}

BundleVerdict TestJudge::Judge(const Bundle& bundle) const {
  return JudgeText(TestBundleJson(bundle).dump());
}

BundleVerdict TestJudge::JudgeText(std::string_view bundle) const {
  absl::StatusOr<Bundle> read = ParseBundle(bundle);
  if (!read.ok()) return Refusal{Refused::kMalformed, std::string(read.status().message())};
  const BundleEvidence evidence(*std::move(read));
  const SignerPtr by = signer();
  return file.has_value() ? VerifyBundle(evidence, *file, *by)
                          : VerifyBundle(evidence, Claim{image, predicate_type}, *by);
}

BundleVerdict TestJudge::JudgeFile(const Bundle& bundle, File other) const {
  TestJudge judge = *this;
  judge.file = std::move(other);
  return judge.Judge(bundle);
}

File TestFile(std::string bytes) {
  return {.bytes = std::make_shared<const crypto::Message>(std::move(bytes))};
}

File TestFileDigest(std::string_view bytes, crypto::HashAlgorithm algorithm) {
  return {.algorithm = algorithm,
          .digest = crypto::DigestOf(crypto::Message(std::string(bytes)), algorithm)};
}

std::string Describe(const BundleVerdict& verdict) {
  if (const auto* const refusal = std::get_if<Refusal>(&verdict)) {
    return absl::StrCat("refused as ", static_cast<int>(refusal->reason), ": ", refusal->sentence);
  }
  const auto& proof = std::get<Proof>(verdict);
  std::string text = absl::StrCat("holds: scheme ", static_cast<int>(proof.scheme), ", subject ",
                                  proof.subject, ", predicate ", proof.predicate_type);
  if (proof.identity.has_value()) {
    absl::StrAppend(&text, ", issuer ", proof.identity->issuer, ", subjects ",
                    absl::StrJoin(proof.identity->subjects, " "), ", extensions ",
                    absl::StrJoin(proof.identity->extensions, " ", absl::PairFormatter("=")));
  }
  for (const absl::Time time : proof.times) {
    absl::StrAppend(&text, ", at ", absl::ToUnixNanos(time));
  }
  for (const uint64_t index : proof.log_indexes) absl::StrAppend(&text, ", entry ", index);
  return text;
}

bool IsForPeople(std::string_view sentence) {
  constexpr size_t kMaxBytes = 1000;
  return !sentence.empty() && sentence.size() <= kMaxBytes &&
         base::Printable(sentence, kMaxBytes) == sentence;
}

}  // namespace countersign::cosign
