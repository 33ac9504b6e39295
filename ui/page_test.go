package ui

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// freeAddress is an address of this machine on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// openPage shows a till's page, and gives its address and what ends it.
func (s *testTill) openPage(lang assets.Lang) (address string, leave func()) {
	s.t.Helper()
	address = freeAddress(s.t)
	ctx, cancel := context.WithCancel(context.Background())
	var showing sync.WaitGroup
	there := make(chan struct{})
	showing.Go(func() {
		what := Shared{Book: s.book, Shop: "龙井茶庄 <b>Longjing</b> Tea", Lang: lang, Log: slog.New(slog.NewTextHandler(s.logs, nil))}
		if err := Page(ctx, PageConfig{Listen: address}, what, func(err error) {
			if err == nil {
				close(there)
			}
		}); err != nil {
			s.t.Error(err)
		}
	})
	leave = func() { cancel(); showing.Wait() }
	s.t.Cleanup(leave)
	select {
	case <-there:
	case <-time.After(20 * time.Second):
		s.t.Fatal("the page never comes")
	}
	s.until(func() bool { return PageConfig{Listen: address}.Test(ctx) == nil })
	return address, leave
}

// viewer listens to a page as a browser does.
type viewer struct {
	t    *testing.T
	body io.ReadCloser
	in   *bufio.Scanner
}

func (s *testTill) viewer(address string) *viewer {
	s.t.Helper()
	answer, err := http.Get("http://" + address + "/events")
	s.must(err)
	s.t.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		s.t.Fatal(answer.Status)
	}
	in := bufio.NewScanner(answer.Body)
	in.Buffer(nil, 1<<20)
	return &viewer{s.t, answer.Body, in}
}

// waitFor gives the next frame that fits.
func (v *viewer) waitFor(what string, fits func(pageFrame) bool) (f pageFrame) {
	v.t.Helper()
	for v.in.Scan() {
		line, ok := strings.CutPrefix(v.in.Text(), "data: ")
		if !ok {
			continue
		}
		f = pageFrame{}
		decoder := json.NewDecoder(strings.NewReader(line))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&f); err != nil {
			v.t.Fatal(err)
		}
		if fits(f) {
			return f
		}
	}
	v.t.Fatalf("%s never comes: %v", what, v.in.Err())
	return f
}

func inState(state customerState) func(pageFrame) bool {
	return func(f pageFrame) bool { return f.State == state }
}

