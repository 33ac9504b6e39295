package main

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/crypto/ssh"

	"guitai/assets"
)

// besideVisitors is how many look at the cashier's screen; one of them takes nothing.
const besideVisitors = 10

// BenchmarkKeyAtTheDoor: from a key's byte on the line of the real program to the first byte of what shows it. Keys go in turn to a till
// with nobody inside and to one on which something happens: ten visitors over SSH on the cashier's screen, or hostile logins from 50
// addresses without a pause, at least 10,000, and 200 silent connections. Visitors and strangers compute on the same machine.
// go test . -run '^$' -bench KeyAtTheDoor -benchtime 200x
func BenchmarkKeyAtTheDoor(b *testing.B) {
	b.Run("visitors", func(b *testing.B) {
		alone, visited := openDoorTill(b), openDoorTill(b)
		for i := range besideVisitors {
			visited.looksOn(i == 0)
		}
		time.Sleep(2 * time.Second)
		for b.Loop() {
			keyInTurn(alone, visited)
		}
		reportKeys(b, alone, visited)
	})
	b.Run("flood", func(b *testing.B) {
		alone, flooded := openDoorTill(b), openDoorTill(b)
		before := flooded.resident()
		var tries, wrong atomic.Int32
		defer flooded.silent(200)()
		stop := flooded.floods(&tries, &wrong)
		for b.Loop() {
			keyInTurn(alone, flooded)
		}
		for tries.Load() < 10_000 {
			keyInTurn(alone, flooded)
		}
		stop()
		reportKeys(b, alone, flooded)
		b.ReportMetric(float64(tries.Load()), "logins")
		b.ReportMetric(float64(wrong.Load()), "wrong-accepts")
		b.ReportMetric(float64(flooded.resident()-before)/(1<<20), "more-MB")
	})
}

// doorTill is the real program with a door, on a pseudo-terminal.
type doorTill struct {
	b        *testing.B
	at       string
	key      ssh.Signer
	terminal *os.File
	pid      int
	grew     chan struct{} // it has written
	took     []time.Duration
}

func openDoorTill(b *testing.B) *doorTill {
	b.Helper()
	d := &doorTill{b: b, at: ownPlace(b), key: newSigner(b), grew: make(chan struct{}, 1)}
	dir := b.TempDir()
	config := filepath.Join(dir, "guitai.toml")
	text := fmt.Sprintf("mode = \"training\"\n[remote]\nlisten = [%q]\n[[remote.person]]\nname = \"chen\"\nrole = \"support\"\nkeys = [%q]\n",
		d.at, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(d.key.PublicKey()))))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(binary, "--config", config, "--data-dir", filepath.Join(dir, "till"), "--lang", "en")
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "HOME="+dir, "XDG_DATA_HOME="+dir)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		b.Fatal(err)
	}
	d.terminal = terminal
	d.pid = cmd.Process.Pid
	b.Cleanup(func() { cmd.Process.Kill(); cmd.Wait(); d.terminal.Close() })
	go d.reads()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if conn, err := net.Dial("tcp", d.at); err == nil {
			conn.Close()
			return d
		}
		if time.Now().After(deadline) {
			b.Fatal("the door does not open")
		}
	}
}

func newSigner(b *testing.B) ssh.Signer {
	b.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		b.Fatal(err)
	}
	return signer
}

func (d *doorTill) reads() {
	for buffer := make([]byte, 64<<10); ; {
		if _, err := d.terminal.Read(buffer); err != nil {
			return
		}
		select {
		case d.grew <- struct{}{}:
		default:
		}
	}
}

// keyInTurn keys a digit and takes it back, at each till in an order of its own.
func keyInTurn(tills ...*doorTill) {
	for _, key := range []string{"1", "\x7f"} {
		for _, i := range rand.Perm(len(tills)) {
			till := tills[i]
			time.Sleep(time.Duration(80+rand.IntN(80)) * time.Millisecond)
			select {
			case <-till.grew:
			default:
			}
			began := time.Now()
			till.terminal.WriteString(key)
			<-till.grew
			till.took = append(till.took, time.Since(began))
			time.Sleep(60 * time.Millisecond) // what else belongs to the frame
		}
	}
}

// looksOn opens the cashier's screen over SSH.
func (d *doorTill) looksOn(stalled bool) {
	d.b.Helper()
	client, err := d.dial("127.0.0.1", d.key)
	if err != nil {
		d.b.Fatal(err)
	}
	d.b.Cleanup(func() { client.Close() })
	session, err := client.NewSession()
	if err != nil {
		d.b.Fatal(err)
	}
	keys, _ := session.StdinPipe()
	out, _ := session.StdoutPipe()
	if err := session.RequestPty("xterm-256color", 40, 120, nil); err != nil {
		d.b.Fatal(err)
	}
	if err := session.Shell(); err != nil {
		d.b.Fatal(err)
	}
	io.WriteString(keys, "1")
	seen := ""
	for buffer := make([]byte, 4096); !strings.Contains(seen, assets.For(assets.En).Watch.Short.Back); {
		n, err := out.Read(buffer)
		if err != nil {
			d.b.Fatalf("no screen: %v: %q", err, seen)
		}
		seen += string(buffer[:n])
	}
	if !stalled {
		go io.Copy(io.Discard, out)
	}
}

func (d *doorTill) dial(from string, key ssh.Signer) (*ssh.Client, error) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: time.Minute}
	conn, err := dialer.Dial("tcp", d.at)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	client, channels, requests, err := ssh.NewClientConn(conn, "", &ssh.ClientConfig{
		User: "chen", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		conn.Close()
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	return ssh.NewClient(client, channels, requests), nil
}

// floods tries to log in with a key that nobody knows, four at a time, until it is told to stop.
func (d *doorTill) floods(tries, wrong *atomic.Int32) (stop func()) {
	stranger, over := newSigner(d.b), make(chan struct{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				if client, err := d.dial(fmt.Sprintf("127.0.%d.1", tries.Add(1)%50), stranger); err == nil {
					wrong.Add(1)
					client.Close()
				}
			}
		})
	}
	return func() { close(over); all.Wait() }
}

// silent opens connections that say nothing, and gives what closes them.
func (d *doorTill) silent(n int) func() {
	var conns []net.Conn
	for i := range n {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(i%50), 1)}}
		if conn, err := dialer.Dial("tcp", d.at); err == nil {
			conns = append(conns, conn)
		}
	}
	return func() {
		for _, conn := range conns {
			conn.Close()
		}
	}
}

// resident is the memory that the process has, in bytes (proc(5): VmRSS of status).
func (d *doorTill) resident() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.pid))
	if err != nil {
		d.b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, is := strings.CutPrefix(line, "VmRSS:"); is {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	d.b.Fatal("no VmRSS")
	return 0
}

func reportKeys(b *testing.B, alone, other *doorTill) {
	part := func(d *doorTill, percent int) float64 {
		took := slices.Sorted(slices.Values(d.took))
		return ms(took[(len(took)-1)*percent/100])
	}
	b.ReportMetric(float64(len(other.took)), "keys")
	for _, percent := range []int{50, 99} {
		name := map[int]string{50: "median", 99: "p99"}[percent]
		b.ReportMetric(part(alone, percent), "alone-"+name+"-ms")
		b.ReportMetric(part(other, percent), "beside-"+name+"-ms")
		b.ReportMetric(part(other, percent)/part(alone, percent), name+"-ratio")
	}
}
