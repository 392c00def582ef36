#include "cli/certificates/certificate_plan.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "cli/certificates/authorities.h"
#include "cli/certificates/certificate_secret.h"
#include "cli/certificates/leaf_certificate.h"
#include "cli/certificates/webhook_bundle.h"
#include "crypto/certificate_authority.h"

namespace countersign::cli {
namespace {

using crypto::Certificate;
using crypto::KeyPair;

constexpr std::string_view kAuthoritySecret = "countersign-ca";

kube::ObjectPath SecretPath(const CertificateOptions& options, std::string_view name) {
  return {.version = "v1",
          .object_namespace = options.secret_namespace,
          .resource = "secrets",
          .name = std::string(name)};
}

std::string Text(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

// Enough of it to tell one from another.
std::string Short(const Certificate& certificate) {
  return absl::StrCat(certificate.subject(), " (", certificate.Fingerprint().substr(0, 23), "…)");
}

absl::Status CheckLifetimes(const CertificateOptions& options) {
  constexpr absl::Duration kLongest = absl::Hours(24 * 365 * 100);
  if (options.propagation_time < absl::ZeroDuration() ||
      options.leaf_lifetime < absl::Seconds(10) || options.ca_lifetime > kLongest ||
      options.leaf_lifetime > options.ca_lifetime) {
    return absl::InvalidArgumentError(
        "a certificate must live at least ten seconds and no longer than its authority, and that "
        "at most a hundred years");
  }
  // Both steps of a replacement must fit into the last third of a life.
  if (options.ca_lifetime < 6 * options.propagation_time ||
      options.leaf_lifetime < 3 * options.propagation_time) {
    return absl::InvalidArgumentError(
        "an authority must live six times, another certificate three times as long as the "
        "propagation time");
  }
  return absl::OkStatus();
}

bool IsSignedByAny(const Leaf& leaf, const std::vector<Certificate>& authorities) {
  return leaf.pair.has_value() &&
         std::any_of(authorities.begin(), authorities.end(), [&](const Certificate& authority) {
           return leaf.pair->certificate.IsSignedBy(authority);
         });
}

// One planning. Each step changes what is to be, in memory; what then differs is written.
class Planner {
 public:
  Planner(const CertificateObjects& objects, const CertificateOptions& options, absl::Time now)
      : objects_(objects),
        options_(options),
        now_(now),
        specs_(LeafSpecs(options)),
        authority_secret_(objects.authorities.path, objects.authorities.object) {
    for (const FoundObject& found : objects.leaves) {
      leaf_secrets_.emplace_back(found.path, found.object);
      leaves_.push_back(ReadLeaf(leaf_secrets_.back()));
    }
  }

  absl::StatusOr<CertificatePlan> Plan() {
    CS_RETURN_IF_ERROR(CheckMayWrite());
    CS_RETURN_IF_ERROR(SettleAuthorities());
    LetNextIssue();
    LetOldGo();
    bundle_ = authorities_.Trusted(now_);
    std::vector<CertificateWrite> leaves;
    CS_ASSIGN_OR_RETURN(leaves, PlanLeaves());
    std::vector<CertificateWrite> webhooks = PlanWebhooks();
    NoteThatNextIsTrusted();
    PlanAuthoritySecret();
    for (CertificateWrite& write : leaves) plan_.writes.push_back(std::move(write));
    for (CertificateWrite& write : webhooks) plan_.writes.push_back(std::move(write));
    return std::move(plan_);
  }

 private:
  absl::Status CheckMayWrite() const {
    CS_RETURN_IF_ERROR(authority_secret_.CheckMayBeWritten(options_.take_over));
    for (const CertificateSecret& secret : leaf_secrets_) {
      CS_RETURN_IF_ERROR(secret.CheckMayBeWritten(options_.take_over));
    }
    for (const FoundObject& webhook : objects_.webhooks) {
      CS_RETURN_IF_ERROR(CheckMayBeWritten(webhook.path, webhook.object));
    }
    return absl::OkStatus();
  }

  // Afterwards there is an authority that issues, or one that is to.
  absl::Status SettleAuthorities() {
    AuthoritiesRead read = ReadAuthorities(authority_secret_, now_);
    authorities_ = std::move(read.authorities);
    reasons_ = std::move(read.faults);
    if (!authorities_.issuing.has_value() && !authorities_.next.has_value()) return StartAnew();
    const bool is_near_end =
        authorities_.issuing.has_value() && IsNearItsEnd(authorities_.issuing->certificate, now_);
    if (!options_.replace_authority && (!is_near_end || authorities_.next.has_value())) {
      return absl::OkStatus();
    }
    CS_ASSIGN_OR_RETURN(authorities_.next, NewAuthority());
    authorities_.next_trusted_since.reset();
    reasons_.push_back(absl::StrCat(
        "new authority ", Short(authorities_.next->certificate), " until ",
        Text(authorities_.next->certificate.not_after()), ", to be trusted before it issues, as ",
        options_.replace_authority
            ? "the old one is to be replaced"
            : absl::StrCat("the old one ends at ",
                           Text(authorities_.issuing->certificate.not_after()))));
    return absl::OkStatus();
  }

  absl::Status StartAnew() {
    KeepLostAuthorities();
    CS_ASSIGN_OR_RETURN(KeyPair fresh, NewAuthority());
    const std::string name =
        absl::StrCat(Short(fresh.certificate), " until ", Text(fresh.certificate.not_after()));
    if (IsAnyLeafUsable()) {
      reasons_.push_back(absl::StrCat("new authority ", name,
                                      ", to be trusted before it issues, as the key of the old one "
                                      "is lost"));
      authorities_.next = std::move(fresh);
    } else {
      reasons_.push_back(absl::StrCat("first authority ", name));
      authorities_.issuing = std::move(fresh);
    }
    return absl::OkStatus();
  }

  // Those of which a certificate is in a Secret, as far as somebody's bundle still has them.
  void KeepLostAuthorities() {
    std::vector<Certificate> known;
    for (const Leaf& leaf : leaves_) {
      known.insert(known.end(), leaf.bundle.begin(), leaf.bundle.end());
    }
    for (const FoundObject& webhook : objects_.webhooks) {
      const std::vector<Certificate> more = TrustedByWebhooks(webhook.object, options_);
      known.insert(known.end(), more.begin(), more.end());
    }
    std::vector<Certificate>& old = authorities_.old;
    for (const Certificate& candidate : known) {
      const bool is_in_use = std::any_of(leaves_.begin(), leaves_.end(), [&](const Leaf& leaf) {
        return IsSignedByAny(leaf, {candidate});
      });
      if (!is_in_use || candidate.not_after() < now_) continue;
      if (std::find(old.begin(), old.end(), candidate) == old.end()) old.push_back(candidate);
    }
  }

  bool IsAnyLeafUsable() const {
    const std::vector<Certificate> trusted = authorities_.Trusted(now_);
    for (size_t i = 0; i < leaves_.size(); ++i) {
      if (FaultOf(leaves_[i], specs_[i], trusted, now_).empty()) return true;
    }
    return false;
  }

  // With a name that differs from the last one's, so that nobody takes one for the other.
  absl::StatusOr<KeyPair> NewAuthority() const {
    return crypto::MakeAuthority(absl::StrCat("countersign-ca ", Text(now_)),
                                 ValidityFrom(now_, options_.ca_lifetime));
  }

  void LetNextIssue() {
    if (!authorities_.next.has_value()) return;
    const Certificate next = authorities_.next->certificate;
    const std::optional<absl::Time>& since = authorities_.next_trusted_since;
    if (since.has_value() && now_ >= *since + options_.propagation_time) {
      reasons_.push_back(absl::StrCat("authority ", Short(next),
                                      " issues from now on, as it is trusted everywhere since ",
                                      Text(*since)));
    } else if (!authorities_.issuing.has_value() && !IsAnyLeafUsable()) {
      reasons_.push_back(absl::StrCat("authority ", Short(next),
                                      " issues from now on, as nothing else holds any more"));
    } else {
      return;
    }
    if (authorities_.issuing.has_value()) {
      authorities_.old.insert(authorities_.old.begin(), authorities_.issuing->certificate);
    }
    authorities_.issuing = std::move(authorities_.next);
    authorities_.next.reset();
    authorities_.next_trusted_since.reset();
    authorities_.old_unused_since.reset();
  }

  void LetOldGo() {
    if (authorities_.old.empty()) return;
    std::optional<absl::Time>& since = authorities_.old_unused_since;
    const bool is_in_use = std::any_of(leaves_.begin(), leaves_.end(), [&](const Leaf& leaf) {
      return IsSignedByAny(leaf, authorities_.old);
    });
    if (is_in_use) {
      since.reset();
    } else if (!since.has_value()) {
      since = now_;
      reasons_.push_back("no certificate of the old authority is left in a Secret");
    } else if (now_ >= *since + options_.propagation_time) {
      reasons_.push_back(absl::StrCat("authority ", Short(authorities_.old.front()),
                                      " is trusted no longer, as nothing of it is in use since ",
                                      Text(*since)));
      authorities_.old.clear();
      since.reset();
    }
    if (since.has_value()) {
      const absl::Time end = *since + options_.propagation_time;
      WaitUntil(end);
      plan_.notes.push_back(
          absl::StrCat("the old authority stays trusted until ", Text(end),
                       ", when nobody can have a certificate of it in use any more"));
    }
  }

  absl::StatusOr<std::vector<CertificateWrite>> PlanLeaves() {
    std::vector<CertificateWrite> writes;
    for (size_t i = 0; i < leaves_.size(); ++i) {
      std::vector<std::string> reasons;
      CS_RETURN_IF_ERROR(PlanLeaf(i, &reasons));
      CertificateSecret& secret = leaf_secrets_[i];
      if (secret.is_changed()) {
        writes.push_back({.path = secret.path(),
                          .object = secret.Write("kubernetes.io/tls"),
                          .is_new = !secret.exists(),
                          .reason = absl::StrJoin(reasons, "; ")});
      } else {
        plan_.notes.push_back(absl::StrCat(secret.path().Describe(), ": as it is, holds until ",
                                           Text(leaves_[i].pair->certificate.not_after())));
      }
    }
    return writes;
  }

  absl::Status PlanLeaf(size_t i, std::vector<std::string>* reasons) {
    const Leaf& leaf = leaves_[i];
    const LeafSpec& spec = specs_[i];
    CertificateSecret& secret = leaf_secrets_[i];
    Certificate current = bundle_.front();
    if (const std::string why = WhyNew(leaf, spec); !why.empty()) {
      const KeyPair& issuer =
          authorities_.issuing.has_value() ? *authorities_.issuing : *authorities_.next;
      CS_ASSIGN_OR_RETURN(const KeyPair made, MakeLeaf(issuer, spec, options_.leaf_lifetime, now_));
      secret.SetEntry("tls.crt", made.certificate.Pem());
      secret.SetEntry("tls.key", made.key.Pem());
      reasons->push_back(absl::StrCat("new certificate until ", Text(made.certificate.not_after()),
                                      " of ", Short(issuer.certificate), ", as ", why));
      current = made.certificate;
    } else {
      current = leaf.pair->certificate;
    }
    WaitUntil(NearItsEndFrom(current));
    if (spec.has_bundle && !HoldTheSame(leaf.bundle, bundle_)) {
      is_bundle_written_ = true;
      secret.SetEntry("ca.crt", crypto::WriteChain(bundle_));
      reasons->push_back(Trusts());
    }
    return absl::OkStatus();
  }

  std::string WhyNew(const Leaf& leaf, const LeafSpec& spec) const {
    if (const std::string fault = FaultOf(leaf, spec, bundle_, now_); !fault.empty()) {
      return absl::StrCat("the one there ", fault);
    }
    const Certificate& certificate = leaf.pair->certificate;
    // One that holds is not renewed by an authority that is not trusted everywhere yet.
    if (!authorities_.issuing.has_value()) return "";
    if (!certificate.IsSignedBy(authorities_.issuing->certificate)) {
      return "the authority of the one there retires";
    }
    return IsNearItsEnd(certificate, now_)
               ? absl::StrCat("the one there ends at ", Text(certificate.not_after()))
               : "";
  }

  std::vector<CertificateWrite> PlanWebhooks() {
    std::vector<CertificateWrite> writes;
    for (const FoundObject& found : objects_.webhooks) {
      if (!found.object.is_object()) {
        plan_.is_waiting_for_webhooks = true;
        plan_.notes.push_back(absl::StrCat(found.path.Describe(), ": does not exist yet"));
        continue;
      }
      base::Json object = found.object;
      if (SetWebhookBundles(bundle_, options_, &object) == 0) {
        plan_.notes.push_back(absl::StrCat(found.path.Describe(), ": as it is"));
        continue;
      }
      is_bundle_written_ = true;
      writes.push_back({.path = found.path, .object = std::move(object), .reason = Trusts()});
    }
    return writes;
  }

  std::string Trusts() const {
    const auto name = [](std::string* out, const Certificate& authority) {
      out->append(Short(authority));
    };
    return absl::StrCat("trusts ", absl::StrJoin(bundle_, " and ", name));
  }

  void NoteThatNextIsTrusted() {
    if (!authorities_.next.has_value()) return;
    std::optional<absl::Time>& since = authorities_.next_trusted_since;
    if (is_bundle_written_) {
      // Seen in every bundle only by who reads them again.
      since.reset();
      return;
    }
    if (!since.has_value()) {
      since = now_;
      reasons_.push_back(
          absl::StrCat("authority ", Short(authorities_.next->certificate), " is in every bundle"));
    }
    const absl::Time from = *since + options_.propagation_time;
    WaitUntil(from);
    plan_.notes.push_back(absl::StrCat("authority ", Short(authorities_.next->certificate),
                                       " issues from ", Text(from),
                                       " on, when everybody has read that it is trusted"));
  }

  void PlanAuthoritySecret() {
    if (authorities_.issuing.has_value() && !authorities_.next.has_value()) {
      WaitUntil(NearItsEndFrom(authorities_.issuing->certificate));
    }
    WriteAuthorities(authorities_, now_, &authority_secret_);
    if (!authority_secret_.is_changed()) {
      plan_.notes.push_back(absl::StrCat(authority_secret_.path().Describe(),
                                         ": as it is, holds until ",
                                         Text(bundle_.front().not_after())));
      return;
    }
    if (reasons_.empty()) reasons_.push_back("what has ended is left out");
    plan_.writes.push_back({.path = authority_secret_.path(),
                            .object = authority_secret_.Write("Opaque"),
                            .is_new = !authority_secret_.exists(),
                            .reason = absl::StrJoin(reasons_, "; ")});
  }

  void WaitUntil(absl::Time time) { plan_.next = std::min(plan_.next, time); }

  const CertificateObjects& objects_;
  const CertificateOptions& options_;
  const absl::Time now_;
  const std::vector<LeafSpec> specs_;
  CertificateSecret authority_secret_;
  std::vector<CertificateSecret> leaf_secrets_;
  std::vector<Leaf> leaves_;  // as they are
  Authorities authorities_;
  std::vector<Certificate> bundle_;
  bool is_bundle_written_ = false;
  std::vector<std::string> reasons_;  // why the authorities' Secret changes
  CertificatePlan plan_;
};

}  // namespace

CertificateObjects PathsOf(const CertificateOptions& options) {
  CertificateObjects objects;
  objects.authorities.path = SecretPath(options, kAuthoritySecret);
  for (const LeafSpec& spec : LeafSpecs(options)) {
    objects.leaves.push_back({SecretPath(options, spec.secret_name), nullptr});
  }
  for (kube::ObjectPath& path : WebhookPaths(options)) {
    objects.webhooks.push_back({std::move(path), nullptr});
  }
  return objects;
}

absl::StatusOr<CertificatePlan> PlanCertificates(const CertificateObjects& objects,
                                                 const CertificateOptions& options,
                                                 absl::Time now) {
  CS_RETURN_IF_ERROR(CheckLifetimes(options));
  return Planner(objects, options, now).Plan();
}

}  // namespace countersign::cli
