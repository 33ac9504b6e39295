package channeltest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/sandbox"
)

// statementStories are about the file of a day, which is there on the next morning.
var statementStories = []story{
	{"statement that is ready", storyStatementReady},
	{"statement that is not ready", storyStatementNotReady},
	{"statement of a day without trades", storyStatementEmpty},
	{"statement from long ago", storyStatementOld},
	{"statement whose address has died", storyStatementDead},
	{"statement with a wrong hash", storyStatementHash},
	{"statement that is cut", storyStatementCut},
	{"statement in whose place is a web page", storyStatementPage},
	{"statement that is somewhere else", storyStatementRedirect},
	{"statement with faults on the line", storyStatementFaults},
	{"statement that nobody has signed for", storyStatementUnsigned},
	{"statement whose address was changed on its way", storyStatementForged},
	{"statement that cannot be kept", storyStatementUnkept},
}

const (
	billOp     = "bill"
	downloadOp = "download"
)

// statements is what the simulator calls each kind.
var statements = map[ledger.StatementKind]string{ledger.StatementTrades: sandbox.BillTrades, ledger.StatementFunds: sandbox.BillFunds}

// fetched is what came of asking for a statement.
type fetched struct {
	file channel.StatementFile
	text []byte
	err  error
	sent int64 // requests
}

func (b *bench) fetch(day ledger.Day, kind ledger.StatementKind) fetched {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	return b.fetchWithin(ctx, day, kind)
}

func (b *bench) fetchWithin(ctx context.Context, day ledger.Day, kind ledger.StatementKind) fetched {
	b.t.Helper()
	before := b.seen.Load()
	var text bytes.Buffer
	file, err := b.conn.(channel.Statements).Statement(ctx, day, kind, &text)
	f := fetched{file, text.Bytes(), err, b.seen.Load() - before}
	if f.sent > 2 {
		b.t.Errorf("%d requests for one statement", f.sent)
	}
	if err != nil {
		for _, secret := range []string{"://", "token", "127.0.0.1", "/v3/", ".do", ".resource"} {
			if strings.Contains(err.Error(), secret) {
				b.t.Errorf("the error has an address: %v", err)
			}
		}
		if file != (channel.StatementFile{}) {
			b.t.Errorf("an error, and yet a file: %+v", file)
		}
	}
	return f
}

// fails checks that each kind of a day's statement ends in an error.
func (b *bench) fails(day ledger.Day, want error) {
	b.t.Helper()
	for _, kind := range b.conn.(channel.Statements).StatementKinds() {
		if f := b.fetch(day, kind); !errors.Is(f.err, want) {
			b.t.Errorf("%s of %s: %v, want %v", statements[kind], day, f.err, want)
		}
	}
}

// faulty checks that fetching ends in a fault that may be tried again, under one of the codes, after so many requests.
func (b *bench) faulty(day ledger.Day, requests int64, codes ...string) {
	b.t.Helper()
	f := b.fetch(day, ledger.StatementTrades)
	var fault *channel.FetchError
	if !errors.As(f.err, &fault) || !slices.Contains(codes, fault.Code) || f.sent != requests {
		b.t.Errorf("%v after %d requests, want one of %v after %d", f.err, f.sent, codes, requests)
	}
}

func today() ledger.Day { return ledger.Calendar{}.Today() }

// nextMorning waits until the day's statement is there: 10:00 on the next day in Beijing.
func nextMorning() { time.Sleep(time.Until(morning())) }

func morning() time.Time {
	year, month, day := time.Now().In(ledger.Shanghai).Date()
	return time.Date(year, month, day+1, 10, 0, 0, 0, ledger.Shanghai)
}

// traded makes a day with a payment, a refund and a reversal, and waits until its statement is there.
func (b *bench) traded() ledger.Day {
	b.t.Helper()
	day := today()
	o := b.paid(1250)
	b.refund(o, refundOf(o, 1, 300), ledger.ClassAccepted)
	back := b.paid(4000)
	b.is(b.conn.Close(b.ctx(), back), back, ledger.RequestClose, ledger.ClassAccepted)
	nextMorning()
	return day
}

