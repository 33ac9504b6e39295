package main

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/sync/alipay"
	"guitai/sync/wechatpay"
	"guitai/ui/console"
)

// toldSettings are the settings whose text may be in a bundle: their own words, and one device's name.
var toldSettings = []string{"mode", "till.name", "till.time_zone", "sale.settle", "staff.second_person", "staff.totp", "statements.at", "screen.lang", "screen.theme", "screen.bell",
	"scanner.serial", "scanner.terminator", "printer.to", "printer.charset", "pole.kind"}

// TestOnlyNamedSettingsAreTold: every text of a configuration is marked; no mark but those of the named settings comes through. A new
// setting is told only when somebody has thought about it.
func TestOnlyNamedSettingsAreTold(t *testing.T) {
	cfg := Config{Alipay: &alipay.Config{}, WechatPay: &wechatpay.Config{}}
	marks := map[string]string{}
	mark(reflect.ValueOf(&cfg).Elem(), "", marks)
	if len(marks) < 50 {
		t.Fatalf("only %d texts were marked", len(marks))
	}
	text, err := json.Marshal(toTell(&cfg))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for mark, setting := range marks {
		if bytes.Contains(text, []byte(mark)) {
			found = append(found, setting)
		}
	}
	slices.Sort(found)
	want := slices.Sorted(slices.Values(toldSettings))
	if !slices.Equal(found, want) {
		t.Errorf("told are %q\nwant %q", found, want)
	}
}

// mark gives every text below a value a mark of its own.
func mark(v reflect.Value, key string, marks map[string]string) {
	switch v.Kind() {
	case reflect.Pointer:
		mark(v.Elem(), key, marks)
	case reflect.String:
		m := fmt.Sprintf("m%dm", len(marks))
		marks[m] = strings.TrimPrefix(key, ".")
		v.SetString(m)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		mark(v.Index(0), key, marks)
	case reflect.Struct:
		for i := range v.NumField() {
			if tag := v.Type().Field(i).Tag.Get("toml"); tag != "" && tag != "-" {
				mark(v.Field(i), key+"."+tag, marks)
			}
		}
	}
}

// unsealed opens a bundle.
func unsealed(t *testing.T, path string, identity age.Identity) map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := age.Decrypt(file, identity)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for packed := tar.NewReader(plain); ; {
		header, err := packed.Next()
		if errors.Is(err, io.EOF) {
			return parts
		}
		content, readErr := io.ReadAll(packed)
		if err := errors.Join(err, readErr); err != nil {
			t.Fatal(err)
		}
		parts[header.Name] = string(content)
	}
}

// TestBundleBesideATill: the real program makes one while its till is open, and when it is closed.
func TestBundleBesideATill(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	s := newSurgery(t, "shop = \"Shop 287654321098765432\"\n[support]\nrecipient = \""+identity.Recipient().String()+"\"\n")
	till := s.command("--plain")
	in, err := till.StdinPipe()
	if err == nil {
		till.Stdout = io.Discard
		err = till.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if survey := console.LookAt(s.dir); survey.Head.Seq > 0 && survey.Fault == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the till does not open")
		}
	}
	for _, open := range []bool{true, false} {
		if !open {
			in.Close() // it leaves with its input
			_ = till.Wait()
		}
		to := filepath.Join(filepath.Dir(s.config), fmt.Sprint("bundle", open))
		if out, err := s.command("bundle", "--to", to).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		parts := unsealed(t, to, identity)
		for name, want := range map[string]string{"till.json": fmt.Sprintf(`"open": %v`, open), "ledger.json": fmt.Sprintf(`"closed_in_order": %v`, !open),
			"config.json": `"till": "T9"`, "log.json": "the till opens", "doctor.json": `"data folder"`, "board.json": `"known": false`, "MANIFEST": "crash.json"} {
			if !strings.Contains(parts[name], want) {
				t.Errorf("open %v: %s lacks %s:\n%s", open, name, want, parts[name])
			}
		}
		if all := fmt.Sprint(parts); strings.Contains(all, "287654321098765432") || strings.Contains(all, "Shop") {
			t.Errorf("the shop's name is in it")
		}
	}
	out, errs, code := program(t, "bundle", "--config", s.config, "--data-dir", s.dir, "--to", filepath.Join(filepath.Dir(s.config), "bundletrue"))
	if code != 2 || out != "" || !strings.Contains(errs, "file exists") {
		t.Errorf("over an earlier one: exit %d, %q %q", code, out, errs)
	}
}