// TestPageFollowsASale: two viewers see the amount, the QR, PAID with its receipt, and the next sale without anything of the last.
func TestPageFollowsASale(t *testing.T) {
	t.Parallel()
	till := openTill(t, t.TempDir())
	address, leave := till.openPage(assets.Zh)
	one, two := till.viewer(address), till.viewer(address)
	if f := one.waitFor("idle", inState(customerIdle)); f.Mark == "" || f.Amount != "" || f.QR != "" || !strings.Contains(f.Shop, "<b>") {
		t.Errorf("%+v", f)
	}
	till.sell("12.5")
	for _, v := range []*viewer{one, two} {
		if f := v.waitFor("the amount", inState(customerReady)); f.Amount != "¥12.50" || !strings.Contains(f.Label, "应付 To pay") {
			t.Errorf("%+v", f)
		}
	}
	till.showQR()
	if f := one.waitFor("the QR", inState(customerScan)); f.QR == "" || f.Left == "" || !strings.Contains(f.First, "支付宝") || !strings.Contains(f.Second, "Alipay") {
		t.Errorf("%+v", f)
	}
	till.report(ledger.RequestQuery, ledger.ClassPaid)
	for _, v := range []*viewer{one, two, till.viewer(address)} {
		f := v.waitFor("the receipt", func(f pageFrame) bool { return f.State == customerPaid && f.QR != "" })
		if f.Word != "✔ 付款成功" || f.Other != "PAID" || !strings.Contains(f.Left, "e-receipt") {
			t.Errorf("%+v", f)
		}
	}
	till.sell("3")
	if f := two.waitFor("the next", inState(customerReady)); f.Amount != "¥3.00" || f.QR != "" || f.Left != "" {
		t.Errorf("%+v", f)
	}
	leave()
	for one.in.Scan() { // the stream ends
	}
	if err := one.in.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

// TestPageAnswersNothingElse: other methods, paths, names and sites are refused, and every answer forbids to be kept, framed or scripted.
func TestPageAnswersNothingElse(t *testing.T) {
	till := openTill(t, t.TempDir())
	address, _ := till.openPage(assets.En)
	_, port, _ := net.SplitHostPort(address)
	for _, tt := range []struct {
		method, path, host, site string
		code                     int
	}{
		{"GET", "/", "", "", 200}, {"GET", "/", "localhost:" + port, "none", 200}, {"GET", "/", "[::1]:" + port, "", 200}, {"GET", "/", "LOCALHOST", "cross-site", 200},
		{"GET", "/", "evil.example", "", 421}, {"GET", "/", "127.0.0.1.evil.example", "", 421}, {"GET", "/events", "evil.example:" + port, "same-origin", 421},
		{"GET", "/", "192.168.1.9:" + port, "", 421}, {"GET", "/", "localhost.evil.example", "", 421}, {"GET", "/", "0.0.0.0:" + port, "", 421}, {"GET", "/", "x", "", 421},
		{"POST", "/", "", "", 405}, {"HEAD", "/", "", "", 405}, {"PUT", "/events", "", "", 405}, {"OPTIONS", "/", "", "", 405}, {"DELETE", "/x", "", "", 405},
		{"GET", "/events/", "", "", 404}, {"GET", "/index.html", "", "", 404}, {"GET", "//", "", "", 404}, {"GET", "/../", "", "", 404}, {"GET", "/favicon.ico", "", "", 404},
		{"GET", "/events", "", "cross-site", 403}, {"GET", "/events", "", "same-site", 403},
	} {
		request, err := http.NewRequest(tt.method, "http://"+address, strings.NewReader(""))
		till.must(err)
		request.URL.Path, request.Host = tt.path, tt.host
		if tt.site != "" {
			request.Header.Set("Sec-Fetch-Site", tt.site)
		}
		answer, err := http.DefaultTransport.RoundTrip(request)
		till.must(err)
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != tt.code || (tt.code == 200) != bytes.Contains(body, []byte("<!doctype html>")) {
			t.Errorf("%s %s of %s from %s: %s", tt.method, tt.path, tt.host, tt.site, answer.Status)
		}
		if policy := answer.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") ||
			strings.Contains(policy, "unsafe") || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: %v", tt.method, tt.path, answer.Header)
		}
		if bytes.Contains(body, []byte("[[")) {
			t.Errorf("a word is missing in the page:\n%s", body)
		}
	}
	if strings.Contains(pageHTML, "http:") || strings.Contains(pageHTML, "https:") || strings.Contains(pageHTML, "innerHTML") {
		t.Error("the page asks somebody else, or takes words for a page")
	}
}

func TestPageConfig(t *testing.T) {
	for listen, good := range map[string]bool{
		"": true, "127.0.0.1:8090": true, "[::1]:8090": true, "127.9.9.9:1": true, "[::ffff:127.0.0.1]:80": true,
		"127.0.0.1": false, "127.0.0.1:0": false, ":8090": false, "0.0.0.0:8090": false, "[::]:8090": false, "192.168.1.2:80": false, "localhost:8090": false,
		"8.8.8.8:80": false, "[::1%lo]:80": false, "127.0.0.1:99999": false, "example.com:80": false, "127.0.0.1:80 ": false,
	} {
		err := PageConfig{Listen: listen}.Check()
		if (err == nil) != good || err != nil && !strings.HasPrefix(err.Error(), "listen = ") {
			t.Errorf("%q: %v", listen, err)
		}
		if !good && Page(t.Context(), PageConfig{Listen: listen}, Shared{}, nil) == nil {
			t.Errorf("%q is served", listen)
		}
	}
}