func (b *bench) arm(operation, fault string) {
	b.t.Helper()
	b.server.ClearFaults()
	if err := b.server.Fault(sandbox.Fault{Channel: b.h.Channel, Operation: operation, Fault: fault}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) defect(d sandbox.BillDefect) {
	b.t.Helper()
	b.server.ClearBillDefects()
	d.Channel = b.h.Channel
	if err := b.server.BillDefect(d); err != nil {
		b.t.Fatal(err)
	}
}

func storyStatementReady(b *bench) {
	day := b.traded()
	kinds := b.conn.(channel.Statements).StatementKinds()
	if !slices.Contains(kinds, ledger.StatementTrades) {
		b.t.Fatal("a channel without a statement of trades")
	}
	for _, kind := range kinds {
		f := b.fetch(day, kind)
		if f.err != nil {
			b.t.Fatalf("%s: %v", statements[kind], f.err)
		}
		var want bytes.Buffer
		if err := b.server.WriteBill(&want, b.h.Channel, statements[kind], day.String()); err != nil {
			b.t.Fatal(err)
		}
		if !bytes.Equal(f.text, want.Bytes()) || want.Len() == 0 {
			b.t.Errorf("%s: %d bytes came, the channel has %d", statements[kind], len(f.text), want.Len())
		}
		if f.file.Bytes != uint64(len(f.text)) || f.file.Hash != sha256.Sum256(f.text) || f.sent != 2 {
			b.t.Errorf("%s: %+v after %d requests", statements[kind], f.file, f.sent)
		}
		again := b.fetch(day, kind)
		if again.err != nil || !bytes.Equal(again.text, f.text) {
			b.t.Errorf("%s: another file the second time, %v", statements[kind], again.err)
		}
	}
	if f := b.fetch(day, 77); !errors.Is(f.err, channel.ErrNoStatement) || f.sent != 0 {
		b.t.Errorf("a kind that is none: %v", f.err)
	}
}

func storyStatementNotReady(b *bench) {
	day := today()
	b.paid(1250)
	b.fails(day, channel.ErrNoStatement) // the day has not ended
	b.fails(ledger.Calendar{}.Day(time.Now().AddDate(0, 0, 1)), channel.ErrNoStatement)
	time.Sleep(time.Until(morning()) - time.Second)
	b.fails(day, channel.ErrNotReady)
	time.Sleep(time.Second)
	if f := b.fetch(day, ledger.StatementTrades); f.err != nil {
		b.t.Errorf("at ten: %v", f.err)
	}
}

func storyStatementEmpty(b *bench) {
	day := today()
	b.is(b.conn.Pay(b.ctx(), b.order(ledger.ByCode, 800), b.code(71)), channel.Order{Number: "T1TEST00000001"}, ledger.RequestPay, ledger.ClassRefused)
	time.Sleep(time.Until(morning()) - time.Second)
	b.fails(day, channel.ErrNotReady) // nothing may be said yet, not even this
	time.Sleep(time.Second)
	b.fails(day, channel.ErrNoTrades)
}

func storyStatementOld(b *bench) {
	day := b.traded()
	if f := b.fetch(day, ledger.StatementTrades); f.err != nil {
		b.t.Error(f.err)
	}
	time.Sleep(32 * 31 * 24 * time.Hour)
	b.fails(day, channel.ErrNoStatement)
}

// storyStatementDead: the address lives for 30 s (Alipay) or 5 min (WeChat Pay).
func storyStatementDead(b *bench) {
	day := b.traded()
	life := 5 * time.Minute
	if b.alipay() {
		life = 30 * time.Second
	}
	for _, late := range []time.Duration{life - time.Second, life} {
		b.front = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.URL.Query().Get("token") != "" {
				time.Sleep(late)
			}
			return false
		}
		if late == life {
			b.faulty(day, 2, ledger.FaultHTTP+" 403", ledger.FaultNotJSON)
		} else if f := b.fetch(day, ledger.StatementTrades); f.err != nil {
			b.t.Errorf("in the last second: %v", f.err)
		}
	}
}

func storyStatementHash(b *bench) {
	day := b.traded()
	if b.alipay() {
		return // it names none
	}
	for _, kind := range b.conn.(channel.Statements).StatementKinds() {
		b.defect(sandbox.BillDefect{Bill: statements[kind], Defect: sandbox.DefectHash})
		if f := b.fetch(day, kind); !errors.Is(f.err, channel.ErrStatementHash) {
			b.t.Errorf("%s: %v", statements[kind], f.err)
		}
	}
	b.server.ClearBillDefects()
	b.spoil = func(s *spoiled) { // one bit of the packed file
		if !bytes.HasPrefix(s.body, []byte("{")) {
			s.body[len(s.body)/2] ^= 4
		}
	}
	b.fails(day, channel.ErrStatementHash)
}

func storyStatementCut(b *bench) {
	day := b.traded()
	b.arm(downloadOp, sandbox.FaultTruncated)
	b.faulty(day, 2, ledger.FaultCutOff)
	b.server.ClearFaults()
	b.defect(sandbox.BillDefect{Defect: sandbox.DefectCut})
	if b.alipay() {
		b.faulty(day, 2, ledger.FaultCutOff)
	} else if f := b.fetch(day, ledger.StatementTrades); !errors.Is(f.err, channel.ErrStatementHash) {
		b.t.Error(f.err)
	}
	b.server.ClearBillDefects()
	for _, less := range []int{1, 21, 22, 100} { // a line that ends as if it were whole
		b.spoil = func(s *spoiled) {
			if !bytes.HasPrefix(s.body, []byte("{")) {
				s.body = s.body[:len(s.body)-less]
				s.header.Del("Content-Length")
			}
		}
		if f := b.fetch(day, ledger.StatementTrades); f.err == nil {
			b.t.Errorf("%d bytes are missing, and nobody says so", less)
		}
	}
}

