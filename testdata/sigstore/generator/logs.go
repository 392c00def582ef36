package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/cyberphone/json-canonicalization/go/src/webpki.org/jsoncanonicalizer"
	"github.com/go-openapi/runtime"
	"github.com/go-openapi/strfmt"
	pbcommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	pbrekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	tilespb "github.com/sigstore/rekor-tiles/v2/pkg/generated/protobuf"
	tilesnote "github.com/sigstore/rekor-tiles/v2/pkg/note"
	tilesrecord "github.com/sigstore/rekor-tiles/v2/pkg/types/hashedrekord"
	"github.com/sigstore/rekor/pkg/generated/models"
	"github.com/sigstore/rekor/pkg/types"
	_ "github.com/sigstore/rekor/pkg/types/dsse/v0.0.1"
	_ "github.com/sigstore/rekor/pkg/types/hashedrekord/v0.0.1"
	_ "github.com/sigstore/rekor/pkg/types/intoto/v0.0.1"
	_ "github.com/sigstore/rekor/pkg/types/intoto/v0.0.2"
	"github.com/sigstore/rekor/pkg/util"
	"github.com/sigstore/sigstore/pkg/signature"
	formats "github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/rfc6962"
	merkle "github.com/transparency-dev/merkle/testonly"
	"golang.org/x/mod/sumdb/note"
	"google.golang.org/protobuf/encoding/protojson"
)

// tree is of what a log has, with a few entries of nobody before the first.
type tree struct {
	mutex sync.Mutex
	tree  *merkle.Tree
}

func newTree(entries int) *tree {
	t := &tree{tree: merkle.New(rfc6962.DefaultHasher)}
	for i := range entries {
		t.tree.AppendData(fmt.Appendf(nil, "entry %d of nobody", i))
	}
	return t
}

// proof is of an entry that was just appended.
type proof struct {
	index, size int64
	root        []byte
	hashes      [][]byte
}

func (t *tree) append(body []byte) proof {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	index := t.tree.Size()
	t.tree.AppendData(body)
	size := t.tree.Size()
	return proof{
		index: int64(index), size: int64(size), root: t.tree.Hash(),
		hashes: must(t.tree.InclusionProof(index, size)),
	}
}

// size is how many entries it has.
func (t *tree) size() int64 {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return int64(t.tree.Size())
}

// rekor1 is a log of Rekor 1, a shard that begins where older ones have ended.
type rekor1 struct {
	*tree
	key    *ecdsa.PrivateKey
	origin string
	treeID int64
	before int64
}

func newRekor1(origin string) *rekor1 {
	return &rekor1{tree: newTree(5), key: newKey(elliptic.P256()), origin: origin, treeID: 4242424242, before: 1000}
}

func (r *rekor1) id() string {
	return hex.EncodeToString(sha256Of(publicDER(r.key.Public())))
}

// add verifies what is proposed and writes it as Rekor does, and returns the entry's name and itself.
func (r *rekor1) add(ctx context.Context, proposal io.Reader) (string, *models.LogEntryAnon, error) {
	proposed, err := models.UnmarshalProposedEntry(proposal, runtime.JSONConsumer())
	if err != nil {
		return "", nil, err
	}
	entry, err := types.UnmarshalEntry(proposed)
	if err != nil {
		return "", nil, err
	}
	body, err := types.CanonicalizeEntry(ctx, entry)
	if err != nil {
		return "", nil, err
	}
	at := r.append(body)
	logged := &models.LogEntryAnon{
		Body:           base64.StdEncoding.EncodeToString(body),
		IntegratedTime: pointer(time.Now().Unix()),
		LogID:          pointer(r.id()),
		LogIndex:       pointer(r.before + at.index),
	}
	signer := must(signature.LoadECDSASignerVerifier(r.key, crypto.SHA256))
	logged.Verification = &models.LogEntryAnonVerification{
		SignedEntryTimestamp: r.promise(logged),
		InclusionProof: &models.InclusionProof{
			LogIndex:   pointer(at.index),
			TreeSize:   pointer(at.size),
			RootHash:   pointer(hex.EncodeToString(at.root)),
			Hashes:     inHex(at.hashes),
			Checkpoint: pointer(string(must(util.CreateAndSignCheckpoint(ctx, r.origin, r.treeID, uint64(at.size), at.root, signer)))),
		},
	}
	name := fmt.Sprintf("%016x%x", r.treeID, rfc6962.DefaultHasher.HashLeaf(body))
	return name, logged, nil
}

