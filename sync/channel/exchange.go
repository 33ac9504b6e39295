package channel

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"guitai/ledger"
)

// maxBody is far more than any answer to a payment.
const maxBody = 1 << 20

// Exchange is what is known about one HTTP exchange, whatever a library makes of it.
type Exchange struct {
	given, asked, got atomic.Bool // the request was given to a transport, which asked for a connection and got one
	Status            int
	Header            http.Header
	Body              []byte
}

type exchangeKey struct{}

// Watch gives a context whose one request is noted in the Exchange. A request counts as sent from the moment it is given
// a connection, with its TLS, new or kept from before: from then on nobody can say that no byte has left.
func Watch(ctx context.Context) (context.Context, *Exchange) {
	x := new(Exchange)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { x.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { x.got.Store(true) },
	})
	return context.WithValue(ctx, exchangeKey{}, x), x
}

// NewHTTPClient gives the client that connectors hand to their libraries. It follows no redirect (a captive portal must
// not answer for a channel), takes no proxy from the environment (a till's way to its channels is not decided by a
// stray variable), speaks HTTP/1.1 (over HTTP/2 the standard library sends a refused request again, up to six times, by
// itself), bounds answers, and notes each exchange that is watched. base is the transport under it; nil is a
// plain one.
func NewHTTPClient(base http.RoundTripper) *http.Client {
	if base == nil {
		base = newTransport()
	}
	return &http.Client{Transport: transport{base}, CheckRedirect: noRedirect}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// newTransport takes no proxy, and TLS from 1.2 on.
func newTransport() *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 5 * time.Second,
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     idleLimit,
	}
}

// idleLimit keeps a connection between the questions about one sale (5 s apart), and none from sale to sale: a router
// that has forgotten it would swallow the next customer's code without a word.
const idleLimit = 15 * time.Second

type transport struct{ base http.RoundTripper }

var errTooLong = errors.New("the answer is too long")

// RoundTrip reads the whole answer, so that a body that breaks off is an error here and not half a document later.
func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := request.Context().Err(); err != nil {
		return nil, err // nothing was given to anybody
	}
	x, watched := request.Context().Value(exchangeKey{}).(*Exchange)
	if watched {
		x.given.Store(true)
	}
	response, err := t.base.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading the answer: %w", err)
	case len(body) > maxBody:
		return nil, errTooLong
	}
	if watched {
		x.Status, x.Header, x.Body = response.StatusCode, response.Header, body
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// Answered reports whether a whole HTTP answer was read.
func (x *Exchange) Answered() bool { return x.Status != 0 }

// sent is true unless it is known that no byte left: a transport that says nothing about its connections may have sent.
func (x *Exchange) sent() bool { return x.given.Load() && (x.got.Load() || !x.asked.Load()) }

// Fault classes an exchange that brought no whole answer: unsent if the request never had a connection, else unknown. A
// deadline that passes while the connection is being made is unsent, and its code still says that time was the reason.
func (x *Exchange) Fault(err error) (ledger.Class, string) {
	class := ledger.ClassUnknown
	if !x.sent() {
		class = ledger.ClassUnsent
	}
	return class, faultCode(err, class)
}

func faultCode(err error, class ledger.Class) string {
	var timeout net.Error
	var record tls.RecordHeaderError
	var verify *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.Is(err, errTooLong):
		return ledger.FaultTooLong
	case errors.As(err, &record), errors.As(err, &verify), errors.As(err, &unknown), errors.Is(err, http.ErrSchemeMismatch):
		return ledger.FaultTLS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return ledger.FaultTimeout
	case class == ledger.ClassUnsent, errors.Is(err, syscall.ECONNREFUSED):
		return ledger.FaultNoConnection
	}
	return ledger.FaultCutOff
}

// HideCode takes a customer code out of the words of an answer: a channel, or whoever answered in its place, may quote
// the request.
func HideCode(a ledger.Answer, code ledger.PayCode) ledger.Answer {
	digits := code.Reveal()
	if digits == "" {
		return a
	}
	const hidden = "…"
	a.Code = strings.ReplaceAll(a.Code, digits, hidden)
	a.Message = strings.ReplaceAll(a.Message, digits, hidden)
	return a
}

// Clock is the channel's own clock when it answered, from the HTTP Date header; the zero time when there is none.
func (x *Exchange) Clock() time.Time {
	at, err := http.ParseTime(x.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return at
}
