package hwtest

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Player is a sound player that keeps what it is given. It is a real program, so the till finds, starts, feeds and kills it
// as it would the system's own. What a loudspeaker makes of it, and a sound card that hangs in its driver, cannot be tested with it.
type Player struct {
	tb  testing.TB
	dir string
}

// NewPlayer returns a player by the name of aplay that plays well, at once.
func NewPlayer(tb testing.TB) *Player {
	tb.Helper()
	p := &Player{tb: tb, dir: tb.TempDir()}
	p.put("rule", "exit 0")
	// Each run has its own number. The rule comes first, so that a player can hang before it has read anything.
	script := `#!/bin/sh
PATH=/usr/bin:/bin
cd "` + p.dir + `" || exit 9
n=1; while ! mkdir "run$n" 2>/dev/null; do n=$((n+1)); done
echo $$ >"run$n/pid"; echo "$@" >"run$n/args"; env >"run$n/env"; ls -l /proc/self/fd >"run$n/fds" 2>/dev/null
take() { cat >"run$n/wav.part"; mv "run$n/wav.part" "run$n/wav"; }
case "$(cat rule)" in
deaf) echo hung >"run$n/state"; exec sleep 600 ;;
esac
take
. ./rule
`
	if err := os.WriteFile(p.Path(), []byte(script), 0o755); err != nil {
		tb.Fatalf("player: %v", err)
	}
	return p
}

// Path is the program.
func (p *Player) Path() string { return filepath.Join(p.dir, "aplay") }

// Ends makes the following runs read everything, say something on stderr and end with the code.
func (p *Player) Ends(code int, says string) {
	p.put("rule", "printf '"+says+"' >&2; exit "+strconv.Itoa(code))
}

// Plays makes the following runs take as long as the sound would: for ever.
func (p *Player) Plays() { p.put("rule", `echo plays >"run$n/state"; exec sleep 600`) }

// LeavesAChild makes the following runs end well and leave a process behind that holds their stderr. It ends with the test.
func (p *Player) LeavesAChild() {
	p.put("rule", `sleep 600 & echo $! >child; exit 0`)
	p.tb.Cleanup(func() {
		b, err := os.ReadFile(filepath.Join(p.dir, "child"))
		if err != nil {
			return // it was never run
		}
		if pid, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil && pid > 1 {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	})
}

// IsDeaf makes the following runs read nothing and never end.
func (p *Player) IsDeaf() { p.put("rule", "deaf") }

// Pipes makes the following runs do nothing but hand on what they read, without any files of theirs, and returns a channel that gets one value for each as soon as
// it hands the first byte on.
func (p *Player) Pipes() <-chan struct{} {
	p.tb.Helper()
	path := filepath.Join(p.dir, "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		p.tb.Fatalf("player: %v", err)
	}
	pipe, err := os.OpenFile(path, os.O_RDWR, 0) // for writing too: it does not end with a run
	if err != nil {
		p.tb.Fatalf("player: %v", err)
	}
	p.tb.Cleanup(func() { _ = pipe.Close() })
	if err := os.WriteFile(p.Path(), []byte("#!/bin/sh\nexec /bin/cat >'"+path+"'\n"), 0o755); err != nil { // nothing that takes time
		p.tb.Fatalf("player: %v", err)
	}
	began := make(chan struct{}, 10_000)
	go func() {
		buf := make([]byte, 1<<16)
		for {
			n, err := pipe.Read(buf)
			if err != nil {
				return
			}
			for range bytes.Count(buf[:n], []byte("RIFF")) {
				began <- struct{}{}
			}
		}
	}()
	return began
}

// Run waits for the n-th run, counted from 1, to have its file of that name: wav, pid, args, env, fds or state.
func (p *Player) Run(n int, file string) []byte {
	p.tb.Helper()
	path := filepath.Join(p.dir, "run"+strconv.Itoa(n), file)
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if b, err := os.ReadFile(path); err == nil && len(b) > 0 {
			return bytes.TrimSuffix(b, []byte("\n"))
		}
		if time.Now().After(end) {
			p.tb.Fatalf("player: run %d has no %s", n, file)
		}
	}
}

// Runs is how often the player was started.
func (p *Player) Runs() int {
	found, err := filepath.Glob(filepath.Join(p.dir, "run*"))
	if err != nil {
		p.tb.Fatal(err)
	}
	n := 0
	for _, path := range found {
		if strings.Trim(filepath.Base(path), "run0123456789") == "" {
			n++
		}
	}
	return n
}

// Heard returns what the n-th run was given to play, or nothing if it has not read it all.
func (p *Player) Heard(n int) []byte {
	b, _ := os.ReadFile(filepath.Join(p.dir, "run"+strconv.Itoa(n), "wav")) // missing is the other answer
	return b
}

// Gone waits for the n-th run to have ended.
func (p *Player) Gone(n int) {
	p.tb.Helper()
	process := "/proc/" + string(p.Run(n, "pid"))
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(process); err != nil {
			return
		}
		if time.Now().After(end) {
			p.tb.Fatalf("player: run %d does not end", n)
		}
	}
}

func (p *Player) put(name, text string) {
	p.tb.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name+".new"), []byte(text+"\n"), 0o644); err != nil {
		p.tb.Fatalf("player: %v", err)
	}
	if err := os.Rename(filepath.Join(p.dir, name+".new"), filepath.Join(p.dir, name)); err != nil {
		p.tb.Fatalf("player: %v", err)
	}
}
