package notice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"guitai/ledger"
)

// Config is where notices are received.
type Config struct {
	Listen string `toml:"listen"` // address:port of this machine or of the shop's own network; empty: nowhere
}

// Check names what is wrong. The receiver speaks plain HTTP: TLS, and the internet, belong to a reverse proxy before it. So it
// listens on no address that the internet can reach.
func (c Config) Check() error {
	if c.Listen == "" {
		return nil
	}
	at, err := netip.ParseAddrPort(c.Listen)
	own := at.Addr().Unmap()
	if err != nil || at.Port() == 0 || !own.IsLoopback() && !own.IsPrivate() && !own.IsLinkLocalUnicast() {
		return fmt.Errorf("listen = %q: an address of this machine or of the shop's own network with a port, such as 127.0.0.1:8089", c.Listen)
	}
	return nil
}

// The limits on connections. A channel's notice is one small request; whoever takes longer is no channel.
const (
	maxConnections = 64
	headerTime     = 5 * time.Second
	readTime       = 10 * time.Second
	writeTime      = 15 * time.Second
	idleTime       = 30 * time.Second
	endTime        = 5 * time.Second // for what is under way when the till is left
	maxHeader      = 16 << 10        // bytes
)

// againAfter is how long a port that cannot be had is left alone.
const againAfter = 30 * time.Second

// Run receives until ctx ends, then lets what is under way finish. It returns nil: whatever is wrong with the receiver is on
// the board and in the log, and the till sells on.
func (s *Server) Run(ctx context.Context) error {
	for s.cfg.Listen != "" && ctx.Err() == nil {
		err := s.serve(ctx)
		if ctx.Err() != nil {
			break
		}
		s.log.Error("notices are not received", "cause", err)
		s.fault(err.Error())
		select {
		case <-time.After(againAfter):
		case <-ctx.Done():
		}
	}
	return nil
}

func (s *Server) fault(text string) {
	s.book.Board().Post(func(v *ledger.BoardView) { v.Notices.Fault = text })
}

// serve listens until ctx ends or the listener breaks.
func (s *Server) serve(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.cfg.Listen)
	if err != nil {
		return err
	}
	s.fault("")
	s.log.Info("notices are received", "listen", listener.Addr())
	front := s.front()
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		final, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
		defer cancel()
		if front.Shutdown(final) != nil {
			front.Close()
		}
	})
	err = front.Serve(listener)
	if !stop() {
		<-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	front.Close()
	return err
}

func (s *Server) front() *http.Server {
	return &http.Server{
		Handler: s, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeader, ConnState: limited(maxConnections),
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
}

// limited closes new connections while there are as many as allowed: without a limit they could take the files that the ledger
// needs.
func limited(most int64) func(net.Conn, http.ConnState) {
	var open atomic.Int64
	return func(conn net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			if open.Add(1) > most {
				conn.Close()
			}
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}
}
