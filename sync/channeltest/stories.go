package channeltest

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/sandbox"
)

// Stories take minutes of the customers' and the channels' own time. They run in a synctest bubble, where minutes cost
// nothing: the same simulator and the same wire, on connections in memory, because a bubble's clock stands still while
// a socket is waited for.

// pipes is a listener whose connections exist in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// newStory is newBench inside a bubble.
func newStory(t *testing.T, h Harness) *bench {
	t.Helper()
	b := simulate(t, h, sandbox.Config{})
	listener := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	web := &http.Server{Handler: b.handler}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = web.Serve(listener) }()
	transport := &http.Transport{DialContext: listener.dial, DisableKeepAlives: true}
	b.base, b.conn = "http://127.0.0.1", h.Connect(t, "http://127.0.0.1", b.server.Client(), transport)
	t.Cleanup(func() { _ = web.Close(); <-ended })
	return b
}

type story struct {
	name string
	run  func(*bench)
}

// stories in the order in which a cashier meets them.
var stories = []story{
	{"73 keys the password and pays", storyPassword},
	{"74 never answers", storySilent},
	{"75 declines", storyDeclines},
	{"84 the channel's clock is off", storySkew},
	{"87 answers late", storySlow},
	{"88 the answers to two cancels are lost", storyLostCancels},
	{"88 the answers to the closes of a qr are lost", storyLostCloses},
	{"89 pays at the moment of the cancel", storyPaidAtCancel},
	{"89 pays at the moment of the close", storyPaidAtClose},
	{"a cancel that comes early", storyEarlyCancel},
	{"a qr is shown again", storyShownAgain},
	{"a qr that nobody scans", storyExpired},
	{"a qr that is scanned late", storyScannedLate},
	{"a qr whose customer keys the password", storyQRPassword},
}

func runStories(t *testing.T, h Harness) {
	if _, err := shared(); err != nil { // outside every bubble
		t.Fatal(err)
	}
	for _, story := range slices.Concat(stories, refundStories, noticeStories, statementStories) {
		t.Run(story.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { story.run(newStory(t, h)) })
		})
	}
}

// oneOf is is for the places where the channels differ.
func (b *bench) oneOf(a ledger.Answer, classes ...ledger.Class) {
	b.t.Helper()
	if !slices.Contains(classes, a.Class) {
		b.t.Errorf("request %d answers class %d (%s %s), want one of %v", a.Request, a.Class, a.Code, a.Message, classes)
	}
}

// alipay tells the two channels apart where their documents do.
func (b *bench) alipay() bool { return b.h.Channel == sandbox.Alipay }

func storyPassword(b *bench) {
	o := b.order(ledger.ByCode, 80073)
	asked := time.Now()
	b.is(b.conn.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassWaiting)
	time.Sleep(5 * time.Second)
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassWaiting)
	time.Sleep(time.Second)
	a := b.conn.Query(b.ctx(), o)
	b.is(a, o, ledger.RequestQuery, ledger.ClassPaid)
	b.confirms(a, o)
	if took := a.Named.PaidAt.Sub(asked); took != 6*time.Second {
		b.t.Errorf("paid %v after the request, want 6s", took)
	}
}

func storySilent(b *bench) {
	o := b.order(ledger.ByCode, 80074)
	b.is(b.conn.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassWaiting)
	time.Sleep(16 * time.Second) // WeChat Pay takes a reverse from 15 s on
	a := b.conn.Close(b.ctx(), o)
	b.is(a, o, ledger.RequestClose, ledger.ClassAccepted)
	if a.Returned {
		b.t.Error("nothing was paid, and the cancel says that money was returned")
	}
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassClosed)

	o = b.order(ledger.ByCode, 80074) // and one that the till forgets: the channel ends it
	b.is(b.conn.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassWaiting)
	time.Sleep(2*time.Minute + time.Second)
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassClosed)
}

