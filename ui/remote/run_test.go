package remote

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// TestRun opens a door as a till does: an address that is taken first, and the socket, whose owner alone may use it.
func TestRun(t *testing.T) {
	key, host, dir := testKey(t), &book{}, t.TempDir()
	reports := make(chan error, 10)
	cfg := one("anna", "supervisor", key)
	cfg.Listen, cfg.Socket = nil, true
	cfg.Person[0].From = []string{"socket"}
	d, err := New(cfg, host, Options{Dir: dir, Keys: filepath.Join(dir, "keys"), Report: func(err error) { reports <- err }})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the key stays
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.Run(ctx) }()
		if err := <-reports; err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, SocketName)
		var info os.FileInfo
		eventually(t, "there is a socket", func() (ok bool) { info, err = os.Stat(path); return err == nil })
		if info.Mode().Perm() != 0o600 {
			t.Error(info.Mode())
		}
		print1, err := Fingerprint(filepath.Join(dir, "keys"))
		if err != nil {
			t.Fatal(err)
		}
		client := overSocket(t, path, with(key), print1)
		s, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if out, _ := s.Output("day"); !strings.HasPrefix(string(out), `anna supervisor ["day"]`) {
			t.Errorf("%q", out)
		}
		if v := host.arrived[0]; v.From != "socket" {
			t.Error(v.From)
		}
		client.Close()
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}

func TestOffUntilConfigured(t *testing.T) {
	d, err := New(Config{}, &book{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Listen: []string{"127.0.0.1:2222"}}, &book{}, Options{}); err == nil {
		t.Error("a door for nobody")
	}
}

// TestClockNotTrusted: certificates hang on the clock, pinned keys do not.
func TestClockNotTrusted(t *testing.T) {
	stopped := func() (time.Time, error) { return time.Now(), errors.New("two hours behind the channels") }
	ca, cara := testKey(t), testKey(t)
	cert := newCert(t, ca, cara, nil)
	g, err := Config{Listen: []string{"127.0.0.1:1"}, Authorities: []string{line(ca)}, Person: []Person{{Name: "cara", Role: "support", Keys: []string{line(cara)}, Principals: []string{"cara"}}}}.guests()
	if err != nil {
		t.Fatal(err)
	}
	here := origin{at: netip.MustParseAddrPort("127.0.0.1:1")}
	if _, err := g.judge(cert, here, stopped); !errors.Is(err, errClock) {
		t.Error(err)
	}
	if _, err := g.judge(cara.PublicKey(), here, stopped); err != nil {
		t.Error(err)
	}
	g.demandSource = true
	if _, err := g.judge(cert, here, func() (time.Time, error) { return time.Now(), nil }); !errors.Is(err, errNoSource) {
		t.Error(err)
	}
}

// TestAlgorithms: the strong ones are spoken, each by itself, and no other.
func TestAlgorithms(t *testing.T) {
	key := testKey(t)
	o := open(t, one("anna", "supervisor", key), &book{}, Options{}, patient)
	weak, strong := ssh.InsecureAlgorithms(), ssh.SupportedAlgorithms()
	try := func(change func(*ssh.ClientConfig)) bool {
		conn, err := net.Dial("tcp", o.at)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		cfg := &ssh.ClientConfig{Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey()}
		change(cfg)
		client, _, _, err := ssh.NewClientConn(conn, "", cfg)
		if err == nil {
			client.Close()
		}
		return err == nil
	}
	for _, c := range []struct {
		all, spoken []string
		set         func(*ssh.ClientConfig, []string)
	}{
		{append(strong.KeyExchanges, weak.KeyExchanges...), keyExchanges, func(c *ssh.ClientConfig, a []string) { c.KeyExchanges = a }},
		{append(strong.Ciphers, weak.Ciphers...), ciphers, func(c *ssh.ClientConfig, a []string) { c.Ciphers = a }},
		{append(strong.HostKeys, weak.HostKeys...), []string{ssh.KeyAlgoED25519}, func(c *ssh.ClientConfig, a []string) { c.HostKeyAlgorithms = a }},
	} {
		for _, algorithm := range c.all {
			want := slices.Contains(c.spoken, algorithm)
			if got := try(func(cfg *ssh.ClientConfig) { c.set(cfg, []string{algorithm}) }); got != want {
				t.Errorf("%s: %v", algorithm, got)
			}
		}
	}
}
