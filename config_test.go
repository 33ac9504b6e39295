package main

import (
	"bufio"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"guitai/assets"
)

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "guitai.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestExampleIsTheDefault: what the example shows is what a till without a file does.
func TestExampleIsTheDefault(t *testing.T) {
	cfg, err := loadConfig(writeConfig(t, assets.ConfigExample))
	if err != nil {
		t.Fatal(err)
	}
	if want := defaultConfig(); !reflect.DeepEqual(cfg, want) {
		t.Errorf("the example gives\n%+v\nthe default is\n%+v", cfg, want)
	}
}

// TestExampleShowsEverySetting: a setting that is not in the example is one that nobody finds.
func TestExampleShowsEverySetting(t *testing.T) {
	shown := map[string]bool{}
	table := ""
	header, entry := regexp.MustCompile(`^#?\[\[?([a-z_]+)\]`), regexp.MustCompile(`^#?([a-z0-9_]+) *=`)
	for lines := bufio.NewScanner(strings.NewReader(assets.ConfigExample)); lines.Scan(); {
		if m := header.FindStringSubmatch(lines.Text()); m != nil {
			table = m[1] + "."
		} else if m := entry.FindStringSubmatch(lines.Text()); m != nil {
			shown[table+m[1]] = true
		}
	}
	for _, key := range settings(reflect.TypeFor[Config](), "") {
		if !shown[key] {
			t.Errorf("%s is not in the example", key)
		}
		delete(shown, key)
	}
	for key := range shown {
		t.Errorf("the example shows %s, which is no setting", key)
	}
}

// settings lists the dotted keys of a configuration type.
func settings(typ reflect.Type, prefix string) []string {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct {
		return []string{strings.TrimSuffix(prefix, ".")}
	}
	var keys []string
	for i := range typ.NumField() {
		if tag := typ.Field(i).Tag.Get("toml"); tag != "" && tag != "-" {
			keys = append(keys, settings(typ.Field(i).Type, prefix+tag+".")...)
		}
	}
	return keys
}

func TestWrongEntriesAreNamedWithTheirLine(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"mode", "mode = \"live\"\n", ":1: mode = \"live\": allowed are training, sandbox, production"},
		{"unknown key", "mode = \"training\"\n\n[till]\ncolour = 1\n", ":4: till.colour is not a setting"},
		{"wrong type", "mode = \"training\"\n[sale]\nquiet_ms = \"soon\"\n", ":3: quiet_ms has a value of the wrong kind"},
		{"syntax", "mode = \n", ":1:"},
		{"till name", "[till]\nname = \"toolong\"\n", ":2: name = \"toolong\": one to four"},
		{"zone", "[till]\ntime_zone = \"Mars\"\n", ":2: time_zone"},
		{"settle", "[sale]\n\nsettle = \"auto\"\n", ":3: settle = \"auto\": allowed are enter, quiet"},
		{"lang", "[screen]\nlang = \"fr\"\n", ":2: screen: lang = \"fr\""},
		{"baud", "[scanner]\nbaud = 7\n", ":2: scanner: baud = 7"},
		{"code row", "[[codes]]\nfirst = \"x\"\nlast = \"30\"\nmin = 16\nmax = 24\n", "codes: first = \"x\""},
		{"no channel", "mode = \"production\"\n", ":1: mode = \"production\" needs a channel"},
		{"plain http", "mode = \"production\"\n[alipay]\ngateway_url = \"http://127.0.0.1/gateway.do\"\n", ":3: alipay: gateway_url"},
		{"a missing setting", "mode = \"sandbox\"\n[alipay]\ngateway_url = \"http://127.0.0.1/gateway.do\"\n", ":2: alipay: seller_id is missing"},
		{"channels in training", "mode = \"training\"\n[alipay]\n", ":2: [alipay]: training brings its own simulator"},
		{"the first of two code rows", "[[codes]]\nfirst = \"x\"\n\n[[codes]]\nfirst = \"25\"\nlast = \"30\"\nmin = 16\nmax = 24\nchannel = \"alipay\"\n", ":1: codes: first = \"x\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := writeConfig(t, tt.text)
			_, err := loadConfig(path)
			if err == nil || !strings.Contains(err.Error(), path+tt.want) && !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, wanted %s%s", err, path, tt.want)
			}
			if !strings.Contains(err.Error(), path+":") {
				t.Errorf("no file and line in %v", err)
			}
		})
	}
}

// TestEveryWrongEntryHasItsLine: all of them in one run, each on a line of its own, and no error that another one causes.
func TestEveryWrongEntryHasItsLine(t *testing.T) {
	path := writeConfig(t, "mode = \"live\"\n[till]\nname = \"toolong\"\n[sale]\nsettle = \"auto\"\nquiet_ms = 1\n")
	_, err := loadConfig(path)
	if err == nil {
		t.Fatal("taken")
	}
	var lines []string
	for _, line := range strings.Split(err.Error(), "\n") {
		lines = append(lines, strings.TrimPrefix(line, path)[:3])
	}
	if got := strings.Join(lines, " "); got != ":1: :3: :5: :6:" {
		t.Errorf("lines %s in\n%v", got, err)
	}
}

func TestEveryModeHasItsOwnFolder(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "/data")
	seen := map[string]bool{}
	for _, mode := range []string{modeTraining, modeSandbox, modeProduction} {
		cfg := Config{Mode: mode}
		dir, err := cfg.dataDir()
		if err != nil || seen[dir] {
			t.Errorf("%s: %s, %v", mode, dir, err)
		}
		seen[dir] = true
	}
}
