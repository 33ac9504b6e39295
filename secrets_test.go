package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"guitai/assets"
	"guitai/hardware/hwtest"
	"guitai/ledger"
	"guitai/ledger/disk"
)

// huntSales is how many sales the hunt makes; GUITAI_HUNT_SALES says otherwise.
const huntSales = 40

// The secrets that are keyed and scanned. Each code is one of these with four more digits, which may be shown.
const (
	huntPIN    = "804193627518"
	huntWechat = "13000000000073"
	huntAlipay = "28000000000091"
)

// disguises are the forms in which a secret could leave: as it is, backwards, hex, base64 in each of its three places, URL.
func disguises(secret []byte) map[string][]byte {
	out := map[string][]byte{}
	back := slices.Clone(secret)
	slices.Reverse(back)
	for way, text := range map[string][]byte{"": secret, "backwards ": back} {
		out[way+"plain"] = text
		out[way+"hex"] = []byte(hex.EncodeToString(text))
		out[way+"HEX"] = bytes.ToUpper(out[way+"hex"])
		var escaped strings.Builder
		for _, b := range text {
			fmt.Fprintf(&escaped, "%%%02X", b)
		}
		out[way+"URL"] = []byte(escaped.String())
		out[way+"url"] = []byte(url.QueryEscape(string(text)))
		for shift := range 3 {
			for name, encoding := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
				whole := encoding.EncodeToString(append(make([]byte, shift), text...))
				out[fmt.Sprint(way, name, shift)] = []byte(whole[(shift*8+5)/6 : len(whole)-1])
			}
		}
	}
	return out
}

// hunt looks for secrets.
type hunt struct {
	t       *testing.T
	secrets map[string]map[string][]byte // by what they are, in each form
	looked  int                          // bytes
}

func (h *hunt) add(what string, secret []byte) {
	if len(secret) < 10 {
		h.t.Fatalf("%s: %d bytes are found anywhere", what, len(secret))
	}
	h.secrets[what] = disguises(secret)
}

// found names the secrets that are in a text.
func (h *hunt) found(text []byte) (all []string) {
	h.looked += len(text)
	for what, forms := range h.secrets {
		for form, needle := range forms {
			if bytes.Contains(text, needle) {
				all = append(all, what+" ("+form+")")
			}
		}
	}
	return all
}

func (h *hunt) text(where string, text []byte) {
	h.t.Helper()
	if len(text) == 0 {
		h.t.Errorf("%s: there is nothing to look at", where)
	}
	if found := h.found(text); len(found) > 0 {
		h.t.Errorf("%s has %s", where, found)
	}
}

