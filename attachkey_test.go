package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guitai/ledger"
	"guitai/ui/remote"
)

// TestOwnName: the system's name fits, is printable, and is nobody's whom the shop has named.
func TestOwnName(t *testing.T) {
	for _, c := range []struct {
		name, taken, want string
	}{
		{"chen", "", "chen"},
		{"chen", "chen", "chen~1"},
		{"chen", "chen chen~1", "chen~2"},
		{"administrator", "", "administrato"},
		{"administrator", "administrato", "administra~1"},
		{"一二三四五六七八九十甲乙丙", "", "一二三四五六七八九十甲乙"},
		{"a\x1b[2J\xff", "", "a?[2J?"},
		{"abcdefghijk l", "", "abcdefghijk"},
		{"till", "", "user till"},
		{"0042", "", "user 0042"},
	} {
		got := ownName(c.name, strings.Fields(c.taken))
		if got != c.want {
			t.Errorf("%q beside %q is %q, not %q", c.name, c.taken, got, c.want)
		}
		if !ledger.MayVisit(got) {
			t.Errorf("%q would be let in by nobody", got)
		}
	}
}

// TestLetAttach: each start has a key of its own, in a file that its owner alone reads; without a socket there is none; two tills that
// share a folder of keys do not share this one.
func TestLetAttach(t *testing.T) {
	keys := &staffKeys{dir: filepath.Join(t.TempDir(), "staff")}
	off := remote.Config{Listen: []string{"127.0.0.1:2222"}}
	if err := keys.letAttach(&off, "a"); err != nil || len(off.Person) > 0 {
		t.Errorf("without a socket: %v %+v", err, off.Person)
	}
	one, two := remote.Config{Socket: true}, remote.Config{Socket: true}
	for _, cfg := range []*remote.Config{&one, &two} {
		if err := keys.letAttach(cfg, "a"); err != nil || cfg.Check() != nil || len(cfg.Person) != 1 {
			t.Fatalf("%v %v %+v", err, cfg.Check(), cfg.Person)
		}
	}
	p := one.Person[0]
	if p.Role != "support" || len(p.From) != 1 || p.From[0] != "socket" || p.Keys[0] == two.Person[0].Keys[0] {
		t.Errorf("%+v, then %+v", p, two.Person[0])
	}
	info, err := os.Stat(filepath.Join(keys.dir, attachKeyName("a")))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if attachKeyName("a") != attachKeyName("./a") || attachKeyName("a") == attachKeyName("b") {
		t.Error("the name of the file")
	}
}
