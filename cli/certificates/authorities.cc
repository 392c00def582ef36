#include "cli/certificates/authorities.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "crypto/sha256.h"

namespace countersign::cli {
namespace {

using crypto::Certificate;

constexpr std::string_view kNextTrustedSince = "countersign/next-trusted-since";
constexpr std::string_view kOldUnusedSince = "countersign/old-unused-since";

// A time that was noted about certain certificates, and about no others.
std::string WriteSince(const std::optional<absl::Time>& since,
                       const std::vector<Certificate>& about) {
  if (!since.has_value() || about.empty()) return "";
  return absl::StrCat(absl::FormatTime(absl::RFC3339_sec, *since, absl::UTCTimeZone()), " ",
                      crypto::Sha256Hex(crypto::WriteChain(about)));
}

std::optional<absl::Time> ReadSince(std::string_view text, const std::vector<Certificate>& about,
                                    absl::Time now) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(' ', 1));
  absl::Time since;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, parts.first, &since, &error)) return std::nullopt;
  // A time to come was noted by a clock that was wrong.
  if (since > now || WriteSince(since, about) != text) return std::nullopt;
  return since;
}

absl::StatusOr<Certificate> ReadCertificate(std::string_view pem, absl::Time now) {
  CS_ASSIGN_OR_RETURN(const std::vector<Certificate> chain, Certificate::ParseChain(pem));
  if (!chain.front().is_authority()) return absl::InvalidArgumentError("it is no authority");
  if (chain.front().not_after() < now) return absl::InvalidArgumentError("it has ended");
  return chain.front();
}

// The pair under these entries, if it can be used. Its certificate alone, if only that can be, is
// added to `old`.
std::optional<KeyPair> ReadPair(const CertificateSecret& secret, const std::string& name,
                                absl::Time now, AuthoritiesRead* read) {
  const std::string cert_entry = name + ".crt";
  const std::string key_entry = name + ".key";
  const std::string pem = secret.Entry(cert_entry);
  if (pem.empty() && secret.Entry(key_entry).empty()) return std::nullopt;
  const absl::StatusOr<Certificate> certificate = ReadCertificate(pem, now);
  if (!certificate.ok()) {
    read->faults.push_back(
        absl::StrCat("its ", cert_entry, " cannot be used: ", certificate.status().message()));
    return std::nullopt;
  }
  absl::StatusOr<PrivateKey> key = PrivateKey::FromPem(secret.Entry(key_entry));
  if (key.ok() && certificate->Certifies(key->public_key())) {
    return KeyPair{*certificate, *std::move(key)};
  }
  read->faults.push_back(absl::StrCat(
      "its ", key_entry, " cannot be used: ",
      key.ok() ? absl::StrCat("it does not belong to ", cert_entry) : key.status().message()));
  read->authorities.old.push_back(*certificate);
  return std::nullopt;
}

void ReadOld(const CertificateSecret& secret, absl::Time now, AuthoritiesRead* read) {
  const std::string pem = secret.Entry("old.crt");
  if (pem.empty()) return;
  const absl::StatusOr<std::vector<Certificate>> old = Certificate::ParseChain(pem);
  if (!old.ok()) {
    read->faults.push_back(absl::StrCat("its old.crt cannot be used: ", old.status().message()));
    return;
  }
  for (const Certificate& certificate : *old) {
    if (!certificate.is_authority() || certificate.not_after() < now) continue;
    read->authorities.old.push_back(certificate);
  }
}

}  // namespace

std::vector<Certificate> Authorities::Trusted(absl::Time now) const {
  std::vector<Certificate> all;
  if (issuing.has_value()) all.push_back(issuing->certificate);
  if (next.has_value()) all.push_back(next->certificate);
  all.insert(all.end(), old.begin(), old.end());
  std::vector<Certificate> trusted;
  for (const Certificate& certificate : all) {
    if (certificate.not_after() < now) continue;
    if (std::find(trusted.begin(), trusted.end(), certificate) == trusted.end()) {
      trusted.push_back(certificate);
    }
  }
  return trusted;
}

AuthoritiesRead ReadAuthorities(const CertificateSecret& secret, absl::Time now) {
  AuthoritiesRead read;
  Authorities& authorities = read.authorities;
  authorities.issuing = ReadPair(secret, "tls", now, &read);
  authorities.next = ReadPair(secret, "next", now, &read);
  ReadOld(secret, now, &read);
  if (authorities.next.has_value()) {
    authorities.next_trusted_since =
        ReadSince(secret.Annotation(kNextTrustedSince), {authorities.next->certificate}, now);
  }
  authorities.old_unused_since =
      ReadSince(secret.Annotation(kOldUnusedSince), authorities.old, now);
  return read;
}

void WriteAuthorities(const Authorities& authorities, absl::Time now, CertificateSecret* secret) {
  const auto write_pair = [&](const std::string& name, const std::optional<KeyPair>& pair) {
    secret->SetEntry(name + ".crt", pair.has_value() ? pair->certificate.Pem() : "");
    secret->SetEntry(name + ".key", pair.has_value() ? pair->key.Pem() : "");
  };
  write_pair("tls", authorities.issuing);
  write_pair("next", authorities.next);
  secret->SetEntry("old.crt", crypto::WriteChain(authorities.old));
  secret->SetEntry("ca.crt", crypto::WriteChain(authorities.Trusted(now)));
  std::vector<Certificate> next;
  if (authorities.next.has_value()) next.push_back(authorities.next->certificate);
  secret->SetAnnotation(kNextTrustedSince, WriteSince(authorities.next_trusted_since, next));
  secret->SetAnnotation(kOldUnusedSince, WriteSince(authorities.old_unused_since, authorities.old));
}

}  // namespace countersign::cli
