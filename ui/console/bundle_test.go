package console

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	agefile "filippo.io/age"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// bundleParts are the types of a bundle's files.
func bundleTypes() map[string]any {
	return map[string]any{"till": &BundleTill{}, "config": &BundleConfig{}, "doctor": &bundleChecks{}, "board": &bundleBoard{}, "ledger": &bundleLedger{},
		"log": &bundleText{}, "crash": &bundleText{}}
}

// fieldsOf lists the fields of a type as the list of what may leave names them.
func fieldsOf(name string, t reflect.Type) (all []string) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return fieldsOf(name, t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			all = append(all, fieldsOf(name+"."+jsonName(t.Field(i)), t.Field(i).Type)...)
		}
		return all
	}
	return []string{name}
}

// TestListOfWhatMayLeave: it has every field once, with a reason, and nothing else.
func TestListOfWhatMayLeave(t *testing.T) {
	var fields, listed []string
	for name, content := range bundleTypes() {
		fields = append(fields, fieldsOf(name, reflect.TypeOf(content))...)
		if err := permit(name, content); err != nil {
			t.Error(err)
		}
	}
	for _, l := range mayLeave {
		if listed = append(listed, l.field); l.why == "" {
			t.Errorf("%s has no reason", l.field)
		}
	}
	slices.Sort(fields)
	slices.Sort(listed)
	if !slices.Equal(fields, listed) {
		t.Errorf("the types have\n%q\nthe list has\n%q", fields, listed)
	}
}

// TestPermitFailsClosed: a field that nobody has thought of, or that is another thing than was thought, is named, and nothing leaves.
func TestPermitFailsClosed(t *testing.T) {
	type hidden struct{ Secret string }
	for want, content := range map[string]any{
		"till.owner": &struct {
			Owner string `json:"owner"`
		}{},
		"till.version is of the type int": &struct {
			Version int `json:"version"`
		}{},
		"till.open is of the type string": &struct {
			Open string `json:"open"`
		}{},
		"till.uptime_seconds is of the type float64": &struct {
			Uptime float64 `json:"uptime_seconds"`
		}{},
		"till.os is of the type map": &struct {
			All map[string]string `json:"os"`
		}{},
		"till.os is of the type interface": &struct {
			Any any `json:"os"`
		}{},
		"till.os is of the type *string": &struct {
			OS *string `json:"os"`
		}{},
		"field Secret": &struct{ Secret string }{},
		"field hidden": &struct {
			hidden `json:"version"`
		}{},
		"ledger.last.amount": &struct {
			Last []struct {
				Amount int `json:"amount"`
			} `json:"last"`
		}{}, // although there is none in it
	} {
		name, _, _ := strings.Cut(strings.TrimPrefix(want, "field "), ".")
		if name != "ledger" {
			name = "till"
		}
		parts, err := pack(BundleTill{}, []named{{name, content}})
		if err == nil || !errors.Is(err, errMayNotLeave) || !strings.Contains(err.Error(), want) || parts != nil {
			t.Errorf("want %s: %v, %v", want, parts, err)
		}
	}
}

// TestFormsFit: what is not of a field's form is not let through.
func TestFormsFit(t *testing.T) {
	for _, tt := range []struct {
		form       form
		text, want string
	}{
		{formWord, "no-paper", "no-paper"}, {formWord, "收款\n", "[no word]"}, {formWord, "pin 391748", "pin [digits]"}, {formWord, strings.Repeat("a", 41), "[no word]"},
		{formTime, "2026-11-29T05:14:00.123Z", "2026-11-29T05:14:00.123Z"}, {formTime, "28765432", "[no time]"}, {formTime, "", ""},
		{formName, "v0.0.0-20261008173134-6b8d4baf91b4", "v0.0.0-20261008173134-6b8d4baf91b4"}, {formName, "<x>", "[no name]"},
		{formText, "a\x1b[2J 391748", "a?[2J [digits]"},
	} {
		if got := fitted(tt.text, tt.form); got != tt.want {
			t.Errorf("%s %q: %q", tt.form, tt.text, got)
		}
	}
}

