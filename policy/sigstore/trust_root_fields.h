#ifndef COUNTERSIGN_POLICY_SIGSTORE_TRUST_ROOT_FIELDS_H_
#define COUNTERSIGN_POLICY_SIGSTORE_TRUST_ROOT_FIELDS_H_

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "policy/sigstore/field_errors.h"

namespace countersign::policy {

// So many errors are kept of one TrustRoot: what others wrote can have more than anybody reads.
inline constexpr size_t kMaxTrustRootErrors = 100;
// Of one list. Sigstore's own root has no more than four in any.
inline constexpr size_t kMaxTrustRootEntries = 1000;

// An object in a TrustRoot, and the path that leads to it: what its readers walk with. Everything
// that is wrong is kept, and what is absent or null is empty. Refers to the JSON and the errors,
// which must outlive it.
class TrustRootFields {
 public:
  // A whole TrustRoot.
  TrustRootFields(const base::Json& object, std::vector<FieldError>& errors)
      : TrustRootFields(object, "", errors) {}

  // The member `name`, if it is there; an error if it is something else.
  std::string Text(std::string_view name) const;
  // The same of a text that must be there and not be empty.
  std::string RequiredText(std::string_view name) const;
  // The bytes that it encodes in base64, with line breaks; nullopt: there is none, or an error.
  std::optional<std::string> Bytes(std::string_view name) const;
  std::optional<TrustRootFields> Object(std::string_view name) const;
  std::vector<TrustRootFields> Objects(std::string_view name) const;
  bool Has(std::string_view name) const;

  // An error about each member other than these, if it is an object.
  void RefuseOthers(std::initializer_list<std::string_view> known) const;
  // Errors about the member `name`; `value` and `details` may be others' words.
  void Missing(std::string_view name) const;
  void Invalid(std::string_view name, std::string_view value, std::string_view details = "") const;
  // One about these members of the object here.
  void Add(std::string_view message, std::initializer_list<std::string_view> names,
           std::string_view details = "") const;

 private:
  TrustRootFields(const base::Json& json, std::string path, std::vector<FieldError>& errors)
      : json_(&json), path_(std::move(path)), errors_(&errors) {}

  std::string PathOf(std::string_view name) const;

  const base::Json* json_;
  std::string path_;
  std::vector<FieldError>* errors_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_TRUST_ROOT_FIELDS_H_
