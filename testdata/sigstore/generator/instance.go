package main

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	pbtrust "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
	"github.com/sigstore/rekor/pkg/generated/models"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// witnesses are who has seen a signature, beside whoever certified its key.
type witnesses struct {
	rekor1, rekor2, timestamp bool
}

// instance is a whole Sigstore on loopback that issues and logs what it is asked to, whoever asks. What is
// trusted names it by names of its own, so that no port is in the data.
type instance struct {
	name       string
	identities map[string]identity // by the subject in the token
	authority  *authority
	timestamps *timestampAuthority
	rekor1     *rekor1 // nil: there is no log
	rekor2     *rekor2
	server     *httptest.Server
}

// newInstance is like the public one, or like GitHub's own: without logs.
func newInstance(name string, withLogs bool, identities map[string]identity) *instance {
	i := &instance{
		name:       name,
		identities: identities,
		authority:  newAuthority(name, withLogs),
		timestamps: newTimestampAuthority(name),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/signingCert", i.certifyForVersion1)
	mux.HandleFunc("POST /api/v2/signingCert", i.certifyForVersion2)
	mux.HandleFunc("POST /api/v1/timestamp", i.stamp)
	if withLogs {
		i.rekor1, i.rekor2 = newRekor1("rekor."+name), newRekor2("log2026.rekor."+name)
		mux.HandleFunc("POST /api/v1/log/entries", i.log1)
		mux.HandleFunc("POST /rekor2/api/v2/log/entries", i.log2)
	}
	i.server = httptest.NewServer(mux)
	return i
}

func (i *instance) timestampURL() string { return i.server.URL + "/api/v1/timestamp" }

// token is an identity token that this instance takes; nobody verifies its signature.
func token(who identity) string {
	claims := map[string]any{"iss": who.extensions.Issuer, "aud": "sigstore", "sub": who.subject(), "exp": 4102444800}
	if who.email != "" {
		claims["email"], claims["email_verified"] = who.email, true
	}
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + part(must(json.Marshal(claims))) + "." + part([]byte("nobody"))
}

// chain is of a certificate for the key, as PEM, the leaf first.
func (i *instance) chain(request *http.Request, key []byte) ([]string, error) {
	parts := strings.Split(request.Header.Get("Authorization"), ".")
	if len(parts) != 3 {
		return nil, errors.New("no token")
	}
	var claims struct {
		Subject string `json:"sub"`
	}
	if err := json.Unmarshal(must(base64.RawURLEncoding.DecodeString(parts[1])), &claims); err != nil {
		return nil, err
	}
	who, ok := i.identities[claims.Subject]
	if !ok {
		return nil, errors.New("nobody is called " + claims.Subject)
	}
	public, err := cryptoutils.UnmarshalPEMToPublicKey(key)
	if err != nil {
		return nil, err
	}
	return []string{
		certificatePEM(i.authority.issue(public, who)),
		certificatePEM(i.authority.intermediate),
		certificatePEM(i.authority.root),
	}, nil
}

func (i *instance) certifyForVersion1(answer http.ResponseWriter, request *http.Request) {
	var wanted struct {
		PublicKey struct {
			Content []byte `json:"content"`
		} `json:"publicKey"`
	}
	err := json.NewDecoder(request.Body).Decode(&wanted)
	var chain []string
	if err == nil {
		chain, err = i.chain(request, wanted.PublicKey.Content)
	}
	write(answer, "application/pem-certificate-chain", http.StatusCreated, []byte(strings.Join(chain, "")), err)
}

func (i *instance) certifyForVersion2(answer http.ResponseWriter, request *http.Request) {
	var wanted struct {
		PublicKeyRequest struct {
			PublicKey struct {
				Content string `json:"content"`
			} `json:"publicKey"`
		} `json:"publicKeyRequest"`
	}
	err := json.NewDecoder(request.Body).Decode(&wanted)
	var chain []string
	if err == nil {
		chain, err = i.chain(request, []byte(wanted.PublicKeyRequest.PublicKey.Content))
	}
	certificates := map[string]any{"chain": map[string]any{"certificates": chain}}
	write(answer, "application/json", http.StatusOK,
		must(json.Marshal(map[string]any{"signedCertificateEmbeddedSct": certificates})), err)
}

func (i *instance) stamp(answer http.ResponseWriter, request *http.Request) {
	stamp, err := i.timestamps.respond(must(io.ReadAll(request.Body)))
	write(answer, "application/timestamp-reply", http.StatusCreated, stamp, err)
}

func (i *instance) log1(answer http.ResponseWriter, request *http.Request) {
	name, entry, err := i.rekor1.add(request.Context(), request.Body)
	var body []byte
	if err == nil {
		answer.Header().Set("ETag", name)
		answer.Header().Set("Location", "/api/v1/log/entries/"+name)
		body = must(json.Marshal(models.LogEntry{name: *entry}))
	}
	write(answer, "application/json", http.StatusCreated, body, err)
}

func (i *instance) log2(answer http.ResponseWriter, request *http.Request) {
	entry, err := i.rekor2.add(request.Context(), must(io.ReadAll(request.Body)))
	write(answer, "application/json", http.StatusCreated, entry, err)
}

func write(answer http.ResponseWriter, kind string, status int, body []byte, err error) {
	if err != nil {
		kind, status = "application/json", http.StatusBadRequest
		body = must(json.Marshal(map[string]any{"code": status, "message": err.Error()}))
	}
	answer.Header().Set("Content-Type", kind)
	answer.WriteHeader(status)
	_, _ = answer.Write(body)
}

// trustedRoot is trusted_root.json for whoever trusts the instance.
func (i *instance) trustedRoot() []byte {
	logs, certificateLogs := map[string]*root.TransparencyLog{}, map[string]*root.TransparencyLog{}
	if i.rekor1 != nil {
		id := must(hex.DecodeString(i.rekor1.id()))
		logs["1"] = trustedLog("https://"+i.rekor1.origin, id, i.rekor1.key.Public())
		logs["2"] = trustedLog("https://"+i.rekor2.origin, i.rekor2.id(), i.rekor2.key.Public())
		ctLog := i.authority.ctLog.Public()
		certificateLogs["1"] = trustedLog("https://ct."+i.name, sha256Of(publicDER(ctLog)), ctLog)
	}
	trusted := must(root.NewTrustedRoot(root.TrustedRootMediaType01,
		[]root.CertificateAuthority{&root.FulcioCertificateAuthority{
			Root:                i.authority.root,
			Intermediates:       []*x509.Certificate{i.authority.intermediate},
			ValidityPeriodStart: trustedFrom,
			URI:                 "https://fulcio." + i.name,
		}},
		certificateLogs,
		[]root.TimestampingAuthority{&root.SigstoreTimestampingAuthority{
			Root:                i.timestamps.root,
			Leaf:                i.timestamps.leaf,
			ValidityPeriodStart: trustedFrom,
			URI:                 "https://timestamp." + i.name,
		}},
		logs))
	return must(trusted.MarshalJSON())
}

func trustedLog(url string, id []byte, key crypto.PublicKey) *root.TransparencyLog {
	return &root.TransparencyLog{
		BaseURL:             url,
		ID:                  id,
		ValidityPeriodStart: trustedFrom,
		HashFunc:            crypto.SHA256,
		PublicKey:           key,
		SignatureHashFunc:   crypto.SHA256,
	}
}

// signingConfig tells cosign 3 where to have something certified and seen.
func (i *instance) signingConfig(by witnesses) []byte {
	service := func(url string, version uint32) []root.Service {
		return []root.Service{{URL: url, MajorAPIVersion: version, ValidityPeriodStart: trustedFrom, Operator: i.name}}
	}
	one := root.ServiceConfiguration{Selector: pbtrust.ServiceSelector_ANY}
	var logs, timestamps []root.Service
	if by.rekor1 {
		logs = service(i.server.URL, 1)
	}
	if by.rekor2 {
		logs = service(i.server.URL+"/rekor2", 2)
	}
	if by.timestamp {
		timestamps = service(i.timestampURL(), 1)
	}
	config := must(root.NewSigningConfig(root.SigningConfigMediaType02, service(i.server.URL, 1), nil, logs, one, timestamps, one))
	return must(config.MarshalJSON())
}

func certificatePEM(certificate *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))
}

func writePublicKey(path string, key crypto.PublicKey) {
	check(os.WriteFile(path, must(cryptoutils.MarshalPublicKeyToPEM(key)), 0o644))
}