// canaries are secrets that a till may meet, each of which may stand anywhere.
var canaries = []string{
	"287654321098765432", "134567890123456789", // customers' codes
	"391748", "5082", // PINs
	"q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=", "k7Gh2Lm9Qw4Er8Ty1Ui6Op3As5Df0Zx2", // a master key, an APIv3 key
	"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "0FYX-9K2M-TT5E-3WQA-77ZB-PQ4R-C8HN-5V6D-2GJS-XK1M-A3B4-C5D6-E7F8-G9H0",
	"AGE-SECRET-KEY-1QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQS5L0K2Z",
	"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ", "13812345678",
}

// canaryText has every canary in every disguise.
func canaryText() string {
	var b strings.Builder
	for _, secret := range canaries {
		for _, text := range disguises(secret) {
			b.WriteString("x " + text + " ")
		}
	}
	return b.String()
}

// lookFor finds canaries, in any disguise.
func lookFor(text string) (found []string) {
	for _, secret := range canaries {
		for how, disguised := range disguises(secret) {
			if strings.Contains(text, disguised) {
				found = append(found, secret+", "+how)
			}
		}
	}
	return found
}

// canaryTill is a till with 200 sales, on which every text that somebody else can choose has canaries. It is open.
func canaryTill(t *testing.T) *refundShop {
	t.Helper()
	ctx := context.Background()
	s := &refundShop{t: t, dir: t.TempDir()}
	s.open()
	text := func(i int) string { return "reason " + canaries[i%len(canaries)] + " of somebody" }
	for i := range 200 {
		s.settle("8")
		code := fmt.Sprintf("13%016d", 4567890123456789+i)
		s.must(s.book.Scan(ctx, ledger.Trainee, ledger.Scan{Text: []byte(code), At: time.Now()}))
		a := s.attempt()
		began, err := s.book.Asking(ctx, a.Order, ledger.RequestPay)
		s.must(err)
		answer := ledger.Answer{Order: a.Order, Request: ledger.RequestPay, Class: ledger.ClassPaid, Verified: true, Began: began, Code: text(i), Message: text(i),
			Named: ledger.Named{Order: a.Order, Amount: a.Amount, Merchant: "M", App: "A", ChannelNo: fmt.Sprintf("42%026d", i)}}
		if i%10 == 3 {
			answer.Named.Merchant = canaries[i%len(canaries)] // an entry of the list of exceptions
		}
		s.must(s.book.Report(ctx, answer))
		var id ledger.SaleID
		s.book.Read(func(state *ledger.State) { id = state.CurrentSale().ID })
		s.must(s.book.Note(ctx, ledger.Trainee, ledger.NoteWish{Sale: id, Order: a.Order, Text: text(i), Wrong: i%20 == 0}))
		if i%10 == 3 {
			s.must(s.book.SetAside(ctx, ledger.Trainee))
		}
		if i%10 == 5 {
			_, err := s.book.Refund(ctx, ledger.Trainee, ledger.RefundWish{Order: a.Order, Amount: ledger.Fen(100), Why: text(i)})
			s.must(err)
		}
	}
	return s
}

// canarySource is that till as a bundle sees it, with canaries in all that its sources say.
func canarySource(t *testing.T, s *refundShop, recipient string) BundleSource {
	t.Helper()
	text := canaryText()
	var log strings.Builder
	for i := range 3000 {
		secret := canaries[i%len(canaries)]
		for how, disguised := range disguises(secret) {
			if len(how)%7 == i%7 {
				fmt.Fprintf(&log, "time=2026-11-29T05:14:00.123+08:00 level=WARN msg=%q cause=%q\n", "was "+disguised, disguised)
			}
		}
	}
	for i := 0; i < len(text); i += 900 {
		log.WriteString(text[i:min(len(text), i+900)] + "\n")
	}
	folder := filepath.Join(s.dir, "log")
	s.must(os.MkdirAll(folder, 0o700))
	s.must(os.WriteFile(filepath.Join(folder, "guitai.log"), []byte(log.String()), 0o600))
	crash := "panic: old\n\nnothing\npanic: " + text + "\n\ngoroutine 17 [running]:\nguitai/ledger.(*Book).commit(0xc000123456, {0x391748, 0x12})\n\t/src/ledger/commit.go:345 +0x1d\n"
	s.must(os.WriteFile(filepath.Join(folder, "stderr.log"), []byte(crash), 0o600))
	board := ledger.NewBoard()
	board.Post(func(v *ledger.BoardView) {
		v.Links[ledger.Alipay] = ledger.Link{State: ledger.LinkDown, Since: time.Now(), Latency: time.Second, Cause: text}
		v.Links[ledger.Channel(canaries[0])] = ledger.Link{State: ledger.LinkState(canaries[2])}
		v.Devices[ledger.DevicePrinter] = ledger.Device{State: ledger.DeviceNoPaper, Cause: text}
		v.Doing[canaries[0]] = ledger.Doing{}
		v.Outside.Fault, v.LedgerFault, v.BackupFault, v.Notices.Fault = text, text, text, text
		v.Badge = &ledger.Badge{Person: canaries[3]}
		v.Statements[ledger.WeChat] = ledger.Statements{State: ledger.StatementsFault, Cause: text}
	})
	return BundleSource{
		Recipient: recipient, Dir: s.dir, End: func() {},
		Till:   BundleTill{Version: "dev", Terminal: canaries[2], Program: text, Locale: canaries[3]},
		Config: BundleConfig{Mode: canaries[2], TimeZone: text, Scanner: "/dev/serial/by-id/" + canaries[0], Second: []string{canaries[3], text}, Pole: text},
		Checks: []Check{finds("scanner", "noise", text, text), finds(canaries[2], State(canaries[0]), "", "")},
		Survey: func() *Survey { return LookAt(s.dir) },
		Board:  func() *ledger.BoardView { v := board.View(); return &v },
	}
}

