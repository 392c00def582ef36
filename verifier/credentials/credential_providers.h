#ifndef COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_PROVIDERS_H_
#define COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_PROVIDERS_H_

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/fresh_cache.h"
#include "base/share.h"
#include "base/subprocess.h"
#include "base/worker_pool.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "verifier/credentials/credential_provider_answer.h"
#include "verifier/credentials/credential_provider_config.h"

namespace countersign::verifier {

// The kubelet's image credential provider plugins, as the cloud vendors ship them
// (credentialprovider.kubelet.k8s.io): programs that are asked on standard input for the
// credentials of an image, and whose answers are kept for as long as these say.
//
// An answer is kept for the image, the registry or everything, as it says. Who asks for the same
// meanwhile shares one run of the program. Runs take turns by who asks, and a caller, a group and a
// request have only their share of them (base/share.h). One that nobody waits for any more is not
// begun; one that has begun goes on for a while, so that the next one finds its answer. That a
// program failed is logged, and remembered by nobody.
//
// Thread-safe. The destructor ends the programs that still run.
class CredentialProviders {
 public:
  struct Options {
    // For one run of a program; what the kubelet gives it.
    absl::Duration run_timeout = absl::Minutes(1);
    // The same while nobody waits for it: what a look at an image may take, so that a program that
    // is slow, and no slower than that, still serves the next who asks.
    absl::Duration unwanted_run_timeout = absl::Seconds(15);
    // Programs that run at the same time, of all providers and of one.
    int max_runs = 16;
    int max_runs_of_one = 8;
    size_t kept_answers = 1000;
    // What these weigh in memory, all together.
    size_t kept_bytes = 16 << 20;
    // A kept answer that somebody finds too old is asked for again at once, but not more often than
    // this: whoever names images that the credentials may not see must not keep programs running.
    absl::Duration between_renewals = absl::Seconds(10);
  };

  // What one provider has for one repository. Not printable, as it holds secrets.
  struct Answer {
    std::vector<registry::Credential> credentials;
    // When its program was asked.
    absl::Time asked;
  };

  // Reads the configuration, and looks for the programs in `bin_dir`. Errors name the file and the
  // field.
  static absl::StatusOr<std::unique_ptr<CredentialProviders>> Load(const std::string& config_file,
                                                                   const std::string& bin_dir,
                                                                   const base::Clock* clock);

  // `clock` must outlive this object.
  CredentialProviders(std::vector<CredentialProvider> providers, std::string bin_dir,
                      const base::Clock* clock, const Options& options);
  ~CredentialProviders();
  CredentialProviders(const CredentialProviders&) = delete;
  CredentialProviders& operator=(const CredentialProviders&) = delete;

  // The providers whose patterns match, as indexes, in the configuration's order.
  std::vector<size_t> FindProviders(const oci::Repository& repository) const;
  const std::string& name(size_t provider) const { return providers_[provider].config.name; }

  // What the provider has for the repository: a kept answer, or what its program answers now.
  // Blocks until `deadline` at most, and not longer than `is_wanted`, where it is given, says that
  // the answer is waited for. In place of a kept answer that was asked for before
  // `not_before`, the program is asked again, as far as Options::between_renewals allows; where it
  // does not, the kept one is given as it is. Errors never hold what the program was given or
  // answered, but the first line of its standard error, with what may be a secret left out:
  //   FailedPrecondition            the program cannot be run, failed, or answered nonsense
  //   DeadlineExceeded,
  //   ResourceExhausted, Cancelled  it took too long; too many run or wait; nobody waits for it, or
  //                                 this object goes
  absl::StatusOr<Answer> Fetch(size_t provider, const oci::Repository& repository,
                               absl::Time not_before, absl::Time deadline,
                               const base::Share& share = {},
                               const base::WorkerPool::Wanted& is_wanted = nullptr);

 private:
  using Scope = CredentialProviderAnswer::Scope;
  using Wanted = base::WorkerPool::Wanted;

  // An answer, and about what it was asked for.
  struct Kept {
    CredentialProviderAnswer answer;
    oci::Repository repository;

    bool HoldsFor(const oci::Repository& another) const;
  };
  using Answers = base::FreshCache<std::shared_ptr<const Kept>>;

  struct Provider {
    explicit Provider(CredentialProvider provider) : config(std::move(provider)) {}
    CredentialProvider config;
    // Of its last answer, and so most likely of the next. Until it has answered, it can be hoped
    // that one answer will do for all images of a registry.
    std::atomic<Scope> scope = Scope::kRegistry;
  };

  // Where an answer of that scope about that repository is kept.
  std::string KeyOf(size_t provider, Scope scope, const oci::Repository& repository) const;
  std::optional<Answers::Reading> FindKept(size_t provider, const oci::Repository& repository);
  // `scope`: whose other questions are expected to have the same answer.
  absl::StatusOr<Answers::Reading> Ask(size_t provider, const oci::Repository& repository,
                                       Scope scope, absl::Time not_before, absl::Time deadline,
                                       const base::Share& share, const Wanted& is_wanted);
  absl::StatusOr<Answers::Fresh> Run(size_t provider, const oci::Repository& repository,
                                     const Wanted& is_wanted);
  absl::StatusOr<CredentialProviderAnswer> RunProgram(const CredentialProvider& provider,
                                                      const oci::Repository& repository,
                                                      const Wanted& is_wanted);

  std::deque<Provider> providers_;
  const std::string bin_dir_;
  const base::Clock* const clock_;
  const Options options_;
  base::CommandStop stop_;
  // Stopped before anything that its tasks use goes.
  base::WorkerPool pool_;
  Answers answers_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_PROVIDERS_H_
