#ifndef COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_SECRET_H_
#define COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_SECRET_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "base/json.h"
#include "kube/client/object_store.h"

namespace countersign::cli {

// Marks the Secrets that `countersign certificates` has made.
inline constexpr std::string_view kMadeByAnnotation = "countersign/made-by";
inline constexpr std::string_view kMadeByCertificates = "certificates";

// A Secret that certificates are in, as it is and as it is to be: a copy of the object that is
// changed in memory. What is not named here (labels, other people's annotations and entries) stays.
class CertificateSecret {
 public:
  // `object` as the cluster has it; null if there is none. One whose data cannot be read counts as
  // having no entries.
  CertificateSecret(kube::ObjectPath path, base::Json object);

  const kube::ObjectPath& path() const { return path_; }
  bool exists() const { return exists_; }
  bool is_changed() const { return is_changed_; }

  // OK if it may be written: it does not exist, has no entries, has the mark, or `take_over`.
  // FailedPrecondition, saying what to do, otherwise; always where cert-manager looks after it.
  absl::Status CheckMayBeWritten(bool take_over) const;

  // "" if there is none.
  std::string Entry(std::string_view key) const;
  std::string Annotation(std::string_view key) const;
  // Set what it is to be; an empty value removes.
  void SetEntry(std::string_view key, std::string_view value);
  void SetAnnotation(std::string_view key, std::string_view value);

  // The object to create or to replace the old one with. `type` is for a new one, as a Secret's
  // type cannot change; and a new one is kept by Helm, whose chart has Secrets of these names.
  base::Json Write(std::string_view type) const;

 private:
  kube::ObjectPath path_;
  base::Json object_;
  bool exists_;
  bool is_changed_ = false;
  std::map<std::string, std::string, std::less<>> entries_;
};

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_SECRET_H_