func storyDeclines(b *bench) {
	o := b.order(ledger.ByCode, 80075)
	b.is(b.conn.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassWaiting)
	time.Sleep(21 * time.Second)
	a := b.conn.Query(b.ctx(), o)
	if b.alipay() {
		b.is(a, o, ledger.RequestQuery, ledger.ClassClosed)
		return
	}
	b.is(a, o, ledger.RequestQuery, ledger.ClassFailed) // PAYERROR is final only after a reverse
	b.is(b.conn.Close(b.ctx(), o), o, ledger.RequestClose, ledger.ClassAccepted)
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassClosed)
}

// storySkew: WeChat Pay signs the time, so an old answer proves nothing; Alipay signs no time.
func storySkew(b *bench) {
	o := b.order(ledger.ByCode, 80084)
	a := b.conn.Pay(b.ctx(), o, b.code(0))
	if off := time.Since(a.ChannelAt).Round(time.Minute); off != 10*time.Minute {
		b.t.Errorf("the channel's clock is told as %v behind, want 10m", off)
	}
	if b.alipay() {
		b.is(a, o, ledger.RequestPay, ledger.ClassPaid)
	} else {
		b.is(a, o, ledger.RequestPay, ledger.ClassUnknown)
		b.unproven(a)
	}
	q := b.conn.Query(b.ctx(), o)
	b.is(q, o, ledger.RequestQuery, ledger.ClassPaid)
	b.confirms(q, o)
}

func storySlow(b *bench) {
	o := b.order(ledger.ByCode, 80087)
	a := b.conn.Pay(b.ctx(), o, b.code(0))
	b.is(a, o, ledger.RequestPay, ledger.ClassPaid)
	if took := a.EndedAt.Sub(a.BeganAt); took != 8*time.Second {
		b.t.Errorf("an answer after 8 s is told to have taken %v", took)
	}
	o = b.order(ledger.ByCode, 80087)
	impatient, cancel := context.WithTimeout(b.t.Context(), 5*time.Second)
	defer cancel()
	a = b.conn.Pay(impatient, o, b.code(0))
	b.is(a, o, ledger.RequestPay, ledger.ClassUnknown)
	b.unproven(a)
	if a.Code != ledger.FaultTimeout {
		b.t.Errorf("a time-out is called %s", a.Code)
	}
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassPaid)
}

func storyLostCancels(b *bench) {
	o := b.order(ledger.ByCode, 80088)
	b.is(b.conn.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassWaiting)
	time.Sleep(16 * time.Second)
	for range 2 {
		a := b.conn.Close(b.ctx(), o)
		b.is(a, o, ledger.RequestClose, ledger.ClassUnknown)
		b.unproven(a)
	}
	b.is(b.conn.Close(b.ctx(), o), o, ledger.RequestClose, ledger.ClassAccepted)
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassClosed)
}

func storyLostCloses(b *bench) {
	o := b.order(ledger.ByQR, 80088)
	shown := b.conn.Show(b.ctx(), o)
	b.is(shown, o, ledger.RequestOrder, ledger.ClassShown)
	b.scan(shown.QR)
	b.is(b.conn.Close(b.ctx(), o), o, ledger.RequestClose, ledger.ClassUnknown)
	b.oneOf(b.conn.Close(b.ctx(), o), ledger.ClassUnknown, ledger.ClassDenied) // Alipay refuses to close it again
	b.oneOf(b.conn.Close(b.ctx(), o), ledger.ClassAccepted, ledger.ClassDenied)
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassClosed)
}

func storyPaidAtCancel(b *bench) {
	o := b.order(ledger.ByCode, 80089)
	b.is(b.conn.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassWaiting)
	time.Sleep(16 * time.Second)
	closed := b.conn.Close(b.ctx(), o)
	b.is(closed, o, ledger.RequestClose, ledger.ClassAccepted)
	b.returned(closed, o)
}

