// Package notice receives what the channels send by themselves. A notice is believed for its signature alone and only makes
// the till quicker: everything it can say the till finds out by asking, too. So the receiver may be off, flooded or broken,
// and no sale depends on it.
package notice

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// maxBody bounds a notice, in bytes; the channels' own stay below 8 KiB.
const maxBody = 64 << 10

// takeTime is how long a notice may wait for the ledger: WeChat Pay wants its answer within 5 s (notices, v3).
const takeTime = 4 * time.Second

// Server takes the notices of the channels that were added. It keeps no state of any payment.
type Server struct {
	book *ledger.Book
	cfg  Config
	log  *slog.Logger

	mu      sync.Mutex // guards the fields below
	sources map[string]*source
	rates   rates
	told    map[string]time.Time // when each sentence was last logged
}

// source is one channel's sender of notices.
type source struct {
	channel.Notifier
	channel ledger.Channel
	taken   memory
}

// paths are where each channel posts to.
var paths = map[ledger.Channel]string{ledger.Alipay: "/alipay", ledger.WeChat: "/wechatpay"}

// New makes a receiver for a book.
func New(book *ledger.Book, cfg Config, log *slog.Logger) *Server {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Server{book: book, cfg: cfg, log: log, sources: map[string]*source{}, told: map[string]time.Time{}}
}

// Add takes a channel's notices from now on. A connector whose channel sends none is passed over.
func (s *Server) Add(c channel.Connector) {
	notifier, ok := c.(channel.Notifier)
	path := paths[c.Channel()]
	if !ok || path == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sources[path] = &source{Notifier: notifier, channel: c.Channel()}
}

// ServeHTTP answers one request. What is no notice is answered without the Book.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.contain(w)
	s.mu.Lock()
	from := s.sources[r.URL.Path]
	may := s.rates.may(r.RemoteAddr, time.Now())
	s.mu.Unlock()
	switch {
	case !may: // it is sent again later
		w.Header().Set("Retry-After", "5")
		refuse(w, http.StatusTooManyRequests)
	case from == nil:
		refuse(w, http.StatusNotFound)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed)
	default:
		s.receive(w, r, from)
	}
}

func (s *Server) receive(w http.ResponseWriter, r *http.Request, from *source) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if long := (*http.MaxBytesError)(nil); errors.As(err, &long) {
		s.forged(r, "too long")
		refuse(w, http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil { // too slow, or gone
		refuse(w, http.StatusRequestTimeout)
		return
	}
	notice, err := from.Notice(r.Header, body)
	if err != nil {
		s.forged(r, err.Error())
		from.Acknowledge(w, false)
		return
	}
	from.Acknowledge(w, s.take(r.Context(), from, notice))
}

// take brings a verified notice to the Book, and reports whether the channel may forget it.
func (s *Server) take(ctx context.Context, from *source, notice channel.Notice) bool {
	if s.known(from, notice.ID) {
		s.count(func(n *ledger.Notices) { n.Repeated++ })
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, takeTime)
	defer cancel()
	answer := notice.Answer
	answer.Request = ledger.RequestNotice
	answer.Began = 0 // when the channel wrote it, nobody knows: after a cancel it is stale, and the channel is asked
	err := s.book.Report(ctx, answer)
	switch ledger.ReasonOf(err) {
	case ledger.ReasonForeign, ledger.ReasonUnknownOrder: // it will not be this till's tomorrow either: no need to send it again
		s.remember(from, notice.ID)
		s.count(func(n *ledger.Notices) { n.Foreign++ })
		s.tell("a notice tells nothing of a payment or refund of this till", "channel", from.channel)
		return true
	}
	if err != nil {
		s.count(func(n *ledger.Notices) { n.Failed++ })
		s.tell("a notice could not be taken; the channel sends it again", "cause", because(err))
		return false
	}
	s.remember(from, notice.ID)
	s.count(func(n *ledger.Notices) { n.Taken++ })
	return true
}

// because is an error without what it says about the order: a notice's content is in no log.
func because(err error) string {
	if reason := ledger.ReasonOf(err); reason != "" {
		return string(reason)
	}
	return err.Error()
}

func (s *Server) known(from *source, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return from.taken.has(id)
}

func (s *Server) remember(from *source, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from.taken.add(id)
}

// forged counts what no channel has sent.
func (s *Server) forged(r *http.Request, cause string) {
	s.book.Board().Post(func(v *ledger.BoardView) { v.Notices.Forged++ })
	s.tell("a message that is no notice was refused", "from", remote(r.RemoteAddr), "cause", cause)
}

// count counts a genuine notice.
func (s *Server) count(change func(*ledger.Notices)) {
	s.book.Board().Post(func(v *ledger.BoardView) {
		change(&v.Notices)
		v.Notices.Last = time.Now()
	})
}

// tellEvery keeps a flood of notices from pushing everything else out of the log; the board counts each.
const tellEvery = time.Minute

func (s *Server) tell(sentence string, args ...any) {
	s.mu.Lock()
	last, again := s.told[sentence]
	again = again && time.Since(last) < tellEvery
	if !again {
		s.told[sentence] = time.Now()
	}
	s.mu.Unlock()
	if !again {
		s.log.Warn(sentence, args...)
	}
}

// contain ends a panic with the request that caused it. Its value may hold something of the message, and is not kept.
func (s *Server) contain(w http.ResponseWriter) {
	if cause := recover(); cause != nil {
		s.book.Board().Post(func(v *ledger.BoardView) { v.Notices.Failed++ })
		s.tell("a panic over a notice", "stack", string(debug.Stack()))
		refuse(w, http.StatusInternalServerError)
	}
}

// refuse answers what is no notice, without a word that somebody could learn from.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
}
