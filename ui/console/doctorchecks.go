package console

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"guitai/ledger"
)

// This file is what the doctor thinks of what was read: each check is a function of that alone. Who reads is elsewhere.

// clockSlack is how far two readings of a clock may be apart before somebody should look: a channel takes times within minutes.
const clockSlack = time.Minute

// programsYear is the year of this program: a clock before it was not set.
const programsYear = 2026

// ClockCheck compares the machine's clock with the newest event of the ledger.
func ClockCheck(now time.Time, s *Survey) (State, string, string) {
	const set = "set the clock, and let the system keep it: timedatectl set-ntp true"
	switch behind := s.Newest.Sub(now); {
	case now.Year() < programsYear:
		return "wrong", "it is " + now.Format(time.RFC3339) + ", before this program was made", set
	case behind > clockSlack:
		return "behind", fmt.Sprintf("it is %s, and the ledger has an event of %s after that", now.Format(time.RFC3339), spanWords(behind)), set
	case s.Back > clockSlack:
		return Ready, fmt.Sprintf("it is %s; between two events it was once set back by %s", now.Format(time.RFC3339), spanWords(s.Back)), ""
	case s.Newest.IsZero():
		return Ready, "it is " + now.Format(time.RFC3339) + "; no event to compare it with", ""
	}
	return Ready, "it is " + now.Format(time.RFC3339) + ", after every event", ""
}

// LedgerCheck tells how the journal holds, how the till has ended, and by the mark of a tidy end whether the other copy has everything.
func LedgerCheck(s *Survey, open bool) (State, string, string) {
	events := fmt.Sprintf("%d events, each follows the one before", s.Head.Seq)
	switch {
	case s.None:
		return Ready, "there is none yet: the till makes it", ""
	case s.Sealed:
		return Held, "its key is not in its folder, so it was not read", "guitai verify --chain asks for the key"
	case ledger.ReasonOf(s.Fault) == ledger.ReasonNoKey:
		return "no-key", s.Fault.Error(), "put the key file back from where it is kept, or use the recovery code: guitai key recover"
	case s.Damage != nil:
		return "damaged", fmt.Sprintf("event %d does not hold: %s", s.Damage.Seq, s.Damage.What), "leave the till and open it again: it mends itself; guitai verify says the rest"
	case s.Fault != nil:
		return faultWord(s.Fault), s.Fault.Error(), "let the till's user look; a ledger of a later version needs that version"
	case open:
		return Ready, events + "; the open till has it", ""
	case !s.Tidy:
		return "untidy", events + "; the till did not end in order the last time", "open the till: it compares both copies by itself; the end of log/stderr.log may tell why"
	}
	return Ready, events + "; closed in order, and the other copy has them all", ""
}

// Room is what a file system has of something, of bytes or of files.
type Room struct{ Free, Total uint64 }

// InodesCheck tells how many files the disk can still take. Some file systems count none.
func InodesCheck(r Room) (State, string, string) {
	switch {
	case r.Total == 0:
		return Ready, "this file system does not count files", ""
	case r.Free < 1000:
		return "low", fmt.Sprintf("room for %d more files", r.Free), "remove many small files that are not the till's: a full disk that has free bytes"
	}
	return Ready, fmt.Sprintf("room for %d more files", r.Free), ""
}

// BackupFound is what was seen of the backup.
type BackupFound struct {
	Place string // as configured; empty: none
	Fault error  // why it cannot be looked at
	Made  time.Time
}

// BackupCheck compares the backup's age with what has happened since.
func BackupCheck(b BackupFound, newest, now time.Time, shop bool) (State, string, string) {
	const late = time.Hour // an open till brings it up to date every ten minutes
	switch {
	case b.Place == "" && shop:
		return Off, "none is configured", "name a folder on another device: backup under [ledger]"
	case b.Place == "":
		return Off, "none is configured", ""
	case errors.Is(b.Fault, fs.ErrNotExist):
		return "absent", b.Place + " is not there", "plug the device in, or make the folder: the till does not"
	case b.Fault != nil:
		return faultWord(b.Fault), b.Fault.Error(), "let the till's user look into the folder"
	case b.Made.IsZero() && newest.IsZero():
		return Ready, "it is empty, and so is the ledger", ""
	case b.Made.IsZero():
		return "empty", b.Place + " has no backup yet", "guitai backup --to " + b.Place
	case newest.Sub(b.Made) > late:
		return "old", fmt.Sprintf("the newest event is %s younger than the backup", spanWords(newest.Sub(b.Made))), "guitai backup --to " + b.Place + "; the log says why the till did not"
	}
	return Ready, fmt.Sprintf("brought up to date %s ago", spanWords(max(0, now.Sub(b.Made)))), ""
}

