package ui

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"guitai/assets"
	"guitai/ledger"
)

// testTill is a Book with a socket, and the hands of its cashier, worker and customer.
type testTill struct {
	t     *testing.T
	book  *ledger.Book
	dir   string
	logs  *lockedBuffer
	leave func() // ends Share and waits for it
}

type lockedBuffer struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out.String()
}

// openTill opens a till in dir and waits until its socket is there, unless it says that there will be none.
func openTill(t *testing.T, dir string) *testTill {
	t.Helper()
	book, err := ledger.OpenBook(context.Background(), ledger.NewMemory(), ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef"),
		Receipts: testSigner{},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, channel := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		book.SetAccount(channel, ledger.Account{Merchant: "MERCHANT0001", App: "APP0001", QRLife: 2 * time.Minute})
	}
	till := &testTill{t: t, book: book, dir: dir, logs: &lockedBuffer{}}
	ctx, cancel := context.WithCancel(context.Background())
	var sharing sync.WaitGroup
	sharing.Go(func() {
		Share(ctx, Shared{Book: book, Dir: dir, Shop: "Longjing Tea", Lang: assets.En, Log: slog.New(slog.NewTextHandler(till.logs, nil))})
	})
	till.leave = func() { cancel(); sharing.Wait() }
	t.Cleanup(func() { till.leave(); book.Close("test") })
	till.until(func() bool {
		conn, err := net.Dial("unix", filepath.Join(dir, socketName))
		if err == nil {
			conn.Close()
		}
		return err == nil || till.logs.String() != ""
	})
	return till
}

// until waits for something that another goroutine or process does.
func (s *testTill) until(ok func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatal("it never comes")
		}
	}
}

func (s *testTill) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *testTill) sell(amount string) {
	s.t.Helper()
	for _, digit := range amount {
		s.must(s.book.Key(digit))
	}
	s.must(s.book.Settle(context.Background(), ledger.Actor{Person: "ZHANGSAN", Role: ledger.Trainee.Role}, true))
}

func (s *testTill) last() (at ledger.Attempt) {
	s.book.Read(func(state *ledger.State) { at = *state.CurrentSale().Last() })
	return at
}

func (s *testTill) showQR() {
	s.t.Helper()
	s.must(s.book.Ask(context.Background(), ledger.Trainee, ledger.Alipay))
	_, err := s.book.Asking(context.Background(), s.last().Order, ledger.RequestOrder)
	s.must(err)
	s.report(ledger.RequestOrder, ledger.ClassShown)
}

func (s *testTill) report(request ledger.Request, class ledger.Class) {
	s.t.Helper()
	at := s.last()
	answer := ledger.Answer{Order: at.Order, Request: request, Class: class, Verified: true}
	s.book.Read(func(state *ledger.State) { answer.Began = state.Head.Seq })
	switch class {
	case ledger.ClassShown:
		answer.QR = testQR
	case ledger.ClassPaid:
		answer.Named = ledger.Named{Order: at.Order, Amount: at.Amount, Merchant: at.Merchant, App: at.App, ChannelNo: "4200000077"}
	}
	s.must(s.book.Report(context.Background(), answer))
}

// reader is the other end of the socket, without a screen.
type reader struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	all  bytes.Buffer
}

func (s *testTill) reader() *reader {
	s.t.Helper()
	conn, err := net.Dial("unix", filepath.Join(s.dir, socketName))
	s.must(err)
	s.t.Cleanup(func() { conn.Close() })
	return &reader{t: s.t, conn: conn, in: bufio.NewReader(conn)}
}

// next gives the next message, or the error that ends the line.
func (r *reader) next() (customerView, error) {
	r.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	line, err := r.in.ReadBytes('\n')
	r.all.Write(line)
	if err != nil {
		return customerView{}, err
	}
	return decodeView(line)
}

func (r *reader) waitFor(state customerState) customerView {
	r.t.Helper()
	for {
		v, err := r.next()
		if err != nil {
			r.t.Fatalf("while waiting for %s: %v", state, err)
		}
		if v.State == state {
			return v
		}
	}
}

