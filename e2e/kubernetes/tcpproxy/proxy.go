// Package tcpproxy stands between a client and servers on loopback: it spreads connections as a
// Kubernetes Service does, and can cut them.
package tcpproxy

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Proxy accepts on Address and passes each connection on to one of its backends in turn; to the next
// one if a backend refuses. Thread-safe.
type Proxy struct {
	Address string
	// Bytes and connections that went through, since the start.
	BytesToServer, BytesToClient, Connections atomic.Int64

	listener net.Listener

	mu       sync.Mutex
	backends []string
	next     int
	cut      bool
	open     map[net.Conn]struct{}
}

// New listens on a free port of loopback.
func New(backends ...string) (*Proxy, error) { return NewAt("127.0.0.1:0", backends...) }

// NewAt listens on address; port 0 is a free one.
func NewAt(address string, backends ...string) (*Proxy, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	proxy := &Proxy{Address: listener.Addr().String(), listener: listener, backends: backends,
		open: make(map[net.Conn]struct{})}
	go proxy.serve()
	return proxy, nil
}

// Port is that of Address.
func (p *Proxy) Port() int { return p.listener.Addr().(*net.TCPAddr).Port }

// SetBackends changes where new connections go; those that are open stay.
func (p *Proxy) SetBackends(backends ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.backends = backends
}

// Cut ends all connections with a reset and lets none through until Mend.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	p.resetAll()
}

// Reset ends all connections with a reset; new ones are let through.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.resetAll()
}

func (p *Proxy) resetAll() {
	for connection := range p.open {
		if tcp, ok := connection.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		connection.Close()
	}
}

// Mend lets connections through again.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
}

// Close ends all of it.
func (p *Proxy) Close() {
	p.listener.Close()
	p.Cut()
}

func (p *Proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.pass(client)
	}
}

func (p *Proxy) pass(client net.Conn) {
	defer client.Close()
	server := p.dial()
	if server == nil {
		client.(*net.TCPConn).SetLinger(0)
		return
	}
	defer server.Close()
	if !p.add(client, server) {
		return
	}
	defer p.remove(client, server)
	p.Connections.Add(1)
	done := make(chan struct{}, 2)
	go copyAll(server, client, &p.BytesToServer, done)
	go copyAll(client, server, &p.BytesToClient, done)
	<-done
	<-done
}

// copyAll passes a half-closed connection on as such, and a broken one as broken.
func copyAll(to, from net.Conn, count *atomic.Int64, done chan<- struct{}) {
	_, err := io.Copy(counted{to, count}, from)
	if err != nil {
		to.Close()
		from.Close()
	} else {
		to.(*net.TCPConn).CloseWrite()
	}
	done <- struct{}{}
}

type counted struct {
	io.Writer
	count *atomic.Int64
}

func (c counted) Write(bytes []byte) (int, error) {
	c.count.Add(int64(len(bytes)))
	return c.Writer.Write(bytes)
}

func (p *Proxy) dial() net.Conn {
	p.mu.Lock()
	backends, first, cut := p.backends, p.next, p.cut
	p.next++
	p.mu.Unlock()
	if cut {
		return nil
	}
	for i := range backends {
		backend := backends[(first+i)%len(backends)]
		if server, err := net.DialTimeout("tcp", backend, 5*time.Second); err == nil {
			return server
		}
	}
	return nil
}

func (p *Proxy) add(connections ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut {
		return false
	}
	for _, connection := range connections {
		p.open[connection] = struct{}{}
	}
	return true
}

func (p *Proxy) remove(connections ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, connection := range connections {
		delete(p.open, connection)
	}
}
