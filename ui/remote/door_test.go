package remote

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"guitai/ledger"
)

// until serves a session until its context ends.
func until(ctx context.Context, s *Session) int {
	io.WriteString(s.Out, "\x1b[?1049hhello")
	<-ctx.Done()
	return 0
}

// TestEnds tries each way in which a visit ends: the word, the exit code, and a terminal that is as it was.
func TestEnds(t *testing.T) {
	key := testKey(t)
	for _, c := range []struct {
		name  string
		limit func(*limits)
		serve func(context.Context, *Session) int
		do    func(*opened, *ssh.Client, io.WriteCloser)
		why   string
		exit  int
		torn  bool
	}{
		{name: "by itself", serve: func(context.Context, *Session) int { return 3 }, why: "done", exit: 3},
		{name: "idle", limit: func(l *limits) { l.idle = 50 * time.Millisecond }, serve: func(ctx context.Context, s *Session) int {
			for ctx.Err() == nil { // a clock on the screen
				io.WriteString(s.Out, "12:00")
				time.Sleep(time.Millisecond)
			}
			return 0
		}, why: "idle", exit: 1},
		{name: "idle, waiting for a key", limit: func(l *limits) { l.idle = 50 * time.Millisecond }, serve: func(_ context.Context, s *Session) int {
			if n, err := s.In.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Error("the keys did not end:", n, err)
			}
			return 0
		}, why: "idle", exit: 1},
		{name: "after its time", limit: func(l *limits) { l.life = 300 * time.Millisecond }, serve: until, why: "time", exit: 1},
		{name: "thrown out", serve: until, do: func(o *opened, _ *ssh.Client, _ io.WriteCloser) { o.ThrowOut() }, why: "thrown out", exit: 1},
		{name: "deaf and thrown out", limit: func(l *limits) { l.grace = 50 * time.Millisecond }, do: func(o *opened, _ *ssh.Client, _ io.WriteCloser) { o.ThrowOut() }, why: "thrown out", exit: 1, torn: true},
		{name: "a bug", serve: func(context.Context, *Session) int { panic("a bug") }, why: "fault", exit: 1, torn: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			host := &book{serve: c.serve}
			if c.torn && c.why == "thrown out" {
				host.serve = func(ctx context.Context, s *Session) int {
					<-ctx.Done()
					time.Sleep(300 * time.Millisecond) // longer than the grace
					if _, err := s.Out.Write([]byte("late")); !errors.Is(err, io.ErrClosedPipe) {
						t.Error("wrote behind the last bytes")
					}
					return 0
				}
			}
			bye := func(s *Session, why string) string { return s.Person + ": " + why }
			o := open(t, one("anna", "supervisor", key), host, Options{Goodbye: bye}, func(l *limits) {
				if c.limit != nil {
					c.limit(l)
				}
			})
			client := enter(t, o, key)
			s, in, out := screen(t, client)
			if c.do != nil {
				eventually(t, "somebody is inside", func() bool { return len(host.inside()) == 1 })
				c.do(o, client, in)
			}
			shown, _ := io.ReadAll(out)
			err := s.Wait()
			var exit *ssh.ExitError
			if c.exit != 0 && (!errors.As(err, &exit) || exit.ExitStatus() != c.exit) {
				t.Errorf("exit: %v, want %d", err, c.exit)
			}
			if want := string(RestoreTerminal("xterm", c.torn)) + "anna: " + c.why + "\r\n"; !strings.HasSuffix(string(shown), want) {
				t.Errorf("the last bytes were %q, want %q", shown[max(0, len(shown)-200):], want)
			}
			eventually(t, "the visit is written down", func() bool { return len(host.leftNow()) == 1 })
			if got := host.leftNow()[0]; got != "anna "+c.why {
				t.Errorf("left: %q", got)
			}
		})
	}
}

