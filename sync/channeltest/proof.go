package channeltest

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/sandbox"
)

// The forgery proof: valid signed messages of a channel, answers and notices, in every way in which they can be changed,
// mixed, or shown to somebody else. Nothing of it is believed. The connectors are driven in memory, inside a bubble whose
// clock stands still, so that a message does not become too old while it is tried.

// message is a valid one: what a question heard, or a notice.
type message struct {
	name   string
	ask    func(channel.Connector) ledger.Answer // nil: a notice
	status int
	header http.Header
	body   []byte
	good   ledger.Answer
	order  channel.Order
	refund channel.Refund
}

func (m *message) clone() *message {
	c := *m
	c.header, c.body = m.header.Clone(), bytes.Clone(m.body)
	return &c
}

// tape is a line to the simulator that keeps the last answer, or plays one.
type tape struct {
	handler http.Handler
	play    *message // nil: ask the simulator
	last    message
}

func (t *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	m := t.play
	if m == nil {
		request := r.Clone(r.Context())
		request.RequestURI = r.URL.RequestURI()
		if request.Body == nil {
			request.Body = http.NoBody
		}
		record := httptest.NewRecorder()
		t.handler.ServeHTTP(record, request)
		t.last = message{status: record.Code, header: record.Header(), body: record.Body.Bytes()}
		m = &t.last
	}
	return &http.Response{StatusCode: m.status, Header: m.header.Clone(), Body: io.NopCloser(bytes.NewReader(m.body)), Request: r}, nil
}

// proof is the collection of one channel's messages and the connector that is to be deceived.
type proof struct {
	*bench
	tape     *tape
	messages []*message
	victim   channel.Connector // hears what is played
	long     bool              // every bit, every pair
	tried    map[string]int    // by what was done
	same     int               // changes that change nothing: the answer is the original's, word for word
}

// smallKey signs what the deceived connector asks: nobody checks it, and it is four times as fast.
func smallKey(t *testing.T) string {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return PrivatePEM(t, key)
}

func newProof(t *testing.T, h Harness) *proof {
	b := simulate(t, h, sandbox.Config{})
	p := &proof{bench: b, tape: &tape{handler: b.handler}, tried: map[string]int{}, long: os.Getenv("GUITAI_LONG") == "1"}
	b.base, b.conn = "http://127.0.0.1", h.Connect(t, "http://127.0.0.1", b.server.Client(), p.tape)
	p.collect()
	small := smallKey(t)
	p.victim = p.connect(func(c *sandbox.Credentials) {
		c.Alipay.AppPrivateKey, c.WechatPay.MerchantPrivateKey = small, small
	})
	return p
}

// connect gives a connector that hears what is played, with credentials that are changed.
func (p *proof) connect(change func(*sandbox.Credentials)) channel.Connector {
	c := p.server.Client()
	change(&c)
	return p.h.Connect(p.t, p.base, c, p.tape)
}

// hears is what a connector makes of a message; of a notice it has the id as its message.
func (p *proof) hears(conn channel.Connector, question, forged *message) ledger.Answer {
	if question.ask == nil {
		n, err := conn.(channel.Notifier).Notice(forged.header, forged.body)
		if err != nil {
			return ledger.Answer{Class: ledger.ClassUnknown, Code: err.Error()}
		}
		n.Answer.Message = n.ID
		return n.Answer
	}
	p.tape.play = forged
	defer func() { p.tape.play = nil }()
	return question.ask(conn)
}

// told is what an answer says, whatever the clock.
func told(a ledger.Answer) string {
	a.BeganAt, a.EndedAt, a.ChannelAt = time.Time{}, time.Time{}, time.Time{}
	return fmt.Sprintf("%+v", a)
}

// spoiled tries one change of a message: it proves nothing, or it changes nothing.
func (p *proof) spoiled(m, forged *message, what string) {
	p.tried[what]++
	a := p.hears(p.victim, m, forged)
	switch {
	case told(a) == told(m.good):
		p.same++
	case a.Class != ledger.ClassUnknown || a.Verified || a.Returned || a.Named != ledger.Named{} || a.QR != "":
		p.t.Errorf("%s, %s: believed as %+v", m.name, what, a)
	}
}

// verification headers are signed or are the signature; the others have no say at all.
var verificationHeaders = []string{"Wechatpay-Signature", "Wechatpay-Nonce", "Wechatpay-Timestamp", "Wechatpay-Serial"}

