package ui

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	tea "charm.land/bubbletea/v2"
)

// redialAfter is how long the display waits before it looks for a till again.
const redialAfter = 300 * time.Millisecond

// heardMsg is what the till says now, or that there is none: then view.State is customerClosed or customerOther.
type heardMsg struct{ view customerView }

// tillLink is the display's end of the socket. One command at a time uses it, and the next is begun when the last one's
// message has been taken; so nothing is queued here either.
type tillLink struct {
	path string
	conn *net.UnixConn // nil while there is none
	in   *bufio.Reader
	said customerState // the last thing told about the line: customerClosed, customerOther, or empty while it is good
}

// listen gives the command that waits for the next thing worth telling.
func (l *tillLink) listen(ctx context.Context) tea.Cmd {
	return func() tea.Msg {
		for ctx.Err() == nil {
			view, err := l.next(ctx)
			switch {
			case err == nil:
				l.said = ""
				return heardMsg{view}
			case l.tells(err):
				return heardMsg{customerView{State: l.said}}
			}
			pause(ctx, redialAfter)
		}
		return nil
	}
}

// tells reports whether the failure is news, and keeps it.
func (l *tillLink) tells(err error) bool {
	state := customerClosed
	if errors.Is(err, errOtherVersion) {
		state = customerOther
	}
	news := l.said != state
	l.said = state
	return news
}

// next dials when there is no line and gives the newest view that has arrived. After an error there is no line.
func (l *tillLink) next(ctx context.Context) (view customerView, err error) {
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	if l.conn == nil {
		if err := l.dial(ctx); err != nil {
			return customerView{}, err
		}
	}
	conn := l.conn
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	for {
		if err := l.conn.SetReadDeadline(time.Now().Add(viewFresh)); err != nil {
			return customerView{}, fmt.Errorf("reading from the till: %w", err)
		}
		line, err := l.in.ReadSlice('\n')
		if err != nil {
			return customerView{}, fmt.Errorf("reading from the till: %w", err)
		}
		if waiting, _ := l.in.Peek(l.in.Buffered()); bytes.IndexByte(waiting, '\n') >= 0 {
			continue // a newer one is here already
		}
		view, err := decodeView(line)
		if err != nil || time.Since(time.UnixMilli(view.At)) < viewFresh {
			return view, err
		}
	}
}

func (l *tillLink) dial(ctx context.Context) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", l.path)
	if err != nil {
		return fmt.Errorf("looking for the till: %w", err)
	}
	line := conn.(*net.UnixConn)
	if err := SameUser(line); err != nil { // anybody could show a QR of his own
		return errors.Join(err, line.Close())
	}
	l.conn, l.in = line, bufio.NewReaderSize(line, viewMax)
	return nil
}

func (l *tillLink) close() {
	if l.conn != nil {
		l.conn.Close()
		l.conn = nil
	}
}
