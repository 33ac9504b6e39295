package channel

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestSentOnceWhateverTheServerOffers: a server that offers HTTP/2 and refuses the stream makes the standard library send
// the request again, body and all. The till speaks HTTP/1.1, where nothing that has left is repeated.
func TestSentOnceWhateverTheServerOffers(t *testing.T) {
	borrowed := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	defer borrowed.Close()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: borrowed.TLS.Certificates, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var bodies atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go refuseStreams(conn, &bodies)
		}
	}()
	client := NewHTTPClient(nil)
	roots := x509.NewCertPool()
	roots.AddCert(borrowed.Certificate())
	client.Transport.(transport).base.(*http.Transport).TLSClientConfig.RootCAs = roots
	ctx, exchange := Watch(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+listener.Addr().String(), strings.NewReader("order"))
	if err != nil {
		t.Fatal(err)
	}
	if response, err := client.Do(request); err == nil {
		response.Body.Close()
		t.Error("answered")
	}
	if n := bodies.Load(); n != 1 || exchange.Answered() {
		t.Errorf("the order left %d times", n)
	}
}

// refuseStreams counts the bodies that arrive and answers none: HTTP/2 streams are reset as refused (RFC 9113, 8.7),
// HTTP/1.1 connections are closed.
func refuseStreams(conn net.Conn, bodies *atomic.Int64) {
	defer conn.Close()
	if conn.(*tls.Conn).Handshake() != nil {
		return
	}
	if conn.(*tls.Conn).ConnectionState().NegotiatedProtocol != "h2" {
		if n, err := conn.Read(make([]byte, 4096)); err == nil && n > 0 {
			bodies.Add(1)
		}
		return
	}
	const preface, data, headers, reset, settings, refused = 24, 0, 1, 3, 4, 7
	if _, err := io.ReadFull(conn, make([]byte, preface)); err != nil {
		return
	}
	_, _ = conn.Write([]byte{0, 0, 0, settings, 0, 0, 0, 0, 0})
	for head := make([]byte, 9); ; {
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		length := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
		if _, err := io.ReadFull(conn, make([]byte, length)); err != nil {
			return
		}
		if kind := head[3]; (kind == data || kind == headers) && head[4]&1 != 0 { // the last of its stream
			bodies.Add(1)
			_, _ = conn.Write(append([]byte{0, 0, 4, reset, 0, head[5], head[6], head[7], head[8]}, 0, 0, 0, refused))
		}
	}
}
