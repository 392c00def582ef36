#ifndef COUNTERSIGN_BASE_URL_SECRETS_H_
#define COUNTERSIGN_BASE_URL_SECRETS_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace countersign::base {

// `text`, a name or a sentence that quotes names, without what people put into addresses and should not:
//   https://user:password@host/path  ->  https://***@host/path
//   user:password@host/path          ->  ***@host/path
//   https://host/path?token=secret   ->  https://host/path?***
// What an image's reference may have stays (name:tag@sha256:…), and so does what stands in identities
// (me@example.org, https://github.com/o/r/.github/workflows/w.yml@refs/heads/main). A `?` that ends a
// word stays, too. Pure; linear in the text.
std::string WithoutUrlSecrets(std::string_view text);

// That, as people may be shown it (base/printable.h), in at most so many bytes. Pure.
std::string PrintableWithoutUrlSecrets(std::string_view text, size_t max_bytes);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_URL_SECRETS_H_
