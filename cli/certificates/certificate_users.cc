#include "cli/certificates/certificate_users.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "cli/certificates/certificate_authority.h"
#include "cli/certificates/webhook_bundle.h"

namespace countersign::cli {
namespace {

using crypto::Certificate;

class Planner {
 public:
  Planner(const Authorities& authorities, const LeafSecrets& leaves,
          const std::vector<FoundObject>& webhooks, const CertificateOptions& options,
          absl::Time now)
      : authorities_(authorities),
        specs_(leaves.specs),
        leaf_secrets_(leaves.secrets),
        leaves_(leaves.leaves),
        webhooks_(webhooks),
        options_(options),
        now_(now),
        bundle_(authorities.Trusted(now)) {}

  absl::StatusOr<CertificateUsersPlan> Plan() {
    CS_RETURN_IF_ERROR(PlanLeaves());
    PlanWebhooks();
    return std::move(plan_);
  }

 private:
  absl::Status PlanLeaves() {
    for (size_t i = 0; i < leaves_.size(); ++i) {
      std::vector<std::string> reasons;
      CS_RETURN_IF_ERROR(PlanLeaf(i, &reasons));
      CertificateSecret& secret = leaf_secrets_[i];
      if (secret.is_changed()) {
        plan_.leaves.push_back({.path = secret.path(),
                                .object = secret.Write("kubernetes.io/tls"),
                                .is_new = !secret.exists(),
                                .reason = absl::StrJoin(reasons, "; ")});
      } else {
        plan_.notes.push_back(absl::StrCat(secret.path().Describe(), ": as it is, holds until ",
                                           DescribeTime(leaves_[i].pair->certificate.not_after())));
      }
    }
    return absl::OkStatus();
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
      reasons->push_back(absl::StrCat("new certificate until ",
                                      DescribeTime(made.certificate.not_after()), " of ",
                                      DescribeCertificate(issuer.certificate), ", as ", why));
      current = made.certificate;
    } else {
      current = leaf.pair->certificate;
    }
    WaitUntil(NearItsEndFrom(current));
    if (spec.has_bundle && !HoldTheSame(leaf.bundle, bundle_)) {
      plan_.is_bundle_written = true;
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
               ? absl::StrCat("the one there ends at ", DescribeTime(certificate.not_after()))
               : "";
  }

  void PlanWebhooks() {
    for (const FoundObject& found : webhooks_) {
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
      plan_.is_bundle_written = true;
      plan_.webhooks.push_back(
          {.path = found.path, .object = std::move(object), .reason = Trusts()});
    }
  }

  std::string Trusts() const {
    const auto name = [](std::string* out, const Certificate& authority) {
      out->append(DescribeCertificate(authority));
    };
    return absl::StrCat("trusts ", absl::StrJoin(bundle_, " and ", name));
  }

  void WaitUntil(absl::Time time) { plan_.next = std::min(plan_.next, time); }

  const Authorities& authorities_;
  const std::vector<LeafSpec>& specs_;
  std::vector<CertificateSecret> leaf_secrets_;  // changed to what they are to be
  const std::vector<Leaf>& leaves_;
  const std::vector<FoundObject>& webhooks_;
  const CertificateOptions& options_;
  const absl::Time now_;
  const std::vector<Certificate> bundle_;
  CertificateUsersPlan plan_;
};

}  // namespace

absl::StatusOr<CertificateUsersPlan> PlanCertificateUsers(const Authorities& authorities,
                                                          const LeafSecrets& leaves,
                                                          const std::vector<FoundObject>& webhooks,
                                                          const CertificateOptions& options,
                                                          absl::Time now) {
  return Planner(authorities, leaves, webhooks, options, now).Plan();
}

}  // namespace countersign::cli
