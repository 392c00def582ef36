// Command verify_images asks a verifier whether images may run. Needs ./countersignv1 (generate.sh).
//
// Exit status: 0 if all may, 1 if one must not, 2 if it could not be asked.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"countersign.dev/examples/verify_api/countersignv1"
)

// The longest answer that a verifier gives. gRPC takes 4 MiB if nothing else is said.
const maxAnswerBytes = 8 << 20

// Every address behind the server's name gets its share of the calls. A call waits for a connection,
// until its deadline. It is read-only, so that it may be sent again where the server says "not now":
// once, to the next replica, so that no question is read by all of them. Other errors are final.
const serviceConfig = `{
	"loadBalancingConfig": [{"round_robin": {}}],
	"methodConfig": [{
		"name": [{"service": "countersign.v1.Verifier"}],
		"waitForReady": true,
		"retryPolicy": {
			"maxAttempts": 2,
			"initialBackoff": "0.1s",
			"maxBackoff": "0.5s",
			"backoffMultiplier": 2,
			"retryableStatusCodes": ["CANCELLED", "UNAVAILABLE", "RESOURCE_EXHAUSTED"]
		}
	}]
}`

type options struct {
	server, ca, cert, key, namespace string
	pullSecrets, images              []string
	timeout                          time.Duration
}

func parseFlags() options {
	var o options
	flag.StringVar(&o.server, "server", "", "`HOST:PORT`, or dns:///HOST:PORT")
	flag.StringVar(&o.ca, "ca", "", "PEM `file` with the authorities of the server's certificate")
	flag.StringVar(&o.cert, "cert", "", "PEM `file`: our certificate")
	flag.StringVar(&o.key, "key", "", "PEM `file`: its private key")
	flag.StringVar(&o.namespace, "namespace", "", "namespace that the images would run in")
	flag.DurationVar(&o.timeout, "timeout", 20*time.Second, "how long to wait for the answer")
	flag.Func("image-pull-secret", "`name` of a pull secret of the workload; repeatable",
		func(name string) error { o.pullSecrets = append(o.pullSecrets, name); return nil })
	flag.Parse()
	o.images = flag.Args()
	return o
}

func tlsConfig(o options) (*tls.Config, error) {
	pem, err := os.ReadFile(o.ca)
	if err != nil {
		return nil, err
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: no certificate", o.ca)
	}
	own, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{RootCAs: authorities, Certificates: []tls.Certificate{own}}, nil
}

func ask(o options) (*countersignv1.VerifyImagesResponse, error) {
	config, err := tlsConfig(o)
	if err != nil {
		return nil, err
	}
	connection, err := grpc.NewClient(o.server,
		grpc.WithTransportCredentials(credentials.NewTLS(config)),
		grpc.WithDefaultServiceConfig(serviceConfig),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswerBytes)))
	if err != nil {
		return nil, err
	}
	defer connection.Close()

	request := &countersignv1.VerifyImagesRequest{
		Namespace: o.namespace, ImagePullSecrets: o.pullSecrets,
	}
	for _, image := range o.images {
		request.Images = append(request.Images, &countersignv1.Image{Reference: image})
	}
	// Without a deadline a call can wait for a server that is not there for ever.
	ctx, cancel := context.WithTimeout(context.Background(), o.timeout)
	defer cancel()
	response, err := countersignv1.NewVerifierClient(connection).VerifyImages(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", status.Code(err), status.Convert(err).Message())
	}
	if len(response.Verdicts) != len(o.images) {
		return nil, errors.New("not every image has a verdict")
	}
	return response, nil
}

func show(verdict *countersignv1.Verdict) {
	digest := verdict.Digest
	if digest == "" {
		digest = "-"
	}
	fmt.Println(strings.TrimPrefix(verdict.Decision.String(), "DECISION_"),
		strings.TrimPrefix(verdict.Reason.String(), "REASON_"), verdict.Reference, digest)
	for _, sentence := range []string{verdict.Message, verdict.Warning} {
		if sentence != "" {
			fmt.Println("   ", sentence)
		}
	}
}

func run() int {
	o := parseFlags()
	if o.server == "" || len(o.images) == 0 {
		fmt.Fprintln(os.Stderr, "usage: verify_images -server HOST:PORT -ca FILE -cert FILE -key FILE IMAGE...")
		return 2
	}
	response, err := ask(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	for _, warning := range response.Warnings {
		fmt.Println("warning:", warning)
	}
	exitStatus := 0
	for _, verdict := range response.Verdicts {
		show(verdict)
		// Only ALLOW allows: not a value that is missing or that we do not know.
		if verdict.Decision != countersignv1.Decision_DECISION_ALLOW {
			exitStatus = 1
		}
	}
	return exitStatus
}

func main() {
	os.Exit(run())
}
