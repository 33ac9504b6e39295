package console

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// checked is what a check said, and what it should have.
type checked struct {
	name  string
	state State
	says  string
	hint  string
	want  State
	part  string // of what it says or of the hint
}

func (c checked) is(want State, part string) checked {
	c.want, c.part = want, part
	return c
}

// wantsChecked compares, and wants a next step from every check that somebody should look at.
func wantsChecked(t *testing.T, all ...checked) {
	t.Helper()
	for _, c := range all {
		if c.state != c.want || !strings.Contains(c.says+" -> "+c.hint, c.part) {
			t.Errorf("%s: %s: %s -> %s; want %s: %s", c.name, c.state, c.says, c.hint, c.want, c.part)
		}
		if c.says == "" || c.state.Troubled() && c.hint == "" {
			t.Errorf("%s: %s says nothing, or names no next step: %q -> %q", c.name, c.state, c.says, c.hint)
		}
	}
}

// check joins a check's name with its three results.
func check(name string) func(State, string, string) checked {
	return func(state State, says, hint string) checked {
		return checked{name: name, state: state, says: says, hint: hint}
	}
}

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func TestClockCheck(t *testing.T) {
	c := check("clock")
	wantsChecked(t,
		c(ClockCheck(noon, &Survey{})).is(Ready, "no event to compare"),
		c(ClockCheck(noon, &Survey{Newest: noon.Add(-time.Hour)})).is(Ready, "after every event"),
		c(ClockCheck(noon, &Survey{Newest: noon.Add(30 * time.Second)})).is(Ready, "after every event"),
		c(ClockCheck(noon, &Survey{Newest: noon.Add(5 * time.Minute)})).is("behind", "5 min after that"),
		c(ClockCheck(noon, &Survey{Newest: noon.Add(-time.Hour), Back: 3 * time.Hour})).is(Ready, "once set back by 3 h"),
		c(ClockCheck(time.Unix(0, 0), &Survey{})).is("wrong", "timedatectl"),
	)
}

func TestLedgerCheck(t *testing.T) {
	c := check("ledger")
	good := &Survey{Beside: disk.Beside{Head: ledger.Head{Seq: 7}, Tidy: true}}
	untidy := &Survey{Beside: disk.Beside{Head: ledger.Head{Seq: 7}}}
	wantsChecked(t,
		c(LedgerCheck(&Survey{None: true}, false)).is(Ready, "none yet"),
		c(LedgerCheck(&Survey{Sealed: true}, false)).is(Held, "verify --chain"),
		c(LedgerCheck(good, false)).is(Ready, "7 events, each follows the one before; closed in order"),
		c(LedgerCheck(untidy, true)).is(Ready, "the open till has it"),
		c(LedgerCheck(untidy, false)).is("untidy", "did not end in order"),
		c(LedgerCheck(&Survey{Beside: disk.Beside{Damage: &ledger.BadLink{Seq: 8, What: "a bad seal"}}}, false)).is("damaged", "event 8 does not hold: a bad seal"),
		c(LedgerCheck(&Survey{Fault: ledger.RefuseBecause(ledger.ReasonNoKey, errors.New("gone"))}, false)).is("no-key", "recovery code"),
		c(LedgerCheck(&Survey{Fault: fs.ErrPermission}, false)).is("no-access", "the till's user"),
		c(LedgerCheck(&Survey{Fault: errors.New("event kind 99")}, true)).is("failed", "later version"),
	)
}

func TestInodesCheck(t *testing.T) {
	c := check("inodes")
	wantsChecked(t,
		c(InodesCheck(Room{})).is(Ready, "does not count"),
		c(InodesCheck(Room{Free: 999, Total: 100_000})).is("low", "999 more"),
		c(InodesCheck(Room{Free: 1000, Total: 100_000})).is(Ready, "1000 more"),
	)
}

func TestBackupCheck(t *testing.T) {
	c := check("backup")
	at := BackupFound{Place: "/mnt/stick", Made: noon.Add(-3 * time.Hour)}
	wantsChecked(t,
		c(BackupCheck(BackupFound{}, noon, noon, false)).is(Off, "none is configured"),
		c(BackupCheck(BackupFound{}, noon, noon, true)).is(Off, "another device"),
		c(BackupCheck(BackupFound{Place: "/mnt/stick", Fault: fs.ErrNotExist}, noon, noon, true)).is("absent", "plug the device in"),
		c(BackupCheck(BackupFound{Place: "/mnt/stick", Fault: fs.ErrPermission}, noon, noon, true)).is("no-access", "the till's user"),
		c(BackupCheck(BackupFound{Place: "/mnt/stick"}, noon, noon, true)).is("empty", "guitai backup --to /mnt/stick"),
		c(BackupCheck(BackupFound{Place: "/mnt/stick"}, time.Time{}, noon, true)).is(Ready, "so is the ledger"),
		c(BackupCheck(at, noon, noon, true)).is("old", "3 h younger"),
		c(BackupCheck(at, noon.Add(-150*time.Minute), noon, true)).is(Ready, "3 h ago"), // nothing has happened since
	)
}

