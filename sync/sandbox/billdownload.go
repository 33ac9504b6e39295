package sandbox

import (
	"compress/gzip"
	"crypto/rand"
	"io"
	"net/http"
	"time"
)

// ticket is a download address that was given out. It is forgotten when the process ends.
type ticket struct {
	channel, kind string
	day           time.Time
	until         time.Time
	gzip          bool
}

// admit gives the token of a download address.
func (s *Server) admit(t ticket, now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for token, old := range s.tickets {
		if now.After(old.until) {
			delete(s.tickets, token)
		}
	}
	token := rand.Text()
	s.tickets[token] = t
	return token
}

// enter finds the ticket of a token that is still good.
func (s *Server) enter(channel, token string, now time.Time) (ticket, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, known := s.tickets[token]
	if !known || t.channel != channel || !now.Before(t.until) {
		return ticket{channel: channel}, false
	}
	return t, true
}

// hinder lets trouble come over a download, where there is any; false: it has been answered. A bill that breaks off is made
// so by hand.
func (s *Server) hinder(w http.ResponseWriter, r *http.Request, t ticket) bool {
	trouble := s.takeFault(t.channel, opDownload, t.day.Format(time.DateOnly))
	if !pause(r.Context(), trouble.delay) {
		panic(http.ErrAbortHandler)
	}
	switch trouble.kind {
	case FaultDown, FaultDropBefore, FaultCommitDrop:
		panic(http.ErrAbortHandler)
	case FaultTruncated:
		s.breakOff(w, t)
	case FaultHTML:
		page(w)
		return false
	case Fault500, FaultSystemError, FaultSystemErrorBefore:
		http.Error(w, "internal server error", http.StatusInternalServerError)
		return false
	}
	return true
}

func page(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, portalPage)
}

// breakOff sends half of a bill and hangs up.
func (s *Server) breakOff(w http.ResponseWriter, t ticket) {
	if b, _, err := s.bill(t.channel, t.kind, t.day, time.Now()); err == nil {
		b.cut = true
		_ = s.send(w, t, b)
		_ = http.NewResponseController(w).Flush()
	}
	panic(http.ErrAbortHandler)
}

// hand streams the bill of a ticket.
func (s *Server) hand(w http.ResponseWriter, t ticket, kind string) {
	b, _, err := s.bill(t.channel, t.kind, t.day, time.Now())
	if err == nil {
		w.Header().Set("Content-Type", kind)
		err = s.send(w, t, b)
	}
	if err != nil && err != errCut {
		s.config.Log.Error("sandbox: bill could not be sent", "err", err)
		panic(http.ErrAbortHandler)
	}
}

func (s *Server) send(w io.Writer, t ticket, b *bill) error {
	if !t.gzip {
		return b.write(w)
	}
	zip := gzip.NewWriter(w)
	if err := b.write(zip); err != nil {
		_ = zip.Close() // what is cut is cut before it is packed
		return err
	}
	return zip.Close()
}
