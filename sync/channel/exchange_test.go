package channel_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// post sends one watched request and gives what is known about it.
func post(t *testing.T, ctx context.Context, base http.RoundTripper, address string) (*channel.Exchange, ledger.Class, string) {
	t.Helper()
	ctx, exchange := channel.Watch(ctx)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader("order"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = channel.NewHTTPClient(base).Do(request)
	class, code := exchange.Fault(err)
	return exchange, class, code
}

// dialing is a transport that makes its connections as told.
func dialing(dial func(ctx context.Context) (net.Conn, error)) http.RoundTripper {
	return &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }}
}

// silent is a transport that tells no trace about its connections.
type silent struct{}

func (silent) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("gone") }

// TestFault: unsent is said only where no byte can have left.
func TestFault(t *testing.T) {
	var arrived atomic.Int64
	aborting := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); string(body) == "order" {
			arrived.Add(1)
		}
		panic(http.ErrAbortHandler)
	})
	plain := httptest.NewServer(aborting)
	defer plain.Close()
	second := httptest.NewUnstartedServer(aborting)
	second.EnableHTTP2 = true
	second.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains about the client that does not trust it
	second.StartTLS()
	defer second.Close()
	asleep := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		arrived.Add(1)
		<-r.Context().Done()
	}))
	defer asleep.Close()
	refused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused.Close()

	for _, tt := range []struct {
		name, address string
		base          http.RoundTripper
		limit         time.Duration
		class         ledger.Class
		code          string
		arrives       int64
	}{
		{"refused", "http://" + refused.Addr().String(), nil, time.Minute, ledger.ClassUnsent, ledger.FaultNoConnection, 0},
		{"no such name", "http://channel.invalid", dialing(func(context.Context) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
		}), time.Minute, ledger.ClassUnsent, ledger.FaultNoConnection, 0},
		{"deadline while dialling", "http://channel.invalid", dialing(func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}), 20 * time.Millisecond, ledger.ClassUnsent, ledger.FaultTimeout, 0},
		{"deadline before", plain.URL, nil, -time.Second, ledger.ClassUnsent, ledger.FaultTimeout, 0},
		{"certificate of a stranger", second.URL, nil, time.Minute, ledger.ClassUnsent, ledger.FaultTLS, 0},
		{"no TLS there", strings.Replace(plain.URL, "http:", "https:", 1), nil, time.Minute, ledger.ClassUnsent, ledger.FaultTLS, 0},
		{"cut off", plain.URL, nil, time.Minute, ledger.ClassUnknown, ledger.FaultCutOff, 1},
		{"cut off, HTTP/2", second.URL, second.Client().Transport, time.Minute, ledger.ClassUnknown, ledger.FaultCutOff, 1},
		{"a transport without a trace", plain.URL, silent{}, time.Minute, ledger.ClassUnknown, ledger.FaultCutOff, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			arrived.Store(0)
			ctx, cancel := context.WithTimeout(t.Context(), tt.limit)
			defer cancel()
			exchange, class, code := post(t, ctx, tt.base, tt.address)
			if exchange.Answered() || class != tt.class || code != tt.code || arrived.Load() != tt.arrives {
				t.Errorf("class %d, %s, %d arrived; want class %d, %s, %d", class, code, arrived.Load(), tt.class, tt.code, tt.arrives)
			}
		})
	}

	t.Run("deadline after it arrived", func(t *testing.T) {
		arrived.Store(0)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, class, code := post(t, ctx, nil, asleep.URL)
		if class != ledger.ClassUnknown || code != ledger.FaultTimeout {
			t.Errorf("class %d, %s, %d arrived", class, code, arrived.Load())
		}
	})
}

// TestWholeAnswer: an answer counts when all of it was read, and only up to a mebibyte.
func TestWholeAnswer(t *testing.T) {
	const most = 1 << 20
	for _, tt := range []struct {
		name     string
		handler  http.HandlerFunc
		answered bool
		code     string
	}{
		{"short", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "yes") }, true, ""},
		{"longest", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("a", most)) }, true, ""},
		{"too long", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("a", most+1)) }, false, ledger.FaultTooLong},
		{"torn", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "five.")
		}, false, ledger.FaultCutOff},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var arrived int
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { arrived++; tt.handler(w, r) }))
			defer server.Close()
			exchange, class, code := post(t, t.Context(), nil, server.URL)
			if exchange.Answered() != tt.answered || !tt.answered && (class != ledger.ClassUnknown || code != tt.code) || arrived != 1 {
				t.Errorf("answered %v, class %d, %s, %d requests", exchange.Answered(), class, code, arrived)
			}
			if tt.answered && exchange.Clock().IsZero() {
				t.Error("the clock of the answer is lost")
			}
		})
	}
	if at := new(channel.Exchange).Clock(); !at.IsZero() {
		t.Errorf("a clock out of nothing: %v", at)
	}
}

// TestKeptConnection: a connection that dies between two requests costs no request twice, and the second is not lost.
func TestKeptConnection(t *testing.T) {
	var arrived atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		if arrived.Add(1) == 2 {
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	base := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	if exchange, _, _ := post(t, t.Context(), base, server.URL); !exchange.Answered() {
		t.Fatal("the first request was not answered")
	}
	_, class, code := post(t, t.Context(), base, server.URL)
	if class != ledger.ClassUnknown || code != ledger.FaultCutOff || arrived.Load() != 2 {
		t.Errorf("class %d, %s, %d arrived; want unknown, and two", class, code, arrived.Load())
	}
}

func TestHideCode(t *testing.T) {
	const digits = "130000000000000071"
	code := ledger.NewPayCode([]byte(digits), time.Now())
	a := channel.HideCode(ledger.Answer{Code: "X" + digits, Message: "auth_code " + digits + " is used, " + digits}, code)
	if strings.Contains(a.Code+a.Message, digits) || !strings.HasSuffix(a.Message, "is used, …") {
		t.Errorf("%q %q", a.Code, a.Message)
	}
	code.Wipe()
	if a := channel.HideCode(ledger.Answer{Message: "hello"}, ledger.PayCode{}); a.Message != "hello" {
		t.Errorf("without a code %q", a.Message)
	}
}
