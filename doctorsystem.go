package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"
	"golang.org/x/sys/unix"

	"guitai/ledger"
	"guitai/ui/console"
)

// This file reads what the doctor thinks about beside the devices: the ledger, the machine, the lines. What is thought of it is in console.

// system are the checks of what does not stand on the counter.
func (w *ward) system() []console.Check {
	now, zone := time.Now, w.cfg.zone()
	checks := []console.Check{
		w.pure("ledger", func() (console.State, string, string) { return console.LedgerCheck(w.survey(), w.taken != nil) }),
		w.pure("clock", func() (console.State, string, string) { return console.ClockCheck(now(), w.survey()) }),
		w.pure("inodes", func() (console.State, string, string) { return console.InodesCheck(inodes(w.dir)) }),
		w.pure("backup", func() (console.State, string, string) {
			return console.BackupCheck(backupFound(w.cfg.Ledger.Backup), w.survey().Newest, now(), w.cfg.Mode == modeProduction)
		}),
		w.pure("statements", func() (console.State, string, string) {
			fetch := w.cfg.Statements.Fetch && w.cfg.Mode != modeTraining
			return console.StatementsCheck(fetch, w.cfg.channels(), w.survey(), now())
		}),
		w.pure("staff", func() (console.State, string, string) {
			return console.StaffCheck(w.cfg.Mode == modeProduction || w.cfg.Staff.Required, w.survey())
		}),
		w.pure("keys", func() (console.State, string, string) { return console.KeysCheck(w.keyFiles()) }),
		w.pure("terminal", func() (console.State, string, string) { return console.TerminalCheck(terminal()) }),
		w.pure("time zone", func() (console.State, string, string) { return console.ZoneCheck(zone, time.Local, now()) }),
		w.pure("core", func() (console.State, string, string) { return console.CoreCheck(coreLimit()) }),
		w.pure("files", func() (console.State, string, string) { return console.FilesCheck(filesLimit()) }),
	}
	for _, line := range w.lines() {
		checks = append(checks, console.Check{Name: string(line.channel), Run: func(ctx context.Context) (console.State, string, string) {
			return console.ReachCheck(reach(ctx, line.gateway))
		}})
	}
	return checks
}

// pure is a check that is soon done.
func (*ward) pure(name string, run func() (console.State, string, string)) console.Check {
	return console.Check{Name: name, Run: func(context.Context) (console.State, string, string) { return run() }}
}

// lineTo is a channel's address.
type lineTo struct {
	channel ledger.Channel
	gateway string
}

func (w *ward) lines() (lines []lineTo) {
	if c := w.cfg.Alipay; c != nil {
		lines = append(lines, lineTo{ledger.Alipay, c.GatewayURL})
	}
	if c := w.cfg.WechatPay; c != nil {
		lines = append(lines, lineTo{ledger.WeChat, c.BaseURL})
	}
	return lines
}

// reachWithin is how long a channel has to answer with TCP and TLS.
const reachWithin = 5 * time.Second

// reach connects to an address as the till does, without a proxy, and asks nothing there.
func reach(ctx context.Context, address string) (r console.Reached) {
	ctx, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	at, err := url.Parse(address)
	if err != nil {
		r.Err = err
		return r
	}
	r.Host, r.TLS = at.Hostname(), at.Scheme == "https"
	to := net.JoinHostPort(r.Host, cmp.Or(at.Port(), map[bool]string{true: "443", false: "80"}[r.TLS]))
	dial := (&net.Dialer{}).DialContext
	if r.TLS {
		dial = (&tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12}}).DialContext
	}
	began := time.Now()
	conn, err := dial(ctx, "tcp", to)
	r.Took, r.Err = time.Since(began), err
	if err == nil {
		_ = conn.Close() // nothing was said
	}
	return r
}

// inodes asks the disk of a folder how many files it still takes.
func inodes(dir string) (r console.Room) {
	at, _ := existing(dir)
	var stat unix.Statfs_t
	if err := unix.Statfs(at, &stat); err == nil {
		r.Free, r.Total = uint64(stat.Ffree), uint64(stat.Files)
	}
	return r
}

// backupFound looks at a backup's folder. It was made when its newest file was.
func backupFound(place string) (b console.BackupFound) {
	if b.Place = place; place == "" {
		return b
	}
	if _, b.Fault = os.ReadDir(place); b.Fault != nil {
		return b
	}
	files, _ := filepath.Glob(filepath.Join(place, "journal", "*.seg"))
	for _, path := range files {
		if info, err := os.Stat(path); err == nil && info.ModTime().After(b.Made) {
			b.Made = info.ModTime()
		}
	}
	return b
}

// keyFiles are the secrets of this till, as files.
func (w *ward) keyFiles() (files []console.KeyFile) {
	paths, _ := filepath.Glob(filepath.Join(w.dir, "*.key"))
	if keys, err := w.cfg.staffKeys(); err == nil {
		own, _ := filepath.Glob(filepath.Join(keys.dir, "*"))
		paths = append(paths, own...)
	}
	if c := w.cfg.Alipay; c != nil {
		paths = append(paths, c.PrivateKeyFile)
	}
	if c := w.cfg.WechatPay; c != nil {
		paths = append(paths, c.PrivateKeyFile, c.APIv3KeyFile)
	}
	for _, path := range paths {
		file := console.KeyFile{Path: path}
		info, err := os.Stat(path)
		if file.Err = err; err == nil {
			file.Mode = info.Mode()
			stat, is := info.Sys().(*syscall.Stat_t)
			file.Mine = !is || int(stat.Uid) == os.Geteuid() || os.Geteuid() == 0
		}
		files = append(files, file)
	}
	return files
}

// terminal looks at where this was called.
func terminal() (t console.Terminal) {
	t.Is, t.Term = term.IsTerminal(os.Stdout.Fd()), os.Getenv("TERM")
	t.Columns, t.Rows, _ = term.GetSize(os.Stdout.Fd())
	t.Locale = cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG"))
	switch {
	case os.Getenv("NO_COLOR") != "":
		t.Colours = "no colours (NO_COLOR)"
	case strings.Contains(os.Getenv("COLORTERM"), "truecolor"), os.Getenv("COLORTERM") == "24bit":
		t.Colours = "all colours"
	case strings.Contains(t.Term, "256color"):
		t.Colours = "256 colours"
	case t.Term != "" && t.Term != "dumb" && !strings.HasPrefix(t.Term, "vt"):
		t.Colours = "16 colours"
	}
	return t
}

func coreLimit() (limit uint64, pattern string, err error) {
	var r unix.Rlimit
	err = unix.Getrlimit(unix.RLIMIT_CORE, &r)
	text, _ := os.ReadFile("/proc/sys/kernel/core_pattern") // where there is none the limit is all there is
	return uint64(r.Cur), string(text), err
}

func filesLimit() (uint64, error) {
	var r unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r)
	return uint64(r.Cur), err
}

// kernel is the system's own name and version; empty where it does not say.
func kernel() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return runtime.GOOS
	}
	return unix.ByteSliceToString(name.Sysname[:]) + " " + unix.ByteSliceToString(name.Release[:])
}
