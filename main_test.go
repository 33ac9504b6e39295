package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"guitai/sync/sandbox"
)

// mayImport is the house plan's drawing as a table: which of our own packages each package may know. The three sides
// (ui, hardware, sync) know the domain and never one another; main alone introduces them.
var mayImport = map[string][]string{
	"ledger":            {},
	"ledger/disk":       {"ledger"},
	"ledger/ledgertest": {"ledger"},
	"assets":            {"ledger"},
	"ui":                {"ledger", "assets"},
	"ui/console":        {"ledger", "ledger/disk", "assets"},
	"ui/remote":         {"ledger"},
	"hardware":          {"ledger", "assets"},
	"hardware/hwtest":   {},
	"sync/channel":      {"ledger"},
	"sync/alipay":       {"ledger", "sync/channel"},
	"sync/wechatpay":    {"ledger", "sync/channel"},
	"sync/channeltest":  {"ledger", "sync/channel", "sync/sandbox"},
	"sync/notice":       {"ledger", "sync/channel"},
	"sync/sandbox":      {},
	"sync/statement":    {"ledger", "sync/channel"},
	"sync/outbox":       {"ledger", "sync/channel"},
	"":                  nil, // main sees everything
}

// domainImports is what the domain may take from outside the standard library.
const domainImports = "golang.org/x/crypto/"

type listedPackage struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listedPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "guitai"), "/")
		allowed, planned := mayImport[name]
		if !planned {
			t.Errorf("package %q has no place in the plan: draw its arrows in mayImport first", name)
			continue
		}
		for _, imported := range p.Imports {
			own, isOwn := strings.CutPrefix(imported, "guitai/")
			switch {
			case name == "":
			case isOwn && !contains(allowed, own):
				t.Errorf("%s imports %s: the sides never meet; let main.go introduce them, or move what both need into ledger", name, own)
			case name == "ledger" && !isOwn && strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") && !strings.HasPrefix(imported, domainImports):
				t.Errorf("the domain imports %s: it knows the standard library and x/crypto only, so that it outlives every adapter", imported)
			}
		}
	}
}

func contains(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}

// TestPlanOfFolders: two levels of folders, none of the names that hide what is inside, no Go file directly in sync/.
func TestPlanOfFolders(t *testing.T) {
	err := filepath.WalkDir(".", func(file string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() && (base == "testdata" || strings.HasPrefix(base, ".") && file != ".") {
			return filepath.SkipDir
		}
		switch {
		case entry.IsDir() && contains([]string{"internal", "pkg", "util", "utils", "common", "models", "helpers"}, base):
			t.Errorf("%s: this name says nothing; put the code where it is used", file)
		case strings.Count(file, string(filepath.Separator)) > 1 && entry.IsDir():
			t.Errorf("%s: two levels of folders, never three", file)
		case filepath.Dir(file) == "sync" && strings.HasSuffix(base, ".go"):
			t.Errorf("%s: sync holds only sub-packages, so that no package hides the standard library's", file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestReadmeShowsTheMagicAmounts: the table a trainee reads is the one the simulator follows.
func TestReadmeShowsTheMagicAmounts(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range sandbox.Behaviours {
		digits := fmt.Sprintf("%02d", b.Number)
		if b.Number == 0 {
			digits = "other"
		}
		if row := fmt.Sprintf("| %s | %s |\n", digits, b.En); !strings.Contains(string(readme), row) {
			t.Errorf("README.md lacks the row %s", row)
		}
	}
}

// TestCommandLine: what is asked for comes on stdout with exit code 0; what is wrong comes on stderr with 2, as it was
// written, and with the usage.
func TestCommandLine(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	for _, tt := range []struct {
		args     string
		code     int
		out, err string
	}{
		{"version", 0, "guitai " + version, ""},
		{"--version", 0, "guitai " + version, ""},
		{"-version", 0, "guitai " + version, ""},
		{"--lang en --version", 0, "guitai " + version, ""},
		{"help", 0, usage, ""},
		{"-h", 0, usage, ""},
		{"--help", 0, usage, ""},
		{"--training --help", 0, usage, ""},
		{"display --help", 0, usage, ""},
		{"verify --help", 0, "guitai verify [--json]", ""},
		{"exceptions --help", 0, "guitai exceptions [--json]", ""},
		{"statement --help", 0, "guitai statement fetch", ""},
		{"statement", 2, "", "it takes fetch, import, match or show\nguitai statement fetch"},
		{"day -h", 0, "guitai day [--date", ""},
		{"sandbox --help", 0, "guitai sandbox --listen", ""},
		{"config --help", 0, "guitai config example", ""},
		{"--bogus", 2, "", "guitai: there is no flag --bogus\n\n" + usage},
		{"-bogus=1", 2, "", "guitai: there is no flag -bogus\n"},
		{"---training", 2, "", "guitai: there is no flag ---training\n"},
		{"--training=maybe", 2, "", "guitai: --training=maybe: it takes no such value\n"},
		{"--serial", 2, "", "guitai: --serial needs a value"},
		{"--lang fr", 2, "", "--lang: lang = \"fr\""},
		{"display --bogus", 2, "", "guitai display: there is no flag --bogus\n\n" + usage},
		{"verify --bogus", 2, "", "guitai verify: there is no flag --bogus\nguitai verify [--json]"},
		{"day --json=maybe", 2, "", "guitai day: --json=maybe: it takes no such value\n"},
		{"sandbox --bogus", 2, "", "there is no flag \"--bogus\""},
		{"config", 2, "", "guitai config example"},
		{"sell", 2, "", "guitai: there is no command \"sell\"\n\n" + usage},
	} {
		var out, err strings.Builder
		code := run(strings.Fields(tt.args), &out, &err)
		if code != tt.code || !strings.HasPrefix(out.String(), tt.out) || (tt.out == "") != (out.Len() == 0) ||
			!strings.Contains(err.String(), tt.err) || (tt.err == "") != (err.Len() == 0) {
			t.Errorf("guitai %s: exit %d\nstdout %q\nstderr %q", tt.args, code, out.String(), err.String())
		}
	}
}
