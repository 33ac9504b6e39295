package console

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"guitai/ledger"
)

// This file is what a support bundle has: one type for each of its files. What is in none of them does not leave the shop, and what is in
// one has a row in bundlefields.go.

// BundleTill is the machine and the program.
type BundleTill struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
	Kernel   string `json:"kernel"`
	Uptime   int64  `json:"uptime_seconds"` // of the machine
	Terminal string `json:"terminal"`       // TERM
	Program  string `json:"terminal_program"`
	Locale   string `json:"locale"`
	Columns  int    `json:"columns"`
	Rows     int    `json:"rows"`
	DiskFree int64  `json:"disk_free_mb"`
	Inodes   int64  `json:"files_free"`
	Files    int64  `json:"files_limit"`
	Made     string `json:"made"`
	Open     bool   `json:"open"` // a till has the data folder
}

// BundleConfig is what of the configuration may be told.
type BundleConfig struct {
	Mode     string `json:"mode"`
	Till     string `json:"till"`
	TimeZone string `json:"time_zone"`
	Settle   string `json:"settle"`
	QuietMS  int    `json:"quiet_ms"`

	Checkpoints bool `json:"checkpoints"`
	Backup      bool `json:"backup"`
	KeepDays    int  `json:"keep_days"`

	Staffed   bool     `json:"staff_required"`
	LockAfter int      `json:"lock_after"`
	Second    []string `json:"second_person"`
	TOTP      string   `json:"totp"`
	Shifts    bool     `json:"shifts"`

	Statements   bool   `json:"statements_fetch"`
	StatementsAt string `json:"statements_at"`

	Lang  string `json:"lang"`
	Theme string `json:"theme"`
	Bell  string `json:"bell"`

	Scanner        string `json:"scanner"`
	ScannerBaud    int    `json:"scanner_baud"`
	Terminator     string `json:"scanner_terminator"`
	Printer        string `json:"printer"` // tcp, usb or serial
	PrinterBaud    int    `json:"printer_baud"`
	PrinterColumns int    `json:"printer_columns"`
	PrinterCharset string `json:"printer_charset"`
	Voice          bool   `json:"voice"`
	Pole           string `json:"pole"`
	PoleBaud       int    `json:"pole_baud"`
	Page           bool   `json:"page"`
	Notices        bool   `json:"notices"`
	CodeRows       int    `json:"code_rows"`

	Channels []BundleChannel `json:"channels"`
}

// BundleChannel is a channel that the till sells on.
type BundleChannel struct {
	Channel string `json:"channel"`
	Gateway string `json:"gateway"` // "own" where it is the channel's own address, "other" where it is not
	QRLife  int    `json:"qr_life"`
}

// bundleChecks is what the doctor has found.
type bundleChecks struct {
	Good   bool      `json:"good"`
	Checks []finding `json:"checks"`
}

// bundleBoard is what only an open till knows, and keeps in its memory.
type bundleBoard struct {
	Known      bool         `json:"known"`
	Why        string       `json:"why,omitempty"`
	Backlog    int          `json:"backlog"`
	Doing      int          `json:"doing"`
	SkewMS     int64        `json:"clock_skew_ms"`
	DiskLow    bool         `json:"disk_low"`
	DiskFull   bool         `json:"disk_full"`
	Outside    string       `json:"checkpoint_fault"`
	OutsideAt  string       `json:"checkpoint_at"`
	Ledger     string       `json:"ledger_fault"`
	Backup     string       `json:"backup_fault"`
	Displays   int          `json:"displays"`
	Dark       bool         `json:"display_gone"`
	Hushed     bool         `json:"voice_hushed"`
	Notices    boardNotices `json:"notices"`
	Links      []boardLink  `json:"links"`
	Devices    []boardState `json:"devices"`
	Statements []boardState `json:"statements"`
}

type boardLink struct {
	Name      string `json:"name"`
	State     string `json:"state"`
	Since     string `json:"since"`
	Cause     string `json:"cause"`
	LatencyMS int64  `json:"latency_ms"`
}

type boardState struct {
	Name  string `json:"name"`
	State string `json:"state"`
	Since string `json:"since"`
	Cause string `json:"cause"`
}

type boardNotices struct {
	Taken    int    `json:"taken"`
	Repeated int    `json:"repeated"`
	Forged   int    `json:"forged"`
	Foreign  int    `json:"foreign"`
	Failed   int    `json:"failed"`
	Fault    string `json:"fault"`
}

// boardPart takes from a board what may leave; without one it says why there is none.
func boardPart(v *ledger.BoardView) bundleBoard {
	if v == nil {
		return bundleBoard{Why: "only the open till knows its board, and this was not made by it"}
	}
	b := bundleBoard{
		Known: true, Backlog: v.Backlog, Doing: len(v.Doing), SkewMS: v.ClockSkew.Milliseconds(), DiskLow: v.Disk.Low, DiskFull: v.Disk.Full,
		Outside: v.Outside.Fault, OutsideAt: moment(v.Outside.At), Ledger: v.LedgerFault, Backup: v.BackupFault, Displays: v.Displays, Dark: v.Dark, Hushed: v.Hushed,
		Notices: boardNotices{int(v.Notices.Taken), int(v.Notices.Repeated), int(v.Notices.Forged), int(v.Notices.Foreign), int(v.Notices.Failed), v.Notices.Fault},
	}
	for _, ch := range slices.Sorted(maps.Keys(v.Links)) {
		link := v.Links[ch]
		b.Links = append(b.Links, boardLink{string(ch), string(link.State), moment(link.Since), link.Cause, link.Latency.Milliseconds()})
	}
	for _, kind := range ledger.DeviceKinds {
		device := v.Device(kind)
		b.Devices = append(b.Devices, boardState{Name: string(kind), State: string(device.State), Since: moment(device.Since), Cause: device.Cause})
	}
	for _, ch := range slices.Sorted(maps.Keys(v.Statements)) {
		st := v.Statements[ch]
		b.Statements = append(b.Statements, boardState{Name: string(ch), State: string(st.State), Since: moment(st.Since), Cause: st.Cause})
	}
	return b
}