// bundled makes a bundle and gives what it has, by name, in order.
func bundled(t *testing.T, source BundleSource, identity agefile.Identity) (names []string, parts map[string]string, size int) {
	t.Helper()
	to := filepath.Join(t.TempDir(), "out.age")
	var out, errs bytes.Buffer
	if code := Bundle(t.Context(), []string{"--to", to}, func(Examination) (BundleSource, error) { return source, nil }, &out, &errs); code != exitGood || out.Len() > 0 {
		t.Fatalf("exit %d: %s%s", code, out.String(), errs.String())
	}
	info, err := os.Stat(to)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	sealed, _ := os.ReadFile(to)
	names, parts = opened(t, sealed, identity)
	return names, parts, len(sealed)
}

func opened(t *testing.T, sealed []byte, identity agefile.Identity) (names []string, parts map[string]string) {
	t.Helper()
	plain, err := agefile.Decrypt(bytes.NewReader(sealed), identity)
	if err != nil {
		t.Fatal(err)
	}
	parts = map[string]string{}
	for packed := tar.NewReader(plain); ; {
		header, err := packed.Next()
		if err == io.EOF {
			return names, parts
		}
		content, readErr := io.ReadAll(packed)
		if err := errors.Join(err, readErr); err != nil {
			t.Fatal(err)
		}
		names = append(names, header.Name)
		parts[header.Name] = string(content)
	}
}