// Reached is how a try to reach a channel's gateway has ended, by TCP and where it is https by TLS. Nothing was asked there.
type Reached struct {
	Host string
	TLS  bool
	Took time.Duration
	Err  error
}

// ReachCheck tells whether a channel can be reached.
func ReachCheck(r Reached) (State, string, string) {
	var dns *net.DNSError
	var certificate x509.CertificateInvalidError
	var alert *net.OpError
	err := r.Err
	switch {
	case err == nil && r.TLS:
		return Ready, fmt.Sprintf("%s, TCP and TLS in %d ms; nothing was asked there", r.Host, r.Took.Milliseconds()), ""
	case err == nil:
		return Ready, fmt.Sprintf("%s, TCP in %d ms, without TLS; nothing was asked there", r.Host, r.Took.Milliseconds()), ""
	case errors.As(err, &dns):
		return "no-name", err.Error(), "look at the line and at the name server (resolvectl status)"
	case errors.As(err, &certificate) && certificate.Reason == x509.Expired:
		return "no-tls", err.Error(), "is this machine's clock right? if it is, something between the till and the channel answers in its place"
	case errors.As(err, &alert) && alert.Op == "dial", errors.Is(err, syscall.ECONNREFUSED):
		return "unreachable", err.Error(), "look at the line, and at the firewall of this network: the till calls out to port 443"
	}
	return "no-tls", err.Error(), "something between the till and the channel answers in its place: a sign-in page of the network, or a proxy"
}

// StatementsCheck names days with payments whose statement should be here and is not: a channel makes it on the next day, and gets one more.
func StatementsCheck(fetch bool, channels []ledger.Channel, s *Survey, now time.Time) (State, string, string) {
	switch {
	case len(channels) == 0 || !fetch:
		return Off, "none are fetched", ""
	case s.State == nil && s.None:
		return Ready, "there is no ledger yet", ""
	case s.State == nil:
		return Held, "the ledger was not read", ""
	}
	today := ledger.Calendar{Zone: ledger.Shanghai}.Day(now)
	var missing []string
	for _, ch := range channels {
		for day := range s.Paid[ch] {
			_, taken := s.State.Statement(ledger.StatementKey{Channel: ch, Day: day, Kind: ledger.StatementTrades})
			if age := daysBetween(day, today); !taken && age >= statementDue && age <= statementsAsked {
				missing = append(missing, string(ch)+" "+day.String())
			}
		}
	}
	if len(missing) == 0 {
		return Ready, "every day with payments has one that is due", ""
	}
	slices.Sort(missing)
	more := ""
	if len(missing) > 5 {
		more = fmt.Sprintf(" and %d more", len(missing)-5)
	}
	return "overdue", "missing: " + strings.Join(missing[:min(5, len(missing))], ", ") + more, "guitai statement fetch says why, with the till left; the statements' screen (f) with it open"
}

const (
	statementDue    = 3  // days: it is made on the next, and may be a day late
	statementsAsked = 31 // days: what was missed longer ago is an exception of its own
)

func daysBetween(a, b ledger.Day) int {
	from, _ := time.Parse(time.DateOnly, a.String())
	to, _ := time.Parse(time.DateOnly, b.String())
	return int(to.Sub(from) / (24 * time.Hour))
}

// StaffCheck tells whether somebody can agree, and let others in again.
func StaffCheck(required bool, s *Survey) (State, string, string) {
	switch {
	case s.State == nil && s.None && required:
		return "none", "there is no ledger yet, and nobody sells who has not signed in", "guitai init makes the till and its first supervisor"
	case s.State == nil && s.None:
		return Off, "there is no ledger yet", ""
	case s.State == nil:
		return Held, "the ledger was not read", ""
	}
	people, supervisors := 0, 0
	for _, p := range s.State.People() {
		if p.Gone {
			continue
		}
		people++
		if p.Role == ledger.RoleSupervisor && p.HasPIN() {
			supervisors++
		}
	}
	says := fmt.Sprintf("%d people, %d of them supervisors with a PIN", people, supervisors)
	switch {
	case people == 0 && !required:
		return Off, "nobody signs in here", ""
	case supervisors == 0:
		return "none", says, "guitai init makes the first supervisor; where PINs were lost: guitai init --lost-pepper"
	case supervisors == 1:
		return Ready, says + "; with one, nobody is there to agree to what that one does", ""
	}
	return Ready, says, ""
}

// KeyFile is a file with a secret.
type KeyFile struct {
	Path string
	Mode fs.FileMode
	Mine bool // it belongs to whoever looks
	Err  error
}