// flips changes single bits.
func (p *proof) flips() {
	for _, m := range p.messages {
		if a := p.hears(p.victim, m, m); told(a) != told(m.good) {
			p.t.Fatalf("%s, unchanged: %+v, want %+v", m.name, a, m.good)
		}
		p.flipAll(len(m.body)*8, 40, func(bit int) {
			forged, before := m.clone(), p.same
			forged.body[bit/8] ^= 1 << (bit % 8)
			p.spoiled(m, forged, "a bit of the body flipped")
			if p.same > before && !sameForm(m, forged) {
				p.t.Errorf("%s: bit %d of the body can be flipped, and the same is told", m.name, bit)
			}
		})
		for name, values := range m.header {
			p.flipHeader(m, name, values[0])
		}
	}
}

// sameForm reports that two notices are one form written in two ways, as %2a and %2A are: no bit of what is signed differs.
func sameForm(m, forged *message) bool {
	if m.ask != nil || !bytes.Contains(m.body, []byte("&sign=")) {
		return false
	}
	one, err := url.ParseQuery(string(m.body))
	two, other := url.ParseQuery(string(forged.body))
	return err == nil && other == nil && one.Encode() == two.Encode()
}

func (p *proof) flipHeader(m *message, name, value string) {
	signs := slices.Contains(verificationHeaders, name)
	p.flipAll(len(value)*8, 6, func(bit int) {
		forged, before := m.clone(), p.same
		text := []byte(value)
		text[bit/8] ^= 1 << (bit % 8)
		forged.header[name] = []string{string(text)}
		p.spoiled(m, forged, "a bit of a header flipped")
		if signs == (p.same > before) {
			p.t.Errorf("%s: bit %d of %s flipped, and the same is told: %v", m.name, bit, name, !signs)
		}
	})
	if signs {
		forged := m.clone()
		forged.header.Del(name)
		p.spoiled(m, forged, "a header taken away")
	}
}

// flipAll calls flip for every bit, or for about so many of them, beginning elsewhere in each message.
func (p *proof) flipAll(bits, sample int, flip func(int)) {
	step := max(1, bits/sample) | 1 // odd, so that it meets every bit of a byte
	if p.long {
		step = 1
	}
	for bit := p.tried["a bit of the body flipped"] % step; bit < bits; bit += step {
		flip(bit)
	}
}

// mixes puts the parts of two valid messages together: the header of one over the body of the other, each header alone,
// and the body's own parts.
func (p *proof) mixes() {
	for i, m := range p.messages {
		for j, other := range p.messages {
			if m == other || bytes.Equal(m.body, other.body) || !p.long && (i+2*j)%5 != 0 {
				continue
			}
			for _, name := range verificationHeaders[:3] {
				if m.header.Get(name) == other.header.Get(name) {
					continue
				}
				forged := m.clone()
				forged.header.Set(name, other.header.Get(name))
				p.spoiled(m, forged, "another message's header, one")
			}
			if m.header.Get("Wechatpay-Signature") != "" {
				forged := m.clone()
				forged.header = maps.Clone(other.header)
				p.spoiled(m, forged, "another message's headers, all")
			}
			p.mixBodies(m, other)
		}
	}
}

// mixBodies moves a signature that stands in the body.
func (p *proof) mixBodies(m, other *message) {
	for _, mark := range []string{`,"sign":"`, "&sign="} {
		at, from := bytes.LastIndex(m.body, []byte(mark)), bytes.LastIndex(other.body, []byte(mark))
		if at < 0 || from < 0 || mark == "&sign=" != (m.ask == nil) {
			continue
		}
		forged := m.clone()
		forged.body = append(bytes.Clone(m.body[:at]), other.body[from:]...)
		p.spoiled(m, forged, "another message's signature")
	}
}

// statuses shows a signed body under another HTTP status, which is not signed.
func (p *proof) statuses() {
	for _, m := range p.messages {
		if m.ask == nil {
			continue
		}
		for _, status := range []int{100, 200, 204, 302, 400, 403, 404, 429, 500, 502} {
			forged := m.clone()
			forged.status = status
			a := p.hears(p.victim, m, forged)
			p.tried["another status"]++
			if told(a) != told(m.good) && a.Class != ledger.ClassUnknown {
				p.t.Errorf("%s under status %d: believed as %+v", m.name, status, a)
			}
		}
	}
}

// replays gives each message as the answer to every other question. What names an order or a refund is unknown, or named
// so that the ledger refuses it. Some refusals and empty answers name nothing, and neither channel binds an answer to its
// question: those may pass for what they say, but never for money.
func (p *proof) replays() (nameless int) {
	for _, m := range p.messages {
		for _, other := range p.messages {
			if m == other || (m.ask == nil) != (other.ask == nil) || m.ask == nil {
				continue
			}
			forged := other.clone()
			if bytes.Contains(other.body, []byte("alipay_")) { // the member's name is not signed
				end := bytes.IndexByte(m.body, ':')
				forged.body = append(bytes.Clone(m.body[:end]), other.body[bytes.IndexByte(other.body, ':'):]...)
			}
			p.tried["another question's answer"]++
			nameless += p.replayed(m, other, p.hears(p.victim, m, forged))
		}
	}
	return nameless
}