func TestShareFollowsASale(t *testing.T) {
	t.Parallel()
	till := openTill(t, t.TempDir())
	one, two := till.reader(), till.reader()
	for _, r := range []*reader{one, two} {
		if v := r.waitFor(customerIdle); v.Shop != "Longjing Tea" || v.Lang != assets.En || v.Mode != "training" || v.Fen != 0 {
			t.Errorf("%+v", v)
		}
	}
	till.sell("12.5")
	for _, r := range []*reader{one, two} {
		if v := r.waitFor(customerReady); v.Fen != 1250 || len(v.Tail) != 4 {
			t.Errorf("%+v", v)
		}
	}
	till.showQR()
	if v := one.waitFor(customerScan); v.QR != testQR || v.Expires != till.last().Expires.UnixMilli() || v.Channel != ledger.Alipay {
		t.Errorf("%+v", v)
	}
	till.report(ledger.RequestQuery, ledger.ClassPaid)
	for _, r := range []*reader{one, two, till.reader()} { // the last one comes late
		v := r.waitFor(customerPaid)
		for v.Receipt == "" { // it follows PAID
			v = r.waitFor(customerPaid)
		}
		if receipt, _, err := ledger.ParseReceipt(v.Receipt); err != nil || receipt.Order != till.last().Order || receipt.Amount != 1250 {
			t.Errorf("the receipt: %+v, %v", receipt, err)
		}
		if v.QR != "" || v.Fen != 1250 {
			t.Errorf("%+v", v)
		}
	}
	till.sell("3")
	if v := two.waitFor(customerReady); v.Fen != 300 || v.Receipt != "" {
		t.Errorf("%+v", v)
	}
	till.leave()
	for err := error(nil); !errors.Is(err, io.EOF); _, err = one.next() {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Lstat(filepath.Join(till.dir, socketName)); !os.IsNotExist(err) {
		t.Errorf("the socket is left: %v", err)
	}
}

// TestShareBeats: a till on which nothing happens says so, with a new time, each second.
func TestShareBeats(t *testing.T) {
	t.Parallel()
	r := openTill(t, t.TempDir()).reader()
	first := r.waitFor(customerIdle)
	second := r.waitFor(customerIdle)
	if second.At <= first.At || !second.same(first) {
		t.Errorf("%+v then %+v", first, second)
	}
}

func TestSocketIsOurs(t *testing.T) {
	till := openTill(t, t.TempDir())
	info, err := os.Lstat(filepath.Join(till.dir, socketName))
	if err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if checkUser(1, 2) == nil || checkUser(2, 2) != nil {
		t.Error("another user is let in")
	}
}

// TestStaleSocketIsTakenOver, a living one and a file of the same name are not.
func TestStaleSocketIsTakenOver(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, socketName)
	dead, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	dead.(*net.UnixListener).SetUnlinkOnClose(false)
	dead.Close()
	till := openTill(t, dir)
	till.reader().waitFor(customerIdle)

	second := openTill(t, dir)
	second.until(func() bool { return second.logs.String() != "" })
	if log := second.logs.String(); !strings.Contains(log, "in use by another program") {
		t.Errorf("the second says %q", log)
	}
	second.sell("1") // it sells all the same
	if v := till.reader().waitFor(customerIdle); v.State != customerIdle {
		t.Errorf("the first one's socket was stolen: %+v", v)
	}

	plain := t.TempDir()
	if err := os.WriteFile(filepath.Join(plain, socketName), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	third := openTill(t, plain)
	text, err := os.ReadFile(filepath.Join(plain, socketName))
	if string(text) != "mine" || err != nil || !strings.Contains(third.logs.String(), "not a socket") {
		t.Errorf("%q, %v, %q", text, err, third.logs)
	}
}

func TestSocketPathTooLong(t *testing.T) {
	dir := t.TempDir()
	for len(dir) < 90 {
		dir = filepath.Join(dir, strings.Repeat("d", 20))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	till := openTill(t, dir)
	if log := till.logs.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, "choose a shorter data folder") {
		t.Errorf("it says %q", log)
	}
	till.sell("12.5")
	err := Display(t.Context(), DisplayOptions{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "choose a shorter data folder") {
		t.Errorf("the display says %v", err)
	}
	if longest, err := socketPath("/" + strings.Repeat("d", 93)); err != nil || len(longest) != 107 {
		t.Errorf("%d bytes: %v", len(longest), err)
	}
	if _, err := socketPath("/" + strings.Repeat("d", 94)); err == nil {
		t.Error("108 bytes are taken")
	}
}

// TestStalledReaderHoldsNothing: the till goes on selling, the other readers see each sale, and the one that reads nothing
// is dropped with little in the kernel's hands.
func TestStalledReaderHoldsNothing(t *testing.T) {
	t.Parallel()
	till := openTill(t, t.TempDir())
	stalled, reading := till.reader(), till.reader()
	sales := 0
	till.until(func() bool { // how soon its buffer is full is the machine's business
		sales++
		till.sell(fmt.Sprint(sales))
		for v := reading.waitFor(customerReady); v.Fen != int64(sales)*100; v = reading.waitFor(customerReady) {
		}
		return hungUp(t, stalled.conn)
	})
	stalled.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	rest, err := io.ReadAll(stalled.conn)
	if err != nil || len(rest) > 8*socketBytes {
		t.Errorf("%d bytes were kept for it, then %v", len(rest), err)
	}
	if !bytes.Contains(rest, []byte("\n")) || bytes.Contains(rest, fmt.Appendf(nil, `"fen":%d,`, sales*100)) {
		t.Errorf("it was not stalled: %d bytes after %d sales", len(rest), sales)
	}
}

// hungUp tells, without reading, whether the other end has closed the connection.
func hungUp(t *testing.T, conn net.Conn) bool {
	t.Helper()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var ready []unix.PollFd
	err = raw.Control(func(fd uintptr) {
		ready = []unix.PollFd{{Fd: int32(fd)}}
		_, _ = unix.Poll(ready, 0) // interrupted: the next look tells
	})
	if err != nil {
		t.Fatal(err)
	}
	return ready[0].Revents&unix.POLLHUP != 0
}

// TestHostileReaders: one that writes is dropped, there are never too many, and a place that gets free is given again.
func TestHostileReaders(t *testing.T) {
	t.Parallel()
	till := openTill(t, t.TempDir())
	writing := till.reader()
	writing.waitFor(customerIdle)
	for err := error(nil); err == nil; {
		writing.conn.SetWriteDeadline(time.Now().Add(20 * time.Second))
		_, err = writing.conn.Write(bytes.Repeat([]byte(`{"v":1,"state":"paid"}`+"\n"), 1000))
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("it is kept")
		}
	}
	var in []*reader
	till.until(func() bool { // its place is free in a moment
		r := till.reader()
		if _, err := r.next(); err == nil {
			in = append(in, r)
		}
		return len(in) == readersMax
	})
	if v, err := till.reader().next(); err == nil {
		t.Errorf("one too many hears %+v", v)
	}
	in[0].conn.Close()
	till.until(func() bool { _, err := till.reader().next(); return err == nil })
	till.sell("7")
	in[1].waitFor(customerReady)
}

// TestNothingPersonalIsSent: over every state of a sale by code, and the refused scans, no digit of the code, person, order
// number or merchant goes over the socket, and no key but the ones that are planned.
func TestNothingPersonalIsSent(t *testing.T) {
	t.Parallel()
	const code, used = "281234567890123456", "130000000000000042"
	ctx := context.Background()
	till := openTill(t, t.TempDir())
	r := till.reader()
	scan := func(text string, suspect bool) {
		_ = till.book.Scan(ctx, ledger.Actor{Person: "ZHANGSAN", Role: ledger.Trainee.Role}, ledger.Scan{Text: []byte(text), At: time.Now(), Suspect: suspect})
	}
	var orders []string
	scan(used, false) // no amount: refused
	till.sell("12.5")
	scan("not a code", false)
	scan(used, true)
	r.waitFor(customerReady)
	scan(code, false)
	r.waitFor(customerWait)
	orders = append(orders, string(till.last().Order))
	if taken, _, ok := till.book.TakeCode(till.last().Order); ok {
		taken.Wipe()
	}
	_, err := till.book.Asking(ctx, till.last().Order, ledger.RequestPay)
	till.must(err)
	till.report(ledger.RequestPay, ledger.ClassWaiting)
	r.waitFor(customerConfirm)
	till.report(ledger.RequestQuery, ledger.ClassRefused)
	r.waitFor(customerFailed)
	till.showQR()
	orders = append(orders, string(till.last().Order))
	r.waitFor(customerScan)
	till.report(ledger.RequestQuery, ledger.ClassPaid)
	r.waitFor(customerPaid)
	sent := r.all.Bytes()
	for _, secret := range append(orders, code[:14], used[:14], hex.EncodeToString([]byte(code[:14])), base64.RawStdEncoding.EncodeToString([]byte(code[:12])),
		"ZHANGSAN", ledger.Trainee.Person, "MERCHANT0001", "APP0001", "4200000077", `"T1`) {
		if secret == "" || bytes.Contains(sent, []byte(secret)) {
			t.Errorf("%q is sent: %s", secret, sent)
		}
	}
	for line := range bytes.Lines(sent) {
		var keys map[string]any
		if err := json.Unmarshal(line, &keys); err != nil {
			t.Fatal(err)
		}
		for key := range keys {
			if key != "receipt" && !slices.Contains(sentKeys, key) {
				t.Errorf("%s is sent", key)
			}
		}
	}
}

// TestTheCashierIsToldWhenTheDisplayIsGone: one that has stayed and left is missed, one that only asked is not.
func TestTheCashierIsToldWhenTheDisplayIsGone(t *testing.T) {
	t.Parallel()
	till := openTill(t, t.TempDir()) // asks whether somebody is there, and leaves
	board := till.book.Board()
	if v := board.View(); v.Dark || v.Displays != 0 {
		t.Fatalf("before any display: %+v", v)
	}
	r := till.reader()
	till.until(func() bool { return board.View().Displays == 1 })
	r.conn.Close()
	till.until(func() bool { v := board.View(); return v.Displays == 0 && v.Dark })
	till.reader()
	till.until(func() bool { v := board.View(); return v.Displays == 1 && !v.Dark })
}