// TestGoodbyeOfACommand: what a command has said stays whole, and the reason for its end is beside it.
func TestGoodbyeOfACommand(t *testing.T) {
	key, host := testKey(t), &book{serve: until}
	o := open(t, one("anna", "supervisor", key), host, Options{Goodbye: func(_ *Session, why string) string { return why }})
	s, err := enter(t, o, key).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	s.Stdout, s.Stderr = &out, &errs
	if err := s.Start("day"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "somebody is inside", func() bool { return len(host.inside()) == 1 })
	o.ThrowOut()
	var exit *ssh.ExitError
	if err := s.Wait(); !errors.As(err, &exit) || exit.ExitStatus() != 1 {
		t.Error(err)
	}
	if out.String() != "\x1b[?1049hhello" || errs.String() != "thrown out\r\n" {
		t.Errorf("%q, %q", out.String(), errs.String())
	}
}

// TestKeysKeepAwake: bytes from the visitor do, and sizes of a window do not.
func TestKeysKeepAwake(t *testing.T) {
	key, host := testKey(t), &book{}
	heard := make(chan string, 100)
	host.serve = func(ctx context.Context, s *Session) int {
		buffer := make([]byte, 10)
		for {
			n, err := s.In.Read(buffer)
			if err != nil {
				<-ctx.Done()
				return 0
			}
			heard <- string(buffer[:n])
		}
	}
	o := open(t, one("anna", "supervisor", key), host, Options{}, func(l *limits) { l.idle = 400 * time.Millisecond })
	s, in, _ := screen(t, enter(t, o, key))
	for range 12 { // 600 ms
		io.WriteString(in, "k")
		<-heard
		time.Sleep(50 * time.Millisecond)
	}
	if len(host.leftNow()) != 0 {
		t.Fatal("ended while keys came")
	}
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				_ = s.WindowChange(40, 100+n%2)
			}
		}
	}()
	eventually(t, "it was idle", func() bool { return len(host.leftNow()) == 1 })
	if got := host.leftNow()[0]; got != "anna idle" {
		t.Error(got)
	}
}

// TestResized: the newest size is what counts, and one before the screens is their first.
func TestResized(t *testing.T) {
	key, sizes := testKey(t), make(chan Size, 10)
	read := make(chan struct{})
	host := &book{serve: func(ctx context.Context, s *Session) int {
		sizes <- s.Size
		<-read
		sizes <- <-s.Resized
		return 0
	}}
	o := open(t, one("anna", "supervisor", key), host, Options{})
	s, _, _ := screen(t, enter(t, o, key))
	if got := <-sizes; got != (Size{120, 40}) {
		t.Errorf("first %v", got)
	}
	for cols := 60; cols <= 90; cols += 10 {
		if ok, err := s.SendRequest("window-change", true, ssh.Marshal(windowChange{Cols: uint32(cols), Rows: 20})); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	close(read)
	if got := <-sizes; got != (Size{90, 20}) {
		t.Errorf("then %v", got)
	}
}

// TestTurnedAway: a visit that cannot be written down is none, and its visitor is told why.
func TestTurnedAway(t *testing.T) {
	key, host := testKey(t), &book{refuse: errors.New("the disk is full\x1b[2J")}
	o := open(t, one("anna", "supervisor", key), host, Options{})
	s, err := enter(t, o, key).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	s.Stderr = &said
	var exit *ssh.ExitError
	if err := s.Run("day"); !errors.As(err, &exit) || exit.ExitStatus() != 1 || said.String() != "the disk is full�[2J\r\n" {
		t.Errorf("%v, %q", err, said.String())
	}
	if len(host.leftNow()) != 0 {
		t.Error("somebody left who had not arrived")
	}
}

// TestLock: nobody comes in while the door is locked, a login that was under way neither, and everybody again when it is not.
func TestLock(t *testing.T) {
	key, host := testKey(t), &book{serve: until}
	o := open(t, one("anna", "supervisor", key), host, Options{})
	screen(t, enter(t, o, key))
	screen(t, enter(t, o, key))
	eventually(t, "two are inside", func() bool { return len(host.inside()) == 2 })
	if v := host.inside(); v[0].Session != 1 || v[1].Session != 2 || v[0].Role != ledger.RoleSupervisor || v[0].Key != ssh.FingerprintSHA256(key.PublicKey()) || v[0].Cert != "" {
		t.Errorf("%+v", v)
	} else if at, err := netip.ParseAddrPort(v[0].From); err != nil || !at.Addr().IsLoopback() {
		t.Error(v[0].From)
	}
	underWay := call{auth: []ssh.AuthMethod{ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
		o.ThrowOut()
		return []ssh.Signer{key}, nil
	})}}
	if client, err := underWay.to(o.at); err == nil {
		if _, err := client.NewSession(); err == nil {
			t.Error("came in through a locked door")
		}
	}
	if left := time.Until(o.Locked()); left < 59*time.Minute || left > time.Hour {
		t.Errorf("locked for %v", left)
	}
	eventually(t, "all were thrown out", func() bool { return len(host.leftNow()) == 2 })
	if _, err := with(key).to(o.at); err == nil {
		t.Error("came in through a locked door")
	}
	was := o.Locked()
	o.ThrowOut()
	o.Open(was)
	o.Open(time.Time{})
	if _, err := with(key).to(o.at); err == nil || o.Locked().IsZero() {
		t.Error("the lock that came since then is open")
	}
	o.Open(o.Locked())
	if !o.Locked().IsZero() {
		t.Error("still locked")
	}
	enter(t, o, key)
	o.ThrowOut()
	o.Lock(time.Time{})
	enter(t, o, key)
}