func newIdentity(t *testing.T) *agefile.X25519Identity {
	t.Helper()
	identity, err := agefile.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

// TestNoCanaryLeaves: a till with 200 sales, beside it while it is open and when it is closed: no code, PIN or key is in its bundle, in no
// disguise; what support needs is.
func TestNoCanaryLeaves(t *testing.T) {
	s := canaryTill(t)
	identity := newIdentity(t)
	source := canarySource(t, s, identity.Recipient().String())
	log, err := os.ReadFile(filepath.Join(s.dir, "log", "guitai.log"))
	if planted := len(lookFor(string(log))); err != nil || planted < len(canaries)*15 {
		t.Fatalf("the log has %d canaries: the net has holes, or nothing was planted (%v)", planted, err)
	}
	for _, when := range []string{"open", "closed"} {
		if when == "closed" {
			s.close()
		}
		names, parts, size := bundled(t, source, identity)
		if size > bundleMost || size < 10_000 {
			t.Errorf("%s: %d bytes", when, size)
		}
		for name, content := range parts {
			if found := lookFor(sums.ReplaceAllString(content, "")); len(found) > 0 {
				t.Errorf("%s: %s has %d canaries: %q", when, name, len(found), found[:min(4, len(found))])
			}
		}
		wantsManifest(t, names, parts)
		var book bundleLedger
		if err := json.Unmarshal([]byte(parts["ledger.json"]), &book); err != nil || !book.Looked || len(book.Last) != lastHeaders || len(book.Exceptions) < 2 || book.Tidy != (when == "closed") {
			t.Errorf("%s: the ledger's part: %v, %d headers, exceptions %+v, in order %v", when, err, len(book.Last), book.Exceptions, book.Tidy)
		}
		if last := book.Last[len(book.Last)-1]; when == "closed" && (last.Kind != "Closed" || last.Role != "till" || last.Seq != book.Events) {
			t.Errorf("the last event: %+v of %d", last, book.Events)
		}
		var lines bundleText
		if err := json.Unmarshal([]byte(parts["log.json"]), &lines); err != nil || len(lines.Lines) != logLines || len(lines.Removed) < 5 {
			t.Errorf("%s: %d lines, %+v, %v", when, len(lines.Lines), lines.Removed, err)
		}
		if !strings.Contains(parts["crash.json"], "commit.go:345") || strings.Contains(parts["crash.json"], "panic: old") {
			t.Errorf("%s: the crash: %s", when, parts["crash.json"])
		}
		if !strings.Contains(parts["board.json"], `"no-paper"`) {
			t.Errorf("%s: the board: %s", when, parts["board.json"])
		}
	}
}

// sums are what a hash looks like, in which any four digits may stand by chance.
var sums = regexp.MustCompile(`  [0-9a-f]{64}  `)

// wantsManifest: the list stands first, and is right about everything behind it.
func wantsManifest(t *testing.T, names []string, parts map[string]string) {
	t.Helper()
	if names[0] != "MANIFEST" || len(names) != 8 {
		t.Fatalf("%q", names)
	}
	for _, name := range names[1:] {
		if line := fmt.Sprintf("%8d  %x  %s\n", len(parts[name]), sha256.Sum256([]byte(parts[name])), name); !strings.Contains(parts["MANIFEST"], line) {
			t.Errorf("the list lacks %s:\n%s", line, parts["MANIFEST"])
		}
	}
	if !strings.Contains(parts["MANIFEST"], "version dev\nmade 20") {
		t.Errorf("%s", parts["MANIFEST"])
	}
}

// TestBundleGoesWhereItIsTold: never over a file, never plain into one, and not at all to nobody.
func TestBundleGoesWhereItIsTold(t *testing.T) {
	dir, _ := shop(t)
	identity := newIdentity(t)
	source := BundleSource{Recipient: identity.Recipient().String(), Dir: dir, End: func() {}, Till: BundleTill{Version: "dev"}, Survey: func() *Survey { return LookAt(dir) }}
	to := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(to, []byte("what stands here stays"), 0o644); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (code int, stdout, stderr string) {
		var out, errs bytes.Buffer
		code = Bundle(t.Context(), args, func(Examination) (BundleSource, error) { return source, nil }, &out, &errs)
		return code, out.String(), errs.String()
	}
	if code, out, errs := run("--to", to); code != exitCannot || out != "" || !strings.Contains(errs, "a new file only") {
		t.Errorf("over a file: exit %d, %q %q", code, out, errs)
	}
	if text, _ := os.ReadFile(to); string(text) != "what stands here stays" {
		t.Errorf("the file has %q", text)
	}
	code, out, _ := run()
	if code != exitGood {
		t.Fatalf("to the standard output: exit %d", code)
	}
	if names, parts := opened(t, []byte(out), identity); true {
		wantsManifest(t, names, parts)
		if !strings.Contains(parts["board.json"], `"known": false`) || !strings.Contains(parts["log.json"], "there is none") {
			t.Errorf("%q", parts)
		}
	}
	if code, out, errs := run("--plain", "--to", to+".2"); code != exitCannot || out != "" || !strings.Contains(errs, "--plain goes to standard output alone") {
		t.Errorf("plain into a file: exit %d, %q %q", code, out, errs)
	}
	source.Recipient = ""
	if code, out, errs := run("--to", to+".3"); code != exitCannot || out != "" || !strings.Contains(errs, "set recipient = \"age1…\" under [support]") {
		t.Errorf("to nobody: exit %d, %q %q", code, out, errs)
	}
	if code, out, _ := run("--plain"); code != exitGood || !strings.HasPrefix(out, "== MANIFEST\nguitai bundle\nversion dev\n") || !strings.Contains(out, "== ledger.json\n{") {
		t.Errorf("plain: exit %d, %q", code, out)
	}
	if code, out, _ := run("--fields"); code != exitGood || strings.Count(out, "\n") != len(mayLeave) {
		t.Errorf("fields: exit %d, %q", code, out)
	}
	if left, _ := filepath.Glob(to + ".*"); len(left) > 0 {
		t.Errorf("files were made: %q", left)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if code := Bundle(ctx, []string{"--plain"}, func(Examination) (BundleSource, error) { return source, nil }, io.Discard, io.Discard); code != exitCannot {
		t.Errorf("stopped: exit %d", code)
	}
}

// TestRecipientsAreRead: one or several; a secret key is refused and not repeated.
func TestRecipientsAreRead(t *testing.T) {
	a, b := newIdentity(t), newIdentity(t)
	if to, err := ParseRecipients(a.Recipient().String() + "  " + b.Recipient().String()); err != nil || len(to) != 2 {
		t.Errorf("%v, %v", to, err)
	}
	for _, text := range []string{"age1x", a.String(), strings.ToLower(a.String()), "# only a remark", a.Recipient().String() + " x"} {
		if _, err := ParseRecipients(text); err == nil || strings.Contains(err.Error(), text) || !strings.HasPrefix(err.Error(), "recipient") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestSurvey: of a ledger that a till has open, of none, and of one whose key is elsewhere.
func TestSurvey(t *testing.T) {
	dir, _ := shop(t)
	s := LookAt(dir)
	if s.None || s.Sealed || s.Fault != nil || !s.Tidy || s.State == nil || s.Kinds["SaleOpened"] != 2 || len(s.Paid[ledger.WeChat]) != 1 || s.Newest.IsZero() {
		t.Errorf("%+v", s)
	}
	if s = LookAt(t.TempDir()); !s.None {
		t.Errorf("an empty folder: %+v", s)
	}
	if err := os.WriteFile(filepath.Join(dir, "ledger.key"), []byte("passphrase 00112233445566778899aabbccddeeff\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	disk.AskPassphrase = func(bool) ([]byte, error) { t.Error("a passphrase was asked for"); return nil, io.EOF }
	defer func() { disk.AskPassphrase = nil }()
	if s = LookAt(dir); !s.Sealed || s.State != nil {
		t.Errorf("a key that is elsewhere: %+v", s)
	}
	if err := os.Remove(filepath.Join(dir, "ledger.key")); err != nil {
		t.Fatal(err)
	}
	if s = LookAt(dir); ledger.ReasonOf(s.Fault) != ledger.ReasonNoKey {
		t.Errorf("without a key: %v", s.Fault)
	}
}

// TestLastCrash is the first line of the newest one, without what may not be seen on a visitor's screen.
func TestLastCrash(t *testing.T) {
	dir := t.TempDir()
	if first, at := LastCrash(dir); first != "" || !at.IsZero() {
		t.Errorf("no till has run here: %q, %v", first, at)
	}
	path := filepath.Join(dir, "log", "stderr.log")
	write := func(text string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	write("a warning\n")
	if first, _ := LastCrash(dir); first != "" {
		t.Errorf("nothing has crashed: %q", first)
	}
	write("panic: the old one\n\ngoroutine 1 [running]:\nagain\nfatal error: panic: code 134567890123456789\nruntime: more\ngoroutine 7 [running]:\n")
	if first, at := LastCrash(dir); first != "fatal error: panic: code [hex]" || time.Since(at).Abs() > time.Hour {
		t.Errorf("%q, %v", first, at)
	}
}

// TestLogTail: the newest lines, and no part of one with a secret in it.
func TestLogTail(t *testing.T) {
	dir := t.TempDir()
	if tail := LogTail(dir, 9); tail != nil {
		t.Errorf("no till has run here: %+v", tail)
	}
	text := "time=2026-11-29T05:14:00.000+08:00 level=INFO msg=old\n" +
		"time=2026-11-29T05:14:00.123+08:00 level=WARN msg=\"the line\" cause=134567890123456789\n" +
		"level=134567890123456789 x\n-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\nZg==\n-----END EC PRIVATE KEY-----\n"
	path := filepath.Join(dir, "log", "guitai.log")
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	tail := LogTail(dir, 6)
	for i := range tail {
		tail[i].At = tail[i].At.UTC()
	}
	want := []LogLine{{time.Date(2026, 11, 28, 21, 14, 0, 123e6, time.UTC), "WARN", `"the line" [long text]`}, {Text: "[long text] x"}, {Text: "[pem]"}}
	if !slices.Equal(tail, want) {
		t.Errorf("%+v", tail)
	}
}
