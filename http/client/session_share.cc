#include "http/client/session_share.h"

#include <curl/curl.h>

#include "absl/base/thread_annotations.h"

namespace countersign::http {

SessionShare::SessionShare() : share_(curl_share_init()) {
  curl_share_setopt(share_, CURLSHOPT_USERDATA, this);
  curl_share_setopt(share_, CURLSHOPT_LOCKFUNC, &SessionShare::Lock);
  curl_share_setopt(share_, CURLSHOPT_UNLOCKFUNC, &SessionShare::Unlock);
  curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}

void SessionShare::Lock(CURL*, curl_lock_data data, curl_lock_access,
                        void* self) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  static_cast<SessionShare*>(self)->mutexes_[data].Lock();
}

void SessionShare::Unlock(CURL*, curl_lock_data data, void* self) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  static_cast<SessionShare*>(self)->mutexes_[data].Unlock();
}

}  // namespace countersign::http
