package ui

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Keys are the keys a shop has chosen for itself: an action's own ones, separated by blanks, instead of those of the key
// table ("f4 s"). Empty leaves an action as it is. Digits, Enter, Backspace, Esc, Ctrl-C and Ctrl-L mean the same on
// every till.
type Keys struct {
	Help       string `toml:"help"`
	Alipay     string `toml:"alipay"`
	WeChat     string `toml:"wechat"`
	Stop       string `toml:"stop"`
	Code       string `toml:"code"`
	Zoom       string `toml:"zoom"`
	Drop       string `toml:"drop"`
	Aside      string `toml:"aside"`
	Practice   string `toml:"practice"`
	Day        string `toml:"day"`
	Refund     string `toml:"refund"`
	Exceptions string `toml:"exceptions"`
	Alerts     string `toml:"alerts"`
	Statements string `toml:"statements"`
	Devices    string `toml:"devices"`
	Mute       string `toml:"mute"`
	Print      string `toml:"print"`
	Shift      string `toml:"shift"`
	Test       string `toml:"test"`
	Cards      string `toml:"cards"`
	Drill      string `toml:"drill"`
	Up         string `toml:"up"`
	Down       string `toml:"down"`
	PageUp     string `toml:"pageup"`
	PageDown   string `toml:"pagedown"`
	DayBack    string `toml:"dayback"`
	DayOn      string `toml:"dayon"`
	Resolve    string `toml:"resolve"`
	ByHand     string `toml:"byhand"`
	GoTo       string `toml:"goto"`
	ByChannel  string `toml:"bychannel"`
	ByCashier  string `toml:"bycashier"`
	ByState    string `toml:"bystate"`
	Switch     string `toml:"switch"`
	Lock       string `toml:"lock"`
	Cash       string `toml:"cash"`
	Hold       string `toml:"hold"`
	Held       string `toml:"held"`
	Memo       string `toml:"memo"`
	Wrong      string `toml:"wrong"`
	KindBack   string `toml:"kindback"`
	KindOn     string `toml:"kindon"`
	Field      string `toml:"field"`
	Note10     string `toml:"note10"`
	Note20     string `toml:"note20"`
	Note50     string `toml:"note50"`
	Note100    string `toml:"note100"`
	Prove      string `toml:"prove"`
	Repeat     string `toml:"repeat"`
	Train      string `toml:"train"`
	Talk       string `toml:"talk"`
	ThrowOut   string `toml:"throwout"`
	OpenDoor   string `toml:"opendoor"`
	Yes        string `toml:"yes"`
	No         string `toml:"no"`
}

// chosen gives the keys of each action that has own ones, by its name in the key table.
func (k Keys) chosen() map[string][]string {
	keys := map[string][]string{}
	v := reflect.ValueOf(k)
	for i := range v.NumField() {
		if own := strings.Fields(strings.ToLower(v.Field(i).String())); len(own) > 0 {
			keys[v.Type().Field(i).Tag.Get("toml")] = own
		}
	}
	return keys
}

// table is the key table with the chosen keys. Where codes or words are typed only keys that are no characters count.
func (k Keys) table() keyTable {
	chosen := k.chosen()
	table := make(keyTable, 0, len(sellKeys))
	for _, b := range sellKeys {
		own, ok := chosen[b.name]
		if !ok {
			table = append(table, b)
			continue
		}
		typing := b
		typing.at, typing.keys = b.at&atTyping, slices.DeleteFunc(slices.Clone(own), isChar)
		b.at, b.keys = b.at&^atTyping, own
		for _, b := range []binding{b, typing} {
			if b.at != 0 && len(b.keys) > 0 {
				table = append(table, b)
			}
		}
	}
	return table
}

// Check returns a sentence for every choice that cannot be, joined, each beginning with the action's name; or nil.
func (k Keys) Check() error {
	var all []error
	table := k.table()
	for name, own := range k.chosen() {
		setting := fmt.Sprintf("%s = %q", name, strings.Join(own, " "))
		for i, key := range own {
			if why := unfit(key); why != "" {
				all = append(all, fmt.Errorf("%s: %s %s", setting, key, why))
			} else if slices.Contains(own[:i], key) {
				all = append(all, fmt.Errorf("%s: %s stands there twice", setting, key))
			} else if other := table.other(name, key); other != "" {
				all = append(all, fmt.Errorf("%s: %s is a key of %s already", setting, key, other))
			}
		}
		if name == nameThrowOut {
			if !slices.ContainsFunc(own, func(key string) bool { return !isChar(key) }) {
				all = append(all, fmt.Errorf("%s: one of its keys has to be no character: it has to work where words are typed", setting))
			}
		} else if table.atSale(name) && !slices.ContainsFunc(own, isChar) && !slices.ContainsFunc(own, func(key string) bool { return unfit(key) != "" }) {
			all = append(all, fmt.Errorf("%s: one of its keys has to be a character: some terminals swallow the others, and line mode has no others", setting))
		}
	}
	slices.SortFunc(all, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) }) // a map has no order
	return errors.Join(all...)
}

// other is another action that has the key at a place where the named one has it; empty when there is none.
func (t keyTable) other(name, key string) string {
	for _, mine := range t {
		if mine.name != name || !slices.Contains(mine.keys, key) {
			continue
		}
		for _, b := range t {
			if b.name != name && b.at&mine.at != 0 && slices.Contains(b.keys, key) {
				return b.name
			}
		}
	}
	return ""
}

// atSale reports whether an action belongs to the sale, and so to line mode.
func (t keyTable) atSale(name string) bool {
	return slices.ContainsFunc(t, func(b binding) bool { return b.name == name && b.at&atSale != 0 })
}

// nameThrowOut is the action that line mode has a word for, and that has to work at any place.
const nameThrowOut = "throwout"

func isChar(key string) bool { return len(key) == 1 }

// namedKeys are the keys with a name that every terminal sends alike, beside F1 to F12. Tab is not among them: scanners
// that type may end a code with it.
var namedKeys = strings.Fields("up down left right home end insert delete pgup pgdown")

// unfit says why a key cannot be chosen; empty when it can.
func unfit(key string) string {
	letter, ctrl := strings.CutPrefix(key, "ctrl+")
	var number int
	switch {
	case slices.Contains(namedKeys, key):
		return ""
	case isChar(key) && (key[0] >= '0' && key[0] <= '9' || key == "."):
		return "belongs to the amount"
	case key == wordQR || wordsYes[key]:
		return "is a word of line mode"
	case isChar(key) && key > " " && key <= "~":
		return ""
	case ctrl && len(letter) == 1 && strings.Contains("hijlm", letter) || key == "ctrl+c":
		return "means the same on every screen of the till, or is another key to a terminal"
	case ctrl && len(letter) == 1 && letter >= "a" && letter <= "z":
		return ""
	}
	if n, err := fmt.Sscanf(key, "f%d", &number); n == 1 && err == nil && number >= 1 && number <= 12 && key == fmt.Sprintf("f%d", number) {
		return ""
	}
	return "is no key the till knows; allowed are f1 to f12, one character such as s or +, ctrl+a to ctrl+z, " + strings.Join(namedKeys, ", ")
}