// folder looks at every file of a folder but those that are a secret themselves.
func (h *hunt) folder(dir string, but ...string) {
	h.t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || slices.Contains(but, entry.Name()) || entry.Name() == "ballast" {
			return err
		}
		content, err := os.ReadFile(path)
		if found := h.found(content); len(found) > 0 {
			h.t.Errorf("%s has %s", path, found)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// proves fails unless the hunt finds each secret in each form, wherever it stands.
func (h *hunt) proves() {
	h.t.Helper()
	for what, forms := range h.secrets {
		for form, needle := range forms {
			for shift := range 3 {
				if len(h.found(slices.Concat([]byte("some bytes"[:7+shift]), needle, []byte("more")))) == 0 {
					h.t.Errorf("%s as %s is not found", what, form)
				}
			}
		}
	}
	for what, secret := range map[string]string{"PIN": huntPIN, "code": huntWechat + "0001"} {
		for shift := range 3 {
			padded := strings.Repeat("x", shift) + secret + "yz"
			if len(h.found([]byte(base64.StdEncoding.EncodeToString([]byte(padded))))) == 0 || len(h.found(fmt.Appendf(nil, "%x", padded))) == 0 {
				h.t.Errorf("a %s inside of something encoded is not found at %d", what, shift)
			}
		}
	}
}

// TestNoSecretIsAnywhere: people sell with canary codes and PINs while somebody looks on over SSH. Then neither the till's files, nor what
// its commands make of them, nor what the visitor was shown, nor what the system tells of the process has one, in whatever form.
func TestNoSecretIsAnywhere(t *testing.T) {
	t.Parallel()
	sales := huntSales
	if text := os.Getenv("GUITAI_HUNT_SALES"); text != "" {
		var err error
		if sales, err = strconv.Atoi(text); err != nil || sales < 1 || sales > 9999 {
			t.Fatalf("GUITAI_HUNT_SALES=%q: 1 to 9999", text)
		}
	}
	v := newVisitor(t)
	words := assets.For(assets.En)
	c := &counter{gateway: startGateway(t), gun: hwtest.NewGun(t), words: words, dir: filepath.Join(t.TempDir(), "till")}
	named := hired(t, c.gateway, c.dir)
	out, errs, exit := answered(t, []string{"li", liPIN, huntPIN, huntPIN}, append([]string{"staff", "add", "zhao", "--trained"}, named...)...)
	wantsCode(t, 0, "zhao: added", out, errs, exit)
	config, err := os.ReadFile(c.config())
	if err != nil {
		t.Fatal(err)
	}
	config = fmt.Appendf(config, "\n[remote]\nlisten = [\"127.0.0.1:%s\"]\n[[remote.person]]\nname = \"chen\"\nrole = \"support\"\nkeys = [%q]\n", v.port, v.key("chen"))
	if err := os.WriteFile(c.config(), config, 0o600); err != nil {
		t.Fatal(err)
	}
	h := &hunt{t: t, secrets: map[string]map[string][]byte{}}
	h.add("a PIN", []byte(huntPIN))
	h.add("a WeChat code", []byte(huntWechat))
	h.add("an Alipay code", []byte(huntAlipay))
	h.keys(c.dir, c.gateway.dir)

	c.robot = newRobot(t, 100, 30, append(named, "--lang", "en", "--serial", c.gun.Path())...)
	c.robot.start()
	c.sees(words.Staff.SignIn, words.Scanners[ledger.DeviceReady])
	v.awaitDoor()
	watcher := newRobot(t, 110, 40)
	client := append([]string{"ssh", "-tt"}, v.args("chen")...)
	if out, err := watcher.tmux(append([]string{"new-session", "-d", "-x", "110", "-y", "40", "env", "TERM=tmux-256color"}, client...)...); err != nil {
		t.Fatalf("tmux: %v: %s", err, out)
	}
	watcher.sees(words.Guest.MenuNext)
	watcher.typed("1")
	watcher.sees(words.Watch.Short.Back, words.Staff.SignIn)
	h.keysOfPeople(c.dir + ".staff") // the door has made its own by now
	h.proves()
	c.signsIn("zhao")
	for n := range sales {
		prefix, channel := huntWechat, "wechat"
		if n%2 == 1 {
			prefix, channel = huntAlipay, "alipay"
		}
		c.settle("8")
		c.scan(fmt.Sprintf("%s%04d", prefix, n+1))
		c.seesState(ledger.Paid)
		if n%100 == 99 || n == sales-1 {
			watcher.keys("Up") // who presses no key for five minutes is shown out
			watcher.sees(words.States[ledger.Paid].Word)
			t.Logf("%d sales, the last by %s", n+1, channel)
		}
	}
	h.process(c.pid())
	for _, command := range [][]string{{"doctor", "--json"}, {"verify"}, {"version"}} {
		said, _ := v.asks("chen", command...)
		h.text("what a visitor is told by "+command[0], []byte(said))
	}
	h.text("the visitor's screen", []byte(watcher.screen()))
	watcher.typed("q")
	watcher.sees(words.Guest.MenuNext)
	watcher.typed("q")
	c.leave()
	h.settled(c, named, sales)
	t.Logf("%d sales, %d bytes looked at for %d secrets in %d forms each", sales, h.looked, len(h.secrets), len(disguises([]byte(huntPIN))))
}

// signsIn has somebody key the PIN who is third on the list.
func (c *counter) signsIn(person string) {
	c.robot.t.Helper()
	c.sees("3  " + person)
	c.typed("3")
	c.typedPIN(huntPIN[:len(huntPIN)-1] + "9")
	c.keys("Enter")
	c.sees(string(ledger.ReasonPINWrong))
	c.typedPIN(huntPIN)
	c.keys("Enter")
	c.sees(c.words.NoSale.Says)
}

// keys adds the till's keys and the channels'.
func (h *hunt) keys(till, channels string) {
	h.t.Helper()
	for _, name := range []string{"ledger.key", "till.key"} {
		key, err := os.ReadFile(filepath.Join(till, name))
		if err != nil {
			h.t.Fatal(err)
		}
		h.add(name, key[:min(len(key), 32)])
	}
	pems := 0
	err := filepath.WalkDir(channels, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if _, body, found := strings.Cut(string(content), "PRIVATE KEY-----\n"); found {
			lines := strings.Split(body, "\n")
			h.add("a channel's key "+entry.Name(), []byte(lines[len(lines)/2]))
			pems++
		}
		return err
	})
	if err != nil || pems == 0 {
		h.t.Fatalf("%d keys of channels, %v", pems, err)
	}
}

// keysOfPeople adds what PINs are checked with, and the key by which visitors know the till.
func (h *hunt) keysOfPeople(dir string) {
	h.t.Helper()
	pepper, err := os.ReadFile(filepath.Join(dir, "pepper.key"))
	if err != nil {
		h.t.Fatal(err)
	}
	h.add("the key of the PINs", pepper)
	text, err := os.ReadFile(filepath.Join(dir, "remote.hostkey"))
	if err != nil {
		h.t.Fatal(err)
	}
	key, err := ssh.ParseRawPrivateKey(text)
	if err != nil {
		h.t.Fatal(err)
	}
	h.add("the door's key", key.(*ed25519.PrivateKey).Seed())
	for i, line := range strings.Split(string(text), "\n") {
		if i > 2 && len(line) > 60 { // the first lines have its public half
			h.add(fmt.Sprint("line ", i, " of the door's key"), []byte(line))
		}
	}
}

// process looks at what the system tells of the running till.
func (h *hunt) process(pid int) {
	h.t.Helper()
	of := func(name string) []byte {
		content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), name))
		if err != nil {
			h.t.Fatal(err)
		}
		return content
	}
	h.text("the command line", of("cmdline"))
	h.text("the environment", of("environ"))
	for line := range strings.Lines(string(of("limits"))) {
		if rest, is := strings.CutPrefix(line, "Max core file size"); is && strings.Join(strings.Fields(rest)[:2], " ") != "0 0" {
			h.t.Errorf("a core dump could be written: %s", line)
		}
	}
}