// TestBundleOfTheOpenTill: one that the till makes itself has its board.
func TestBundleOfTheOpenTill(t *testing.T) {
	t.Parallel()
	s := newSurgery(t, "")
	board := ledger.NewBoard()
	board.Post(func(v *ledger.BoardView) {
		v.Links[ledger.Alipay] = ledger.Link{State: ledger.LinkSlow, Latency: 900 * time.Millisecond}
	})
	var out, errs bytes.Buffer
	code := console.Bundle(t.Context(), []string{"--plain", "--config", s.config, "--data-dir", s.dir}, bundleOf(board), &out, &errs)
	if code != 0 || !strings.Contains(out.String(), `"latency_ms": 900`) || !strings.Contains(out.String(), `"known": true`) {
		t.Errorf("exit %d: %s%s", code, out.String(), errs.String())
	}
}

// TestSupportRecipientIsChecked: with its line, and never with what may be a secret key.
func TestSupportRecipientIsChecked(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"age1nobody", identity.String()} {
		_, err := loadConfig(writeConfig(t, "[support]\nrecipient = \""+text+"\"\n"))
		if err == nil || !strings.Contains(err.Error(), ":2: [support] recipient") || strings.Contains(err.Error(), text) {
			t.Errorf("%v", err)
		}
	}
	if _, err := loadConfig(writeConfig(t, "[support]\nrecipient = \""+identity.Recipient().String()+"\"\n")); err != nil {
		t.Error(err)
	}
}

// TestReachAsksNothing: a channel's gateway is reached by TCP and TLS, and no request comes there.
func TestReachAsksNothing(t *testing.T) {
	asked := false
	serve := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true })
	plain, sealed := httptest.NewServer(serve), httptest.NewTLSServer(serve)
	if r := reach(t.Context(), plain.URL+"/gateway.do"); r.Err != nil || r.TLS || r.Host != "127.0.0.1" {
		t.Errorf("%+v", r)
	}
	for name, address := range map[string]string{"a stranger's certificate": sealed.URL, "no TLS": strings.Replace(plain.URL, "http:", "https:", 1)} {
		if state, says, _ := console.ReachCheck(reach(t.Context(), address)); state != "no-tls" {
			t.Errorf("%s: %s, %s", name, state, says)
		}
	}
	plain.Close()
	sealed.Close()
	if state, says, _ := console.ReachCheck(reach(t.Context(), plain.URL)); state != "unreachable" {
		t.Errorf("nobody there: %s, %s", state, says)
	}
	if _, err := net.LookupHost("nowhere.invalid"); err != nil {
		if state, says, _ := console.ReachCheck(reach(t.Context(), "https://nowhere.invalid")); state != "no-name" {
			t.Errorf("no such name: %s, %s", state, says)
		}
	}
	if asked {
		t.Error("something was asked")
	}
}

// TestDoctorReadsTheFolder: open key files, an old backup, and a ledger whose till was killed, with the real program.
func TestDoctorReadsTheFolder(t *testing.T) {
	t.Parallel()
	s := newSurgery(t, "[ledger]\nbackup = \"{backup}\"\n")
	backup := filepath.Join(filepath.Dir(s.config), "stick")
	text, err := os.ReadFile(s.config)
	if err == nil {
		err = os.WriteFile(s.config, bytes.ReplaceAll(text, []byte("{backup}"), []byte(backup)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	store, err := disk.Open(s.dir, disk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	wantsFound(t, s.finds(1), [3]string{"ledger", "ready", "0 events"}, [3]string{"backup", "absent", "plug the device in"}, [3]string{"keys", "ready", "for their owner alone"})
	secret := make([]byte, 32)
	rand.Read(secret)
	for _, err := range []error{os.MkdirAll(backup, 0o700), os.MkdirAll(s.dir+".staff", 0o700), os.WriteFile(filepath.Join(s.dir+".staff", "pepper.key"), secret, 0o644),
		os.Remove(filepath.Join(s.dir, "ledger.clean"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	found := s.finds(1)
	wantsFound(t, found, [3]string{"keys", "open", "pepper.key (0644)"}, [3]string{"backup", "ready", "so is the ledger"},
		[3]string{"ledger", "untidy", "did not end in order"})
}