// bundleLedger is what of the ledger may leave: counts and headers, no event's content.
type bundleLedger struct {
	Looked     bool              `json:"looked"`
	Fault      string            `json:"fault,omitempty"`
	Events     int64             `json:"events"`
	Epoch      int64             `json:"epoch"`
	Tidy       bool              `json:"closed_in_order"`
	Damage     string            `json:"damage,omitempty"`
	Newest     string            `json:"newest"`
	BackMS     int64             `json:"clock_back_ms"`
	Kinds      []kindCount       `json:"kinds"`
	Last       []bundleHeader    `json:"last"`
	Exceptions []bundleException `json:"exceptions"`
	Statements []bundleStatement `json:"statements"`
}

type kindCount struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

type bundleHeader struct {
	Seq  int64  `json:"seq"`
	Kind string `json:"kind"`
	At   string `json:"at"`
	Day  string `json:"day"`
	Role string `json:"role"`
}

type bundleException struct {
	Kind   string `json:"kind"`
	Owner  string `json:"owner"`
	Count  int    `json:"count"`
	Oldest int64  `json:"oldest_hours"`
	Newest int64  `json:"newest_hours"`
}

type bundleStatement struct {
	Channel     string `json:"channel"`
	Day         string `json:"day"`
	Kind        string `json:"kind"`
	Source      string `json:"source"`
	Compared    bool   `json:"compared"`
	Complete    bool   `json:"complete"`
	Differences int    `json:"differences"`
	Missing     int    `json:"missing"`
}

func ledgerPart(s *Survey, now time.Time) bundleLedger {
	l := bundleLedger{
		Looked: !s.None && !s.Sealed, Events: int64(s.Head.Seq), Tidy: s.Tidy, Newest: moment(s.Newest), BackMS: s.Back.Milliseconds(), Kinds: countsOf(s.Kinds),
	}
	switch {
	case s.None:
		l.Fault = "there is no ledger yet"
	case s.Sealed:
		l.Fault = "its key is not in the folder"
	case s.Fault != nil:
		l.Fault = s.Fault.Error()
	}
	if s.Damage != nil {
		l.Damage = s.Damage.What
	}
	for _, h := range s.Recent() {
		l.Last = append(l.Last, bundleHeader{int64(h.Seq), h.Kind, moment(h.At), h.Day.String(), string(h.Role)})
	}
	if s.State == nil {
		return l
	}
	l.Epoch, l.Exceptions = int64(s.State.Epoch), exceptionsByKind(s.State.Exceptions, now)
	for _, st := range s.State.Statements() {
		l.Statements = append(l.Statements, bundleStatement{
			Channel: string(st.Channel), Day: st.Day.String(), Kind: map[ledger.StatementKind]string{ledger.StatementTrades: "trades", ledger.StatementFunds: "funds"}[st.Kind],
			Source:   map[ledger.StatementSource]string{ledger.SourceImported: "imported", ledger.SourceFetched: "fetched"}[st.Source],
			Compared: st.Compared, Complete: st.Complete, Differences: int(st.Differences), Missing: int(st.Missing),
		})
	}
	return l
}

// exceptionsByKind counts the list of exceptions, without saying which sales they are about.
func exceptionsByKind(list []ledger.Exception, now time.Time) (all []bundleException) {
	for i := range list {
		x := &list[i]
		word, ok := wordOf(x.Note)
		if !ok {
			word.kind = "unknown"
		}
		age := int64(max(0, now.Sub(x.At)) / time.Hour)
		at := slices.IndexFunc(all, func(e bundleException) bool { return e.Kind == word.kind })
		if at < 0 {
			all = append(all, bundleException{Kind: word.kind, Owner: string(x.Owner()), Newest: age})
			at = len(all) - 1
		}
		e := &all[at]
		e.Count, e.Oldest, e.Newest = e.Count+1, max(e.Oldest, age), min(e.Newest, age)
	}
	return all
}

// bundleText is lines of a log, each cleaned.
type bundleText struct {
	Found   bool        `json:"found"`
	Why     string      `json:"why,omitempty"`
	At      string      `json:"at,omitempty"` // the file was last written
	Lines   []string    `json:"lines"`
	Removed []kindCount `json:"removed"` // what was taken out of them
}

// countsOf lists counts, the largest first.
func countsOf(counts map[string]int) (all []kindCount) {
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, kindCount{kind, counts[kind]})
	}
	slices.SortStableFunc(all, func(a, b kindCount) int { return cmp.Compare(b.Count, a.Count) })
	return all
}

// moment is a time in a bundle; empty for none.
func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z")
}