func TestReachCheck(t *testing.T) {
	c := check("alipay")
	wantsChecked(t,
		c(ReachCheck(Reached{Host: "a.example", TLS: true, Took: 23 * time.Millisecond})).is(Ready, "a.example, TCP and TLS in 23 ms"),
		c(ReachCheck(Reached{Host: "a.example"})).is(Ready, "without TLS"),
		c(ReachCheck(Reached{Err: &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "a.example"}}})).is("no-name", "name server"),
		c(ReachCheck(Reached{Err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}})).is("unreachable", "firewall"),
		c(ReachCheck(Reached{Err: fmt.Errorf("tls: %w", x509.CertificateInvalidError{Reason: x509.Expired})})).is("no-tls", "clock"),
		c(ReachCheck(Reached{Err: errors.New("tls: first record does not look like a TLS handshake")})).is("no-tls", "sign-in page"),
	)
}

func TestStatementsCheck(t *testing.T) {
	c := check("statements")
	day := func(text string) ledger.Day {
		d, err := ledger.ParseDay(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	paid := func(days ...string) *Survey {
		s := &Survey{State: ledger.NewState(), Paid: map[ledger.Channel]map[ledger.Day]bool{ledger.Alipay: {}}}
		for _, d := range days {
			s.Paid[ledger.Alipay][day(d)] = true
		}
		return s
	}
	both := ledger.Channels
	wantsChecked(t,
		c(StatementsCheck(false, both, paid("2026-11-20"), noon)).is(Off, "none are fetched"),
		c(StatementsCheck(true, nil, paid("2026-11-20"), noon)).is(Off, "none are fetched"),
		c(StatementsCheck(true, both, &Survey{None: true}, noon)).is(Ready, "no ledger"),
		c(StatementsCheck(true, both, &Survey{Sealed: true}, noon)).is(Held, "not read"),
		c(StatementsCheck(true, both, paid(), noon)).is(Ready, "every day"),
		c(StatementsCheck(true, both, paid("2026-11-29", "2026-11-28", "2026-11-27"), noon)).is(Ready, "every day"), // not due yet
		c(StatementsCheck(true, both, paid("2026-11-26"), noon)).is("overdue", "alipay 2026-11-26"),
		c(StatementsCheck(true, both, paid("2026-10-28"), noon)).is(Ready, "every day"), // an exception of its own
		c(StatementsCheck(true, []ledger.Channel{ledger.WeChat}, paid("2026-11-26"), noon)).is(Ready, "every day"),
		c(StatementsCheck(true, both, paid("2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"), noon)).is("overdue", "2026-11-24 and 2 more"),
	)
}

// staffed is a survey of a till with people: a letter for each. S is a supervisor with a PIN, s one without, c a cashier, g one who is gone.
func staffed(t *testing.T, people string) *Survey {
	t.Helper()
	s, seq, hash := &Survey{State: ledger.NewState()}, uint64(0), ledger.Hash{}
	add := func(body ledger.Body) {
		seq++
		e := ledger.Event{Seq: seq, Epoch: 1, Actor: ledger.Till, At: noon, Day: ledger.Calendar{Zone: ledger.Shanghai}.Day(noon), Prev: hash, Body: body}
		hash = ledger.HashOf(e.Encode())
		if _, err := s.State.Apply(&e, hash); err != nil {
			t.Fatal(err)
		}
	}
	add(&ledger.Opened{Till: "T1", Mode: "production", Salt: "AAAA"})
	for i, kind := range people {
		name := fmt.Sprintf("p%c%d", kind, i)
		role := ledger.RoleSupervisor
		if kind == 'c' {
			role = ledger.RoleCashier
		}
		add(&ledger.StaffSet{Person: name, Role: role, Gone: kind == 'g'})
		if kind == 'S' || kind == 'g' {
			add(&ledger.PINSet{Person: name, Check: ledger.PINCheck{Salt: []byte{1}, Hash: []byte{1}}})
		}
	}
	return s
}

func TestStaffCheck(t *testing.T) {
	c := check("staff")
	wantsChecked(t,
		c(StaffCheck(false, &Survey{None: true})).is(Off, "no ledger"),
		c(StaffCheck(true, &Survey{None: true})).is("none", "guitai init"),
		c(StaffCheck(true, &Survey{Sealed: true})).is(Held, "not read"),
		c(StaffCheck(false, staffed(t, ""))).is(Off, "nobody signs in"),
		c(StaffCheck(true, staffed(t, ""))).is("none", "guitai init"),
		c(StaffCheck(false, staffed(t, "csg"))).is("none", "2 people, 0 of them supervisors"),
		c(StaffCheck(true, staffed(t, "cS"))).is(Ready, "with one"),
		c(StaffCheck(true, staffed(t, "SSc"))).is(Ready, "3 people, 2 of them supervisors"),
	)
}

func TestKeysCheck(t *testing.T) {
	c := check("keys")
	wantsChecked(t,
		c(KeysCheck(nil)).is(Ready, "none yet"),
		c(KeysCheck([]KeyFile{{Path: "a", Err: fs.ErrNotExist}})).is(Ready, "none yet"),
		c(KeysCheck([]KeyFile{{Path: "a", Mode: 0o600, Mine: true}, {Path: "b", Mode: 0o400, Mine: true}})).is(Ready, "2 files"),
		c(KeysCheck([]KeyFile{{Path: "a", Mode: 0o600, Mine: true}, {Path: "b", Mode: 0o640, Mine: true}})).is("open", "b (0640)"),
		c(KeysCheck([]KeyFile{{Path: "a", Mode: 0o600}})).is("no-access", "not this user's: a"),
		c(KeysCheck([]KeyFile{{Path: "a", Mode: fs.ModeDir | 0o700, Mine: true}})).is("no-access", "a"),
		c(KeysCheck([]KeyFile{{Path: "a", Err: fs.ErrPermission}})).is("no-access", "the till's user"),
	)
}

func TestTerminalCheck(t *testing.T) {
	c := check("terminal")
	good := Terminal{Is: true, Term: "xterm-256color", Locale: "zh_CN.UTF-8", Colours: "256 colours", Columns: 80, Rows: 24}
	with := func(change func(*Terminal)) Terminal {
		other := good
		change(&other)
		return other
	}
	wantsChecked(t,
		c(TerminalCheck(Terminal{})).is(Off, "not called at a terminal"),
		c(TerminalCheck(good)).is(Ready, "xterm-256color, 80×24, 256 colours, zh_CN.UTF-8"),
		c(TerminalCheck(with(func(t *Terminal) { t.Locale = "C.utf8" }))).is(Ready, "C.utf8"),
		c(TerminalCheck(with(func(t *Terminal) { t.Columns = 79 }))).is("small", "at least 80×24"),
		c(TerminalCheck(with(func(t *Terminal) { t.Rows = 23 }))).is("small", "at least 80×24"),
		c(TerminalCheck(with(func(t *Terminal) { t.Locale = "zh_CN.GBK" }))).is("no-utf8", "LANG"),
		c(TerminalCheck(with(func(t *Terminal) { t.Locale = "" }))).is("no-utf8", "no locale"),
		c(TerminalCheck(with(func(t *Terminal) { t.Term = "dumb" }))).is("no-cursor", "by lines"),
	)
}

func TestZoneCheck(t *testing.T) {
	c := check("time zone")
	tokyo := time.FixedZone("Asia/Tokyo", 9*3600)
	wantsChecked(t,
		c(ZoneCheck(ledger.Shanghai, ledger.Shanghai, noon)).is(Ready, ledger.Shanghai.String()),
		c(ZoneCheck(tokyo, tokyo, noon)).is(Ready, "Beijing's midnight"),
		c(ZoneCheck(ledger.Shanghai, time.UTC, noon)).is(Ready, "another zone"),
	)
}

func TestLimitChecks(t *testing.T) {
	c := check("limits")
	wantsChecked(t,
		c(CoreCheck(0, "core\n", nil)).is(Ready, "none are written"),
		c(CoreCheck(0, "|/usr/lib/systemd/systemd-coredump %P\n", nil)).is(Ready, "hands them to a program"),
		c(CoreCheck(1, "core", nil)).is("allowed", "LimitCORE=0"),
		c(CoreCheck(0, "", errors.New("no such call"))).is("unknown", "ulimit -c 0"),
		c(FilesCheck(511, nil)).is("low", "LimitNOFILE"),
		c(FilesCheck(512, nil)).is(Ready, "512 files"),
		c(FilesCheck(0, errors.New("no such call"))).is("unknown", "ulimit -n"),
	)
}
