package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRing: whoever is named hears the till and the text; one way is enough; what went wrong is said without what may be secret.
func TestRing(t *testing.T) {
	const secret = "T0P-SECRET"
	status := http.StatusOK
	var heard map[string]string
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard = nil
		if err := json.NewDecoder(r.Body).Decode(&heard); err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v: %v", r.Method, r.Header, err)
		}
		w.Header().Set("Location", "/elsewhere/"+secret)
		w.WriteHeader(status)
	}))
	defer hook.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	note := filepath.Join(t.TempDir(), "note")
	good, bad := hook.URL+"/"+secret, gone.URL+"/"+secret
	writes, fails := []string{"sh", "-c", `cat > "$0"`, note}, []string{"sh", "-c", "exit 3", secret}
	for _, c := range []struct {
		name   string
		cfg    SupportConfig
		status int
		says   string // of the error; empty: there is none
	}{
		{"a webhook", SupportConfig{Webhook: good}, 204, ""},
		{"a webhook that refuses", SupportConfig{Webhook: good}, 500, "the webhook: it answers 500"},
		{"a webhook that sends elsewhere", SupportConfig{Webhook: good}, 307, "the webhook: it answers 307"},
		{"a webhook that is away", SupportConfig{Webhook: bad}, 200, "the webhook: "},
		{"a command", SupportConfig{Command: writes}, 200, ""},
		{"a command that fails", SupportConfig{Command: fails}, 200, "the command: exit status 3"},
		{"a command that is away", SupportConfig{Command: []string{"/nowhere/" + secret}}, 200, "the command: no such file"},
		{"a command that is unknown", SupportConfig{Command: []string{"guitai-" + secret}}, 200, "the command: executable file not found"},
		{"one of both", SupportConfig{Webhook: bad, Command: writes}, 200, ""},
		{"none of both", SupportConfig{Webhook: bad, Command: fails}, 200, "the command: exit status 3"},
		{"nobody", SupportConfig{}, 200, errNoRing.Error()},
	} {
		heard, status = nil, c.status
		_ = os.Remove(note)
		err := c.cfg.ring(t.Context(), "T1", "the scanner is silent")
		if c.says == "" {
			kept, _ := os.ReadFile(note)
			if err != nil || heard["till"]+" "+heard["text"] != "T1 the scanner is silent" && string(kept) != "the scanner is silent\n" {
				t.Errorf("%s: %v; heard %v, kept %q", c.name, err, heard, kept)
			}
		} else if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestRingWaysDoNotWait: a webhook that hangs keeps nobody from the command.
func TestRingWaysDoNotWait(t *testing.T) {
	note := filepath.Join(t.TempDir(), "note")
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for r.Context().Err() == nil { // until the command has run
			if _, err := os.Stat(note); err == nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}))
	defer hook.Close()
	c := SupportConfig{Webhook: hook.URL, Command: []string{"sh", "-c", `cat > "$0"`, note}}
	err := c.ring(t.Context(), "T1", "help")
	if text, readErr := os.ReadFile(note); err != nil || string(text) != "help\n" {
		t.Errorf("%v; %q, %v", err, text, readErr)
	}
}

// TestRingIsChecked: only an encrypted line leaves the machine, and the address is never repeated.
func TestRingIsChecked(t *testing.T) {
	for address, good := range map[string]bool{
		"https://hooks.example.com/T0P": true, "http://127.0.0.1:8080/T0P": true, "http://localhost/T0P": true, "http://[::1]:80/T0P": true,
		"http://hooks.example.com/T0P": false, "ftp://hooks.example.com/T0P": false, "hooks.example.com/T0P": false, "https:///T0P": false, ":T0P": false,
	} {
		_, err := loadConfig(writeConfig(t, "[support]\nwebhook = \""+address+"\"\n"))
		if (err == nil) != good || err != nil && (strings.Contains(err.Error(), "T0P") || !strings.Contains(err.Error(), "[support] webhook")) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