func storyStatementPage(b *bench) {
	day := b.traded()
	b.arm(billOp, sandbox.FaultHTML)
	b.faulty(day, 1, ledger.FaultNotJSON, ledger.FaultBadSignature)
	b.arm(downloadOp, sandbox.FaultHTML)
	if b.alipay() {
		b.faulty(day, 2, ledger.FaultNotJSON)
	} else if f := b.fetch(day, ledger.StatementTrades); !errors.Is(f.err, channel.ErrStatementHash) {
		b.t.Error(f.err)
	}
}

func storyStatementRedirect(b *bench) {
	day := b.traded()
	for _, file := range []bool{false, true} { // the question, and the file
		b.front = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/elsewhere" {
				b.t.Error("a redirect was followed")
			}
			if file != (r.URL.Query().Get("token") != "") {
				return false
			}
			http.Redirect(w, r, b.base+"/elsewhere", http.StatusTemporaryRedirect)
			return true
		}
		if file {
			b.faulty(day, 2, ledger.FaultHTTP+" 307")
		} else {
			b.faulty(day, 1, ledger.FaultHTTP)
		}
	}
}

func storyStatementFaults(b *bench) {
	day := b.traded()
	for _, fault := range []string{sandbox.FaultDown, sandbox.FaultDropBefore, sandbox.FaultCommitDrop} {
		b.arm(billOp, fault)
		b.faulty(day, 1, ledger.FaultCutOff)
		b.arm(downloadOp, fault)
		b.faulty(day, 2, ledger.FaultCutOff)
	}
	b.arm(billOp, sandbox.Fault500)
	b.faulty(day, 1, ledger.FaultHTTP, ledger.FaultBadSignature)
	b.arm(downloadOp, sandbox.Fault500)
	b.faulty(day, 2, ledger.FaultHTTP+" 500")
	b.arm(billOp, sandbox.FaultSystemError)
	b.faulty(day, 1, "ACQ.SYSTEM_ERROR", "SYSTEM_ERROR")

	b.server.ClearFaults()
	if err := b.server.Fault(sandbox.Fault{Channel: b.h.Channel, Operation: downloadOp, Fault: sandbox.FaultDelay, DelayMs: 60_000}); err != nil {
		b.t.Fatal(err)
	}
	short, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if f := b.fetchWithin(short, day, ledger.StatementTrades); !errors.Is(f.err, context.DeadlineExceeded) {
		b.t.Errorf("out of time: %v", f.err)
	}
	ended, stop := context.WithCancel(context.Background())
	stop()
	if f := b.fetchWithin(ended, day, ledger.StatementTrades); !errors.Is(f.err, context.Canceled) || f.sent != 0 {
		b.t.Errorf("ended: %v after %d requests", f.err, f.sent)
	}
}

// storyStatementUnsigned: what nobody has signed ends nothing, and leads nowhere.
func storyStatementUnsigned(b *bench) {
	empty := today()
	nextMorning()
	for _, fault := range []string{sandbox.FaultNoSign, sandbox.FaultBadSign, sandbox.FaultProbeSign} {
		b.arm(billOp, fault)
		for _, day := range []ledger.Day{empty, today()} {
			f := b.fetch(day, ledger.StatementTrades)
			var fault *channel.FetchError
			if !errors.As(f.err, &fault) || f.sent != 1 {
				b.t.Errorf("%v after %d requests", f.err, f.sent)
			}
		}
	}
	b.server.ClearFaults()
	day := b.traded()
	for _, fault := range []string{sandbox.FaultNoSign, sandbox.FaultBadSign, sandbox.FaultProbeSign} {
		b.arm(billOp, fault)
		b.faulty(day, 1, ledger.FaultBadSignature)
	}
}

// storyStatementForged flips a bit at every seventh place of the answer that names the file: nothing is fetched.
func storyStatementForged(b *bench) {
	day := b.traded()
	var length int
	b.spoil = func(s *spoiled) {
		if length == 0 {
			length = len(s.body)
		}
	}
	if f := b.fetch(day, ledger.StatementTrades); f.err != nil {
		b.t.Fatal(f.err)
	}
	for at := 0; at < length; at += 7 {
		b.spoil = func(s *spoiled) { s.body[min(at, len(s.body)-1)] ^= 1 << (at % 8) }
		f := b.fetch(day, ledger.StatementTrades)
		var fault *channel.FetchError
		if !errors.As(f.err, &fault) || f.sent != 1 {
			b.t.Errorf("bit %d of byte %d changed: %v after %d requests", at%8, at, f.err, f.sent)
		}
	}
}

// full is a disk that takes no more.
type full struct{}

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error) { return 0, errFull }

func storyStatementUnkept(b *bench) {
	day := b.traded()
	for _, kind := range b.conn.(channel.Statements).StatementKinds() {
		file, err := b.conn.(channel.Statements).Statement(b.ctx(), day, kind, io.Writer(full{}))
		if !errors.Is(err, errFull) || file != (channel.StatementFile{}) {
			b.t.Errorf("%+v, %v", file, err)
		}
	}
}