// TestPageWaitsForItsPort: while another program has it, that is told once; then the page is there.
func TestPageWaitsForItsPort(t *testing.T) {
	t.Parallel()
	till := openTill(t, t.TempDir())
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	till.must(err)
	cfg := PageConfig{Listen: taken.Addr().String()}
	ctx, cancel := context.WithCancel(context.Background())
	told, ended := make(chan error, 9), make(chan error)
	go func() {
		ended <- Page(ctx, cfg, Shared{Book: till.book, Lang: assets.En, Log: slog.New(slog.NewTextHandler(till.logs, nil))}, func(err error) { told <- err })
	}()
	if err := <-told; err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("%v", err)
	}
	taken.Close()
	if err := <-told; err != nil {
		t.Errorf("after the other has left: %v", err)
	}
	till.until(func() bool { return cfg.Test(ctx) == nil })
	cancel()
	if err := <-ended; err != nil || len(told) > 0 || cfg.Test(context.Background()) == nil {
		t.Errorf("%v, and %d more were told", err, len(told))
	}
}

// TestPageHoldsUpNobody: viewers that take nothing, more of them than there are places, and connections that say nothing: the till
// sells as before, each that reads sees the newest, and the places come back.
func TestPageHoldsUpNobody(t *testing.T) {
	t.Parallel()
	till := openTill(t, t.TempDir())
	address, leave := till.openPage(assets.En)
	var conns []net.Conn
	for i := range pageViewers - 1 {
		conn, err := net.Dial("tcp", address)
		till.must(err)
		defer conn.Close()
		conns = append(conns, conn)
		_ = conn.(*net.TCPConn).SetReadBuffer(1 << 10)
		if i < pageViewers-2 {
			fmt.Fprintf(conn, "GET /events HTTP/1.1\r\nHost: %s\r\n\r\n", address) // and never reads
		}
	}
	reads := till.viewer(address)
	reads.waitFor("idle", inState(customerIdle))
	till.until(func() bool { // the last place, and then none
		answer, err := http.Get("http://" + address + "/events")
		if err == nil && answer.StatusCode == http.StatusOK {
			till.t.Cleanup(func() { answer.Body.Close() })
		}
		return err == nil && answer.StatusCode == http.StatusServiceUnavailable
	})
	for n := range 300 {
		till.sell(fmt.Sprint(n + 1))
		till.must(till.book.Drop(context.Background(), ledger.Actor{Person: "ZHANGSAN", Role: ledger.Trainee.Role}, "x"))
	}
	till.sell("777")
	reads.waitFor("the newest", func(f pageFrame) bool { return f.Amount == "¥777.00" })
	for _, conn := range conns {
		conn.Close()
	}
	till.until(func() bool {
		answer, err := http.Get("http://" + address + "/events")
		if err == nil {
			answer.Body.Close()
		}
		return err == nil && answer.StatusCode == http.StatusOK
	})
	leave()
	till.until(func() bool { return till.book.Board().View().Displays == 0 })
}

// TestPageFrames: the words of every state in both languages, and the QR where the display has one.
func TestPageFrames(t *testing.T) {
	var all strings.Builder
	for _, lang := range assets.Langs {
		for _, state := range customerStates {
			v := viewIn(state)
			v.Lang = lang
			if state == customerPaid {
				v.Receipt = testReceipt
			}
			f := newPageScreen("", ledger.Calendar{}).frame(v, noon)
			if (f.QR != "") != (state == customerScan || state == customerPaid) || f.Mark == "" && state != customerClosed && state != customerOther {
				t.Errorf("%s: %+v", state, f)
			}
			f.QR, f.Size = "", 0
			out, err := json.MarshalIndent(f, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&all, "=== %s in %s ===\n%s\n", state, lang, out)
		}
	}
	compareGolden(t, "page", all.String())
	screen, v := newPageScreen("", ledger.Calendar{}), viewIn(customerPaid)
	v.Receipt = testReceipt
	if f := screen.frame(v, noon); f.State != customerPaid {
		t.Errorf("%+v", f)
	}
	v.At = noon.Add(paidFor).UnixMilli()
	if f := screen.frame(v, noon.Add(paidFor)); f.State != customerIdle || f.QR != "" {
		t.Errorf("PAID stays: %+v", f)
	}
	huge := viewIn(customerScan)
	huge.QR = strings.Repeat("x", 5000)
	if f := screen.frame(huge, noon); f.QR != "" || f.First != assets.For(assets.Zh).Display.QRNone {
		t.Errorf("a QR that cannot be drawn: %+v", f)
	}
}