// promise is the signed entry timestamp.
func (r *rekor1) promise(entry *models.LogEntryAnon) strfmt.Base64 {
	text := must(jsoncanonicalizer.Transform(must(json.Marshal(map[string]any{
		"body":           entry.Body,
		"integratedTime": *entry.IntegratedTime,
		"logID":          *entry.LogID,
		"logIndex":       *entry.LogIndex,
	}))))
	return must(ecdsa.SignASN1(rand.Reader, r.key, sha256Of(text)))
}

// rekor2 is a log of Rekor 2.
type rekor2 struct {
	*tree
	key    ed25519.PrivateKey
	origin string
	kinds  *signature.AlgorithmRegistryConfig
}

func newRekor2(origin string) *rekor2 {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	check(err)
	kinds := must(signature.NewAlgorithmRegistryConfig([]pbcommon.PublicKeyDetails{
		pbcommon.PublicKeyDetails_PKIX_RSA_PKCS1V15_2048_SHA256,
		pbcommon.PublicKeyDetails_PKIX_RSA_PKCS1V15_3072_SHA256,
		pbcommon.PublicKeyDetails_PKIX_RSA_PKCS1V15_4096_SHA256,
		pbcommon.PublicKeyDetails_PKIX_ECDSA_P256_SHA_256,
		pbcommon.PublicKeyDetails_PKIX_ECDSA_P384_SHA_384,
		pbcommon.PublicKeyDetails_PKIX_ECDSA_P521_SHA_512,
		pbcommon.PublicKeyDetails_PKIX_ED25519_PH,
	}))
	return &rekor2{tree: newTree(3), key: key, origin: origin, kinds: kinds}
}

func (r *rekor2) id() []byte {
	_, id, err := tilesnote.KeyHash(r.origin, r.key.Public())
	check(err)
	return id
}

// add verifies what is asked for and writes it as Rekor 2 does.
func (r *rekor2) add(ctx context.Context, request []byte) ([]byte, error) {
	var wanted tilespb.CreateEntryRequest
	if err := protojson.Unmarshal(request, &wanted); err != nil {
		return nil, err
	}
	entry, err := tilesrecord.ToLogEntry(wanted.GetHashedRekordRequestV002(), r.kinds)
	if err != nil {
		return nil, err
	}
	body := must(jsoncanonicalizer.Transform(must(protojson.Marshal(entry))))
	at := r.append(body)
	signer := must(tilesnote.NewNoteSigner(ctx, r.origin, must(signature.LoadED25519SignerVerifier(r.key))))
	text := formats.Checkpoint{Origin: r.origin, Size: uint64(at.size), Hash: at.root}.Marshal()
	return protojson.Marshal(&pbrekor.TransparencyLogEntry{
		LogIndex:    at.index,
		LogId:       &pbcommon.LogId{KeyId: r.id()},
		KindVersion: &pbrekor.KindVersion{Kind: entry.Kind, Version: entry.ApiVersion},
		InclusionProof: &pbrekor.InclusionProof{
			LogIndex:   at.index,
			TreeSize:   at.size,
			RootHash:   at.root,
			Hashes:     at.hashes,
			Checkpoint: &pbrekor.Checkpoint{Envelope: string(must(note.Sign(&note.Note{Text: string(text)}, signer)))},
		},
		CanonicalizedBody: body,
	})
}

func inHex(hashes [][]byte) []string {
	texts := []string{}
	for _, hash := range hashes {
		texts = append(texts, hex.EncodeToString(hash))
	}
	return texts
}

func pointer[T any](value T) *T { return &value }