// TestCutAndStalled: a visitor whose line is cut, and one who takes nothing while something is being written, are out.
func TestCutAndStalled(t *testing.T) {
	key, host := testKey(t), &book{}
	host.serve = func(ctx context.Context, s *Session) int {
		frame := []byte(strings.Repeat("x", 4000))
		for ctx.Err() == nil {
			if _, err := s.Out.Write(frame); err != nil {
				break
			}
		}
		<-ctx.Done()
		return 0
	}
	o := open(t, one("anna", "supervisor", key), host, Options{}, func(l *limits) { l.grace = 100 * time.Millisecond })
	cut := enter(t, o, key)
	screen(t, cut)
	eventually(t, "one is inside", func() bool { return len(host.inside()) == 1 })
	cut.Close()
	eventually(t, "the line was missed", func() bool { return len(host.leftNow()) == 1 })

	stalled := enter(t, o, key)
	ch, requests, err := stalled.OpenChannel("session", nil) // its output is never read
	if err != nil {
		t.Fatal(err)
	}
	go ssh.DiscardRequests(requests)
	for _, s := range []step{xterm, shell} {
		if ok, err := ch.SendRequest(s.kind, true, s.payload); !ok || err != nil {
			t.Fatal(s.kind, ok, err)
		}
	}
	eventually(t, "one is inside", func() bool { return len(host.inside()) == 1 })
	o.ThrowOut()
	eventually(t, "the stalled one is out", func() bool { return len(host.leftNow()) == 2 })
	if got := host.leftNow(); got[0] != "anna left" || got[1] != "anna thrown out" {
		t.Error(got)
	}
}

// TestLimitsInside: so many sessions on a connection, so many connections, so many refusals, and no connection that asks for nothing.
func TestLimitsInside(t *testing.T) {
	key, host := testKey(t), &book{serve: until}
	o := open(t, one("anna", "supervisor", key), host, Options{}, func(l *limits) { l.visits, l.sessions, l.refusals, l.asking = 2, 2, 5, 200*time.Millisecond })
	first := enter(t, o, key)
	s1, _, _ := screen(t, first)
	screen(t, first)
	if _, err := first.NewSession(); err == nil {
		t.Error("a third session")
	}
	second := enter(t, o, key)
	screen(t, second)
	if third, err := with(key).to(o.at); err == nil {
		if _, err := third.NewSession(); err == nil {
			t.Error("a third connection")
		}
	}
	for range 7 {
		_, _, _ = second.SendRequest("tcpip-forward", true, listenAt)
	}
	eventually(t, "too much was asked for", func() bool { return strings.Join(host.leftNow(), ";") == "anna misuse" })
	s1.Close() // and there is a place again
	eventually(t, "it has left", func() bool { return len(host.leftNow()) == 2 })
	var again *ssh.Session
	eventually(t, "there is a place", func() (ok bool) {
		var err error
		again, err = first.NewSession()
		return err == nil
	})
	defer again.Close()
	silent := enter(t, o, key)
	if err := silent.Wait(); err == nil {
		t.Error("a connection without a session was not closed")
	}
	// Nobody asks for anything on the session either; the other one goes on.
	_ = again.Wait()
	if len(host.inside()) != 1 {
		t.Error(host.inside())
	}
}