// KeysCheck names the secrets that others can read. A file that is not there is another check's matter.
func KeysCheck(files []KeyFile) (State, string, string) {
	var open, strange []string
	looked := 0
	for _, f := range files {
		switch {
		case errors.Is(f.Err, fs.ErrNotExist):
			continue
		case f.Err != nil, !f.Mode.IsRegular():
			strange = append(strange, f.Path)
		case f.Mode.Perm()&0o077 != 0:
			open = append(open, fmt.Sprintf("%s (%04o)", f.Path, f.Mode.Perm()))
		case !f.Mine:
			strange = append(strange, f.Path)
		}
		looked++
	}
	switch {
	case len(open) > 0:
		return "open", "others can read " + strings.Join(open, ", "), "chmod 600 each of them; what others may have read is to be made anew"
	case len(strange) > 0:
		return "no-access", "these cannot be looked at, or are not this user's: " + strings.Join(strange, ", "), "run this as the till's user, or give that user the files"
	case looked == 0:
		return Ready, "there are none yet", ""
	}
	return Ready, fmt.Sprintf("%d files, for their owner alone", looked), ""
}

// Terminal is where the doctor was called.
type Terminal struct {
	Is            bool // there is one
	Term, Locale  string
	Colours       string
	Columns, Rows int
}

// The least size of the till's screens.
const leastColumns, leastRows = 80, 24

// TerminalCheck tells whether the till's screens fit into this terminal.
func TerminalCheck(t Terminal) (State, string, string) {
	says := fmt.Sprintf("%s, %d×%d, %s, %s", cmp.Or(t.Term, "no TERM"), t.Columns, t.Rows, cmp.Or(t.Colours, "no colours"), cmp.Or(t.Locale, "no locale"))
	locale := strings.ToLower(strings.ReplaceAll(t.Locale, "-", ""))
	switch {
	case !t.Is:
		return Off, "this was not called at a terminal", ""
	case t.Term == "" || t.Term == "dumb":
		return "no-cursor", says, "the till works by lines there; for its screens set TERM to what the terminal is, such as xterm-256color"
	case t.Columns < leastColumns || t.Rows < leastRows:
		return "small", says, fmt.Sprintf("make the window at least %d×%d, or its letters smaller", leastColumns, leastRows)
	case !strings.HasSuffix(locale, "utf8"):
		return "no-utf8", says, "set LANG to one with UTF-8, such as zh_CN.UTF-8 or C.UTF-8"
	}
	return Ready, says, ""
}

// ZoneCheck compares the shop's time zone with the machine's and with the channels', at one time.
func ZoneCheck(shop *time.Location, machine *time.Location, now time.Time) (State, string, string) {
	_, ours := now.In(shop).Zone()
	_, here := now.In(machine).Zone()
	_, theirs := now.In(ledger.Shanghai).Zone()
	says := shop.String()
	if ours != theirs {
		says += "; the channels' days end at another hour, Beijing's midnight"
	}
	if ours != here {
		says += "; this machine's clock shows another zone, which the till does not use"
	}
	return Ready, says, ""
}

// CoreCheck tells whether a crash would write the till's memory down. limit is in bytes.
func CoreCheck(limit uint64, pattern string, err error) (State, string, string) {
	pattern = strings.TrimSpace(pattern)
	switch {
	case err != nil:
		return "unknown", err.Error(), "see that ulimit -c 0 holds for the till"
	case limit > 0:
		return "allowed", "a crash would write codes and keys in memory to the disk", "ulimit -c 0 before the till, or LimitCORE=0 in its service"
	case strings.HasPrefix(pattern, "|"):
		return Ready, "none are written; the system hands them to a program, which is told the limit of nothing", ""
	}
	return Ready, "none are written", ""
}

// filesLeast is how many files a till may need open: the ledger's tables, devices, and everybody who looks on.
const filesLeast = 512

// FilesCheck tells whether the till may open enough files.
func FilesCheck(limit uint64, err error) (State, string, string) {
	switch {
	case err != nil:
		return "unknown", err.Error(), "see that ulimit -n is 1024 or more"
	case limit < filesLeast:
		return "low", fmt.Sprintf("a process may open %d files", limit), "ulimit -n 1024 before the till, or LimitNOFILE=1024 in its service"
	}
	return Ready, fmt.Sprintf("a process may open %d files", limit), ""
}

func faultWord(err error) State {
	if errors.Is(err, fs.ErrPermission) {
		return "no-access"
	}
	return "failed"
}

// spanWords is a time span at a glance.
func spanWords(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return age(int64(d / time.Second))
}