func (p *proof) replayed(m, other *message, a ledger.Answer) (nameless int) {
	names := bytes.Contains(other.body, []byte(other.order.Number))
	switch {
	case a.Class == ledger.ClassUnknown && !a.Returned:
	case a.Class == ledger.ClassPaid && a.Named.Order != m.order.Number && a.Named.Order != "":
	case a.Class == ledger.ClassReturned && a.Named.Refund != m.refund.Number && a.Named.Refund != "":
	case names || a.Returned || money(a.Class):
		p.t.Errorf("the answer to %s given to %s: believed as %+v", other.name, m.name, a)
	default:
		return 1
	}
	return 0
}

// money tells the classes that say that money has moved.
func money(class ledger.Class) bool {
	switch class {
	case ledger.ClassPaid, ledger.ClassReturned, ledger.ClassRefunded, ledger.ClassReversed:
		return true
	}
	return false
}

// strangers show every message to a connector with another channel's key, and with another merchant.
func (p *proof) strangers() {
	foreign := PublicPEM(p.t, Keys()[1])
	wrongKey := p.connect(func(c *sandbox.Credentials) { c.Alipay.AlipayPublicKey, c.WechatPay.PublicKey = foreign, foreign })
	wrongID := p.connect(func(c *sandbox.Credentials) { c.WechatPay.PublicKeyID = "PUB_KEY_ID_2" })
	wrongMerchant := p.connect(func(c *sandbox.Credentials) {
		c.Alipay.SellerID, c.WechatPay.MchID = "2088999999999999", "1900000999"
	})
	wrongApp := p.connect(func(c *sandbox.Credentials) { c.Alipay.AppID, c.WechatPay.AppID = "9021000000000999", "wx9" })
	for _, m := range p.messages {
		p.tried["another key"]++
		if a := p.hears(wrongKey, m, m); a.Class != ledger.ClassUnknown || a.Verified {
			p.t.Errorf("%s, with another key: %+v", m.name, a)
		}
		if a := p.hears(wrongID, m, m); !p.alipay() && (a.Class != ledger.ClassUnknown || a.Verified) {
			p.t.Errorf("%s, with another key's number: %+v", m.name, a)
		}
		paid := m.good.Class == ledger.ClassPaid
		if m.ask == nil || paid && !p.alipay() {
			p.strange(m, wrongMerchant, "another merchant")
		}
		if m.ask == nil && p.alipay() || paid && !p.alipay() {
			p.strange(m, wrongApp, "another app")
		}
	}
}

// strange shows a message to somebody whose trade it is not about. Alipay's answers name neither merchant nor app, and
// WeChat Pay's word of a refund no app: there the key binds them.
func (p *proof) strange(m *message, conn channel.Connector, who string) {
	p.tried[who]++
	a, mine := p.hears(conn, m, m), conn.Account()
	judged := a.Class == ledger.ClassPaid || a.Class == ledger.ClassReturned
	if a.Class != ledger.ClassUnknown && !(judged && (a.Named.Merchant != mine.Merchant || a.Named.App != mine.App)) {
		p.t.Errorf("%s, to %s: %+v", m.name, who, a)
	}
}

// ages shows every message outside its five minutes, both ways. Alipay signs no time.
func (p *proof) ages() {
	if p.alipay() {
		return
	}
	time.Sleep(5*time.Minute + time.Second)
	for _, m := range p.messages {
		p.spoiled(m, m.clone(), "too old")
	}
}

// testProof runs it. With GUITAI_LONG=1 it flips every bit of every message.
func testProof(t *testing.T, h Harness) {
	if _, err := shared(); err != nil { // outside the bubble
		t.Fatal(err)
	}
	Keys()
	synctest.Test(t, func(t *testing.T) {
		p := newProof(t, h)
		if len(p.messages) < 25 {
			t.Errorf("%d messages, want 25 of each channel", len(p.messages))
		}
		p.flips()
		p.mixes()
		p.statuses()
		nameless := p.replays()
		p.strangers()
		before := p.same
		p.ages()
		if p.same != before {
			t.Errorf("%d messages are believed outside their time", p.same-before)
		}
		t.Logf("%d messages; tried %v; %d changes change nothing; %d answers that name nothing pass for another's", len(p.messages), p.tried, p.same, nameless)
	})
}