// TestManyVisits: somebody with a key comes as often as people do, and not as often as a program could; others come all the same.
func TestManyVisits(t *testing.T) {
	anna, ben, host := testKey(t), testKey(t), &book{}
	cfg := one("anna", "supervisor", anna)
	cfg.Person = append(cfg.Person, Person{Name: "ben", Role: "support", Keys: []string{line(ben)}})
	o := open(t, cfg, host, Options{}, func(l *limits) { l.arrivals, l.again = 3, time.Hour })
	comes := func(client *ssh.Client) (said string, exit int) {
		t.Helper()
		s, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		var errs strings.Builder
		s.Stderr = &errs
		var ended *ssh.ExitError
		if err := s.Run("who"); !errors.As(err, &ended) {
			t.Fatal(err)
		}
		return errs.String(), ended.ExitStatus()
	}
	client := enter(t, o, anna)
	for n := range 5 {
		if n == 2 {
			client = enter(t, o, anna) // another connection is no other person
		}
		said, exit := comes(client)
		if n < 3 && exit != 7 || n >= 3 && (exit != 1 || said != ErrFull.Error()+"\r\n") {
			t.Errorf("visit %d: exit %d, %q", n, exit, said)
		}
	}
	if said, exit := comes(enter(t, o, ben)); exit != 7 {
		t.Errorf("somebody else: exit %d, %q", exit, said)
	}
	eventually(t, "all four have left", func() bool { return len(host.leftNow()) == 4 })
}

// mute is a channel whose other end takes everything.
type mute struct{ ssh.Channel }

func (mute) Write(p []byte) (int, error)                    { return len(p), nil }
func (mute) Read([]byte) (int, error)                       { return 0, io.EOF }
func (mute) Stderr() io.ReadWriter                          { return nil }
func (mute) Close() error                                   { return nil }
func (mute) SendRequest(string, bool, []byte) (bool, error) { return true, nil }

// TestAskedTooLate: what was asked for when somebody was thrown out, or had not come in, is not served.
func TestAskedTooLate(t *testing.T) {
	key, host := testKey(t), &book{}
	d, err := New(one("anna", "supervisor", key), host, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 50 { // which of the two is seen first is chance
		v := newVisit(t.Context(), d, nil, origin{socket: true})
		v.who = admission{person: "anna", role: ledger.RoleSupervisor, key: "k"}
		s := newSession(v, mute{})
		s.command = []string{"who"}
		close(s.asked)
		v.end(ErrThrownOut)
		s.run()
		v.stop()
	}
	if len(host.arrived) > 0 {
		t.Errorf("%d were served", len(host.arrived))
	}
}

// TestClosing: when the till closes, everybody is out in order and nothing is left behind (open looks).
func TestClosing(t *testing.T) {
	key, host := testKey(t), &book{serve: until}
	o := open(t, one("anna", "supervisor", key), host, Options{})
	_, _, out := screen(t, enter(t, o, key))
	eventually(t, "one is inside", func() bool { return len(host.inside()) == 1 })
	shown := make(chan string, 1)
	go func() { all, _ := io.ReadAll(out); shown <- string(all) }()
	o.stop()
	if got := <-shown; !strings.HasSuffix(got, string(RestoreTerminal("xterm", false))) {
		t.Errorf("%q", got)
	}
	if got := host.leftNow(); len(got) != 1 || got[0] != "anna closed" {
		t.Error(got)
	}
}