// settled looks at what is left when the till is closed: its files, and all that its commands make of them.
func (h *hunt) settled(c *counter, named []string, sales int) {
	t := h.t
	t.Helper()
	h.folder(c.dir, "ledger.key", "till.key")
	h.folder(c.dir+".staff", "pepper.key", "remote.hostkey")
	h.folder(c.home)
	for _, log := range []string{"guitai.log", "stderr.log"} {
		if _, err := os.Stat(filepath.Join(c.dir, "log", log)); err != nil {
			t.Error(err)
		}
	}
	told := map[string]string{}
	for _, command := range [][]string{{"export"}, {"day", "--json"}, {"bundle", "--plain"}, {"exceptions", "--json"}, {"export", "--csv"}, {"visits", "list", "--json"}} {
		out, errs, _ := program(t, append(command, named...)...)
		told[strings.Join(command, " ")] = out
		h.text("guitai "+strings.Join(command, " "), []byte(out+errs))
	}
	if paid := strings.Count(told["export"], `"SaleOpened"`); paid < sales {
		t.Errorf("%d sales are in the journal, not %d", paid, sales)
	}
	recordings, err := disk.OpenRecordings(c.dir)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(c.dir, "visits", "*.visit"))
	if err != nil || len(files) != 4 || strings.Count(told["visits list --json"], `"recording": "good"`) != len(files) {
		t.Errorf("recordings: %q, %v\n%s", files, err, told["visits list --json"])
	}
	watched := false
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".visit")
		visit, _ := strconv.ParseUint(name, 10, 64)
		recording, err := recordings.Recording(visit)
		if err != nil {
			t.Fatal(err)
		}
		var raw []byte
		for _, row := range recording.Rows {
			raw = append(raw, row.Data...)
		}
		lines, errs, exit := program(t, append([]string{"visits", "replay", name, "--plain"}, named...)...)
		if exit != 0 || strings.Contains(errs, "left out") {
			t.Errorf("replay %s: exit %d: %s", name, exit, errs)
		}
		joined := strings.Join(strings.Fields(lines), "")
		h.text("the recording "+name, raw)
		h.text("the replay "+name, []byte(lines))
		h.text("the replay "+name+" without blanks", []byte(joined))
		watched = watched || strings.Contains(lines, c.words.States[ledger.Paid].Word) && strings.Contains(lines, "zhao")
	}
	if !watched {
		t.Error("nobody has looked at the sales: nothing was proven")
	}
}