func storyPaidAtClose(b *bench) {
	o := b.order(ledger.ByQR, 80089)
	b.is(b.conn.Show(b.ctx(), o), o, ledger.RequestOrder, ledger.ClassShown)
	b.is(b.conn.Close(b.ctx(), o), o, ledger.RequestClose, ledger.ClassDenied)
	a := b.conn.Query(b.ctx(), o)
	b.is(a, o, ledger.RequestQuery, ledger.ClassPaid)
	b.confirms(a, o)
}

// storyEarlyCancel: WeChat Pay refuses a reverse while the customer pays; that is no denial.
func storyEarlyCancel(b *bench) {
	o := b.order(ledger.ByCode, 80074)
	b.is(b.conn.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassWaiting)
	early := b.conn.Close(b.ctx(), o)
	b.oneOf(early, ledger.ClassAccepted, ledger.ClassUnknown)
	time.Sleep(b.conn.Schedule(ledger.ByCode).CloseFrom)
	b.is(b.conn.Close(b.ctx(), o), o, ledger.RequestClose, ledger.ClassAccepted)
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassClosed)
}

// storyShownAgain: the same order a minute later is the same request, and what it shows can be paid.
func storyShownAgain(b *bench) {
	o := b.order(ledger.ByQR, 800)
	b.is(b.conn.Show(b.ctx(), o), o, ledger.RequestOrder, ledger.ClassShown)
	time.Sleep(70 * time.Second)
	again := b.conn.Show(b.ctx(), o)
	b.is(again, o, ledger.RequestOrder, ledger.ClassShown)
	b.scan(again.QR)
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassPaid)
}

func storyExpired(b *bench) {
	o := b.order(ledger.ByQR, 800)
	shown := b.conn.Show(b.ctx(), o)
	b.is(shown, o, ledger.RequestOrder, ledger.ClassShown)
	time.Sleep(time.Until(o.Expires) + time.Second)
	if _, err := b.server.Scan(shown.QR, 0); err == nil {
		b.t.Error("the QR can be paid after its end")
	}
	b.oneOf(b.conn.Query(b.ctx(), o), ledger.ClassAbsent, ledger.ClassOpen)
	b.oneOf(b.conn.Close(b.ctx(), o), ledger.ClassAbsent, ledger.ClassAccepted)
	b.oneOf(b.conn.Query(b.ctx(), o), ledger.ClassAbsent, ledger.ClassClosed)
}

// storyScannedLate: a scan in the last seconds does not give the customer longer than the order has.
func storyScannedLate(b *bench) {
	o := b.order(ledger.ByQR, 80073)
	shown := b.conn.Show(b.ctx(), o)
	b.is(shown, o, ledger.RequestOrder, ledger.ClassShown)
	time.Sleep(time.Until(o.Expires) - 3*time.Second)
	b.scan(shown.QR)
	b.oneOf(b.conn.Query(b.ctx(), o), ledger.ClassWaiting, ledger.ClassOpen)
	time.Sleep(10 * time.Second)
	b.oneOf(b.conn.Query(b.ctx(), o), ledger.ClassClosed, ledger.ClassOpen) // WeChat Pay does not close by itself
	b.oneOf(b.conn.Close(b.ctx(), o), ledger.ClassAccepted, ledger.ClassDenied)
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassClosed)
}

func storyQRPassword(b *bench) {
	o := b.order(ledger.ByQR, 80073)
	shown := b.conn.Show(b.ctx(), o)
	b.is(shown, o, ledger.RequestOrder, ledger.ClassShown)
	b.scan(shown.QR)
	b.oneOf(b.conn.Query(b.ctx(), o), ledger.ClassWaiting, ledger.ClassOpen) // WeChat Pay says NOTPAY until it is paid
	time.Sleep(6 * time.Second)
	a := b.conn.Query(b.ctx(), o)
	b.is(a, o, ledger.RequestQuery, ledger.ClassPaid)
	b.confirms(a, o)
}
