package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Kinds of faults. "Executed" means that the order book has changed although the client cannot know it.
const (
	FaultDelay             = "delay"               // executed, answered late
	FaultDropBefore        = "drop_before"         // not executed, connection dropped
	FaultCommitDrop        = "commit_drop"         // executed, connection dropped
	Fault500               = "500"                 // executed, HTTP 500 with a text body
	FaultHTML              = "html"                // not executed, HTTP 200 with a web page
	FaultTruncated         = "truncated"           // executed, half of the body
	FaultBadSign           = "bad_sign"            // executed, one bit of the signature is wrong
	FaultNoSign            = "no_sign"             // executed, no signature
	FaultProbeSign         = "probe_sign"          // executed, signature WECHATPAY/SIGNTEST/… (Alipay: like bad_sign)
	FaultSkew              = "skew"                // executed, answer's time 10 minutes behind
	FaultDown              = "down"                // connection closed at once, before anything is checked
	FaultSystemError       = "system_error"        // executed, answered SYSTEM_ERROR
	FaultSystemErrorBefore = "system_error_before" // not executed, answered SYSTEM_ERROR
)

var faultKinds = []string{FaultDelay, FaultDropBefore, FaultCommitDrop, Fault500, FaultHTML, FaultTruncated, FaultBadSign,
	FaultNoSign, FaultProbeSign, FaultSkew, FaultDown, FaultSystemError, FaultSystemErrorBefore}

// Operations of both channels: pay is a code payment, order gives out a QR, close is every way of taking an order back
// (Alipay trade.cancel and trade.close, WeChat close and reverse).
const (
	opPay         = "pay"
	opOrder       = "order"
	opQuery       = "query"
	opClose       = "close"
	opRefund      = "refund"
	opRefundQuery = "refundquery"
	opBill        = "bill"     // asks where a bill is
	opDownload    = "download" // fetches it; nothing of it is signed
)

var operations = []string{opPay, opOrder, opQuery, opClose, opRefund, opRefundQuery, opBill, opDownload, "*"}

const (
	skewBy   = -10 * time.Minute
	maxDelay = 10 * time.Minute
)

// Fault asks for trouble with requests that are yet to come.
type Fault struct {
	Channel   string `json:"channel"`   // alipay, wechatpay, or * for both
	Operation string `json:"operation"` // pay, order, query, close, refund, refundquery, bill, download, or * for all
	Order     string `json:"order"`     // only this order number (of a bill: its day, 2006-01-02); empty: any
	Fault     string `json:"fault"`     // one of the Fault… kinds
	DelayMs   int    `json:"delay_ms"`  // held back this long, milliseconds; needed by delay, allowed with every kind
	Count     int    `json:"count"`     // this many requests; 0: until cleared
}

func (f Fault) check() error {
	switch {
	case !slices.Contains([]string{Alipay, WechatPay, "*"}, f.Channel):
		return fmt.Errorf("channel is %q: it must be alipay, wechatpay or *", f.Channel)
	case !slices.Contains(operations, f.Operation):
		return fmt.Errorf("operation is %q: it must be one of %v", f.Operation, operations)
	case !slices.Contains(faultKinds, f.Fault):
		return fmt.Errorf("fault is %q: it must be one of %v", f.Fault, faultKinds)
	case f.DelayMs < 0 || f.DelayMs > int(maxDelay/time.Millisecond):
		return fmt.Errorf("delay_ms is %d: it must be 0 to %d", f.DelayMs, maxDelay/time.Millisecond)
	case f.Fault == FaultDelay && f.DelayMs == 0:
		return fmt.Errorf("delay_ms is missing: fault delay needs one")
	case f.Count < 0:
		return fmt.Errorf("count is %d: it must be 0 (until cleared) or more", f.Count)
	}
	return nil
}

// Fault arms a fault. The first armed one that fits a request is used up by it and wins over the order's behaviour.
func (s *Server) Fault(f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
	return nil
}

// ClearFaults disarms everything that Fault has armed.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// trouble is what happens to one request.
type trouble struct {
	kind  string
	delay time.Duration
}

func (s *Server) takeFault(channel, operation, number string) trouble {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Channel != "*" && f.Channel != channel || f.Operation != "*" && f.Operation != operation ||
			f.Order != "" && f.Order != number {
			continue
		}
		if f.Count == 1 {
			s.faults = slices.Delete(s.faults, i, i+1)
		} else if f.Count > 1 {
			s.faults[i].Count--
		}
		return trouble{kind: f.Fault, delay: time.Duration(f.DelayMs) * time.Millisecond}
	}
	return trouble{}
}

// orElse falls back to what the amount and the code of a pay or order request ask for.
func (t trouble) orElse(amount int64, code string) trouble {
	if t.kind != "" {
		return t
	}
	_, wanted, _ := readCode(code)
	b, _ := behaviour(choose(amount, wanted))
	return trouble{kind: b.fault, delay: b.delay}
}

// answer is what a channel has decided to say, before it is signed and before trouble comes over it.
type answer struct {
	status   int
	body     []byte
	unsigned bool // by the channel's own rules, not by a fault
	lost     bool // executed, but it must not arrive
}

// protocol is the part of delivering an answer in which the two channels differ.
type protocol interface {
	// systemError is the channel's "something went wrong on our side".
	systemError(executed bool) answer
	// seal signs the answer, sets the headers and gives the bytes to send; kind spoils the signature or the time.
	seal(header http.Header, a answer, kind string, now time.Time) ([]byte, error)
}

// exchange runs a verified request and delivers its answer as far as the trouble lets it.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request, p protocol, t trouble, do func() answer) {
	var a answer
	switch t.kind {
	case FaultDropBefore:
		a.lost = true
	case FaultHTML:
		a = answer{status: http.StatusOK, body: []byte(portalPage)}
	case FaultSystemErrorBefore:
		a = p.systemError(false)
	case FaultSystemError:
		do()
		a = p.systemError(true)
	case FaultCommitDrop:
		do()
		a.lost = true
	case Fault500:
		do()
		a = answer{status: http.StatusInternalServerError, body: []byte("internal server error\n")}
	default:
		a = do()
	}
	if !pause(r.Context(), t.delay) || a.lost {
		panic(http.ErrAbortHandler) // closes the connection without an answer and without a word in the log
	}
	s.deliver(w, p, t.kind, a)
}

func (s *Server) deliver(w http.ResponseWriter, p protocol, kind string, a answer) {
	body := a.body
	switch kind {
	case FaultHTML:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	case Fault500:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	default:
		now := time.Now()
		if kind == FaultSkew {
			now = now.Add(skewBy)
			w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		}
		var err error
		if body, err = p.seal(w.Header(), a, kind, now); err != nil {
			s.config.Log.Error("sandbox: answer could not be signed", "err", err)
			panic(http.ErrAbortHandler)
		}
	}
	if a.status != http.StatusNoContent {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	}
	w.WriteHeader(a.status)
	if kind == FaultTruncated {
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(body) // an answer that cannot be delivered is the client's to miss
}

// pause waits unless the client goes away first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

const portalPage = `<!DOCTYPE html><html><head><title>Welcome</title></head>
<body><form action="/login">Sign in to use this network</form></body></html>
`
