package ui

import (
	"reflect"
	"strings"
	"testing"

	"guitai/assets"
	"guitai/ledger"
)

func TestOwnKeysAreChecked(t *testing.T) {
	for _, tc := range []struct {
		keys Keys
		want string // of the error; empty: none
	}{
		{Keys{}, ""},
		{Keys{Stop: "insert +", Zoom: "ctrl+z Z"}, ""},
		{Keys{Alipay: "w", WeChat: "a"}, ""}, // they change places
		{Keys{Up: "s", Down: "x"}, ""},       // elsewhere they mean something else
		{Keys{Help: "?"}, ""},
		{Keys{Stop: "f2 s"}, `stop = "f2 s": f2 is a key of alipay already`},
		{Keys{Stop: "t", Code: "t"}, `stop = "t": t is a key of code already`},
		{Keys{Stop: "s s"}, `stop = "s s": s stands there twice`},
		{Keys{Up: "home"}, ""}, // line mode has no lists
		{Keys{Stop: "f4"}, "one of its keys has to be a character"},
		{Keys{ThrowOut: "ctrl+k"}, ""}, // line mode has a word for it
		{Keys{ThrowOut: "# ctrl+k"}, ""},
		{Keys{ThrowOut: "#"}, "one of its keys has to be no character"},
		{Keys{Day: "5"}, "5 belongs to the amount"},
		{Keys{Day: "."}, ". belongs to the amount"},
		{Keys{Day: "y"}, "y is a word of line mode"},
		{Keys{Day: "q"}, "q is a word of line mode"},
		{Keys{Day: "ctrl+c d"}, "ctrl+c means the same"},
		{Keys{Day: "ctrl+l d"}, "ctrl+l means the same"},
		{Keys{Day: "enter d"}, "enter is no key the till knows"},
		{Keys{Day: "f13 d"}, "f13 is no key the till knows"},
		{Keys{Day: "f02 d"}, "f02 is no key the till knows"},
		{Keys{Day: "alt+d d"}, "alt+d is no key the till knows"},
		{Keys{Day: "tab d"}, "tab is no key the till knows"}, // it ends a scan
		{Keys{Day: "日 d"}, "日 is no key the till knows"},
	} {
		err := tc.keys.Check()
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%+v: %v; %q is wanted", tc.keys, err, tc.want)
		}
		if err := tc.keys.table().check(); tc.want == "" && err != nil {
			t.Errorf("%+v: %v", tc.keys, err)
		}
	}
}

// TestEveryActionCanHaveOwnKeys: each setting names a row of the table, and each row has a setting, or is fixed.
func TestEveryActionCanHaveOwnKeys(t *testing.T) {
	rows := map[string]bool{"digits": true, "enter": true, "back": true, "esc": true, "repaint": true, "leave": true}
	for setting := range reflect.TypeFor[Keys]().Fields() {
		rows[setting.Tag.Get("toml")] = true
	}
	for _, b := range sellKeys {
		if !rows[b.name] {
			t.Errorf("%s has no setting", b.name)
		}
	}
	for name := range rows {
		found := false
		for _, b := range sellKeys {
			found = found || b.name == name
		}
		if !found {
			t.Errorf("%s is no row of the table", name)
		}
	}
}

func TestATillWithOwnKeys(t *testing.T) {
	withRobot(t, Config{Keys: Keys{Stop: "+ insert", Alipay: "ctrl+a a", Help: "= f1"}}, func(r *robot) {
		r.key("8", "enter", "a")
		r.asked(ledger.RequestOrder)
		r.answered(ledger.RequestOrder, ledger.ClassShown, nil)
		r.sees("+ stop", "Ctrl-A Alipay QR", "= help")
		r.key("s", "f4")
		if r.last().State != ledger.Waiting {
			t.Fatal("a key that was taken away still stops")
		}
		r.key("+")
		if r.last().State == ledger.Waiting {
			t.Fatal("the shop's own key does not stop")
		}
	})
	a := newApp(t.Context(), Config{Lang: assets.En, Keys: Keys{Help: "~ ctrl+o", ThrowOut: "# ctrl+k"}}, Options{
		Book: drawnApp(t, assets.En, true, 80, 24).book, Getenv: func(string) string { return "" },
	}, terminal{})
	if do := a.keys.find(atCode, "~"); do != 0 {
		t.Error("a character is a command where codes are typed")
	}
	if a.keys.find(atTalk, "#") != 0 || a.keys.find(atTalk, "ctrl+k") != actThrowOut || a.keys.find(atSale, "#") != actThrowOut {
		t.Error("words that are typed throw out, or no key does")
	}
	if a.keys.find(atCode, "ctrl+o") != actHelp || a.keys.find(atSale, "~") != actHelp || a.keys.find(atSale, "f1") != 0 {
		t.Error("the help's own keys")
	}
}
