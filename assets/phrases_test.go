package assets

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"guitai/ledger"
)

var placeholder = regexp.MustCompile(`\{[a-z0-9]*\}`)

// visit walks every string of a value, with a path that is the same in every language.
func visit(path string, v reflect.Value, each func(path, text string)) {
	switch v.Kind() {
	case reflect.String:
		each(path, v.String())
	case reflect.Struct:
		for i := range v.NumField() {
			visit(path+"."+v.Type().Field(i).Name, v.Field(i), each)
		}
	case reflect.Slice:
		for i := range v.Len() {
			visit(path+".#", v.Index(i), each)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			visit(path+"."+strings.TrimSpace(reflect.ValueOf(key.Interface()).String()+nameOf(key)), v.MapIndex(key), each)
		}
	default:
		panic(path + ": a phrase is a string")
	}
}

func nameOf(key reflect.Value) string {
	if key.CanUint() {
		return string(rune('A' + key.Uint()))
	}
	return key.String()
}

func textsOf(lang Lang) map[string]string {
	texts := map[string]string{}
	visit(string("P"), reflect.ValueOf(*For(lang)), func(path, text string) { texts[path] += text })
	return texts
}

func TestEveryPhraseIsThereInBothLanguages(t *testing.T) {
	chinese, english := textsOf(Zh), textsOf(En)
	if len(chinese) < 200 {
		t.Fatalf("only %d phrases were walked", len(chinese))
	}
	for path, text := range chinese {
		other, ok := english[path]
		if !ok {
			t.Errorf("%s has no English", path)
		}
		if (text == "" || other == "") && !strings.Contains(path, ".Notes.") && !strings.Contains(path, "P.Statement.Doing.") && !strings.Contains(path, "P.Statement.Trouble.") {
			t.Errorf("%s is empty: %q, %q", path, text, other)
		}
		if a, b := places(text), places(other); !slices.Equal(a, b) {
			t.Errorf("%s names %v in Chinese and %v in English", path, a, b)
		}
	}
	for path := range english {
		if _, ok := chinese[path]; !ok {
			t.Errorf("%s has no Chinese", path)
		}
	}
}

func places(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestEveryWordOfTheLedgerHasAPhrase(t *testing.T) {
	for _, lang := range Langs {
		p := For(lang)
		for _, reason := range ledger.Reasons {
			if s := p.Reasons[reason]; s.Says == "" || s.Next == "" {
				t.Errorf("%s: reason %s has no sentence or no next key", lang, reason)
			}
		}
		for _, looks := range ledger.AllLooks {
			if p.Looks[looks] == "" {
				t.Errorf("%s: no phrase for looks %s", lang, looks)
			}
		}
		for state := ledger.Intent; state.String() != "?"; state++ {
			if ended := state > ledger.Waiting; (p.Heads[state] != "") != ended || p.Heads[state] == p.ToPay {
				t.Errorf("%s: state %s is headed %q", lang, state, p.Heads[state])
			}
			if o := p.States[state]; o.Word == "" || o.Short == "" || o.Says == "" || o.Next == "" {
				t.Errorf("%s: state %s is incomplete: %+v", lang, state, o)
			}
		}
		for truth := ledger.TruthAsked; truth <= ledger.TruthImported; truth++ {
			if p.Truths[truth] == "" {
				t.Errorf("%s: no word for truth level %s", lang, truth)
			}
		}
		for _, kind := range ledger.TenderKinds {
			if p.Tender.Kinds[kind] == "" {
				t.Errorf("%s: no name for %s", lang, kind)
			}
		}
		for _, channel := range ledger.Channels {
			if p.Channels[channel] == "" {
				t.Errorf("%s: no name for %s", lang, channel)
			}
		}
		for note := ledger.NoteStale; note <= ledger.NoteStatementMany; note++ {
			if p.Notes[note] == "" {
				t.Errorf("%s: no phrase for note %d", lang, note)
			}
		}
		for note := ledger.NoteUnverified; note <= ledger.NoteOtherApp; note++ { // a "paid" that was not believed
			if p.Doubted[note] == "" {
				t.Errorf("%s: no sentence for the doubt %d", lang, note)
			}
		}
		for why := ledger.StopCashier; why <= ledger.StopOtherWay; why++ {
			if p.StopWhys[why] == "" {
				t.Errorf("%s: no phrase for stop reason %d", lang, why)
			}
		}
		for state := ledger.RefundOwed; state.String() != "?"; state++ {
			if o := p.Refund.States[state]; o.Word == "" || o.Short == "" || o.Says == "" || o.Next == "" {
				t.Errorf("%s: refund state %s is incomplete: %+v", lang, state, o)
			}
		}
		for cause := ledger.CausePerson; cause <= ledger.CauseSecond; cause++ {
			if p.Refund.Causes[cause] == "" {
				t.Errorf("%s: no phrase for refund cause %d", lang, cause)
			}
		}
		for note := ledger.NoteUnverified; note <= ledger.NoteStatementMany; note++ { // silent ones are never listed
			silent := note == ledger.NoteCodeStale || note == ledger.NoteRestart || note == ledger.NoteFasterThanCancel
			if listed := p.Exception.Wrong[note] != "" && p.Exception.Steps[note] != ""; listed == silent {
				t.Errorf("%s: exception %d is said: %v", lang, note, listed)
			}
		}
		for request := ledger.RequestPay; request <= ledger.RequestRefundQuery; request++ {
			if p.DoingNow[request] == "" || p.DoingNext[request] == "" {
				t.Errorf("%s: no phrase for request %d", lang, request)
			}
		}
		for _, link := range []ledger.LinkState{ledger.LinkStarting, ledger.LinkUp, ledger.LinkSlow, ledger.LinkDown} {
			if p.Links[link] == "" {
				t.Errorf("%s: no word for link %s", lang, link)
			}
		}
		for _, device := range []ledger.DeviceState{ledger.DeviceOff, ledger.DeviceReady, ledger.DeviceAbsent,
			ledger.DeviceNoAccess, ledger.DeviceBusy, ledger.DeviceNoise} {
			if p.Scanners[device] == "" {
				t.Errorf("%s: no phrase for device %s", lang, device)
			}
		}
	}
}

func TestRefusalWithoutAScreen(t *testing.T) {
	for _, lang := range Langs {
		p := For(lang)
		for _, reason := range ledger.Reasons {
			line := p.Refusal(fmt.Errorf("opening: %w", ledger.Refuse(reason)))
			if !strings.HasPrefix(line, p.Reasons[reason].Says) || !strings.Contains(line, "["+string(reason)+"]") || strings.Contains(line, "{") {
				t.Errorf("%s: %s reads %q", lang, reason, line)
			}
		}
		if got := p.Refusal(errors.New("plain")); got != "plain" {
			t.Errorf("an ordinary error reads %q", got)
		}
	}
	if For("fr") != For(En) || For(Zh) == For(En) {
		t.Error("an unknown language does not read English")
	}
}

func TestFill(t *testing.T) {
	if got := Fill("a {b} c {d}{b}", "b", "1", "d", "{b}"); got != "a 1 c {b}1" {
		t.Errorf("got %q", got)
	}
}

func TestChannelCodes(t *testing.T) {
	for _, tc := range []struct {
		code, zh string
	}{
		{"ACQ.BUYER_BALANCE_NOT_ENOUGH", "余额不足"}, {"AQC.SYSTEM_ERROR", "繁忙"}, {"aop.ACQ.SYSTEM_ERROR", "繁忙"},
		{"NOTENOUGH", "余额不足"}, {"NOT_ENOUGH", "余额不足"}, {"AuthCodeExpire", "刷新"}, {"AUTH_CODE_INVALID", "刷新"},
		{"ACQ.PAYMENT_REQUEST_HAS_RISK", "风险"}, {"SIGN_ERROR", "配置"}, {"USERPAYING", "密码"}, {ledger.FaultNoConnection, "线路"},
		{"ACQ.BEYOND_PAY_RESTRICTION", "限额"},
	} {
		text, ok := CodeSays(Zh, tc.code)
		if !ok || !strings.Contains(text, tc.zh) {
			t.Errorf("%s: %q %v, want %q in it", tc.code, text, ok, tc.zh)
		}
		if text, ok := CodeSays(En, tc.code); !ok || strings.ContainsFunc(text, func(r rune) bool { return r > 0x2FF }) {
			t.Errorf("%s in English: %q", tc.code, text)
		}
	}
	for _, code := range []string{"", "ACQ.", "NO_SUCH_CODE", "1"} {
		if text, ok := CodeSays(En, code); ok {
			t.Errorf("%q: %q from nowhere", code, text)
		}
	}
}

func TestNoCodeStandsInTwoGroups(t *testing.T) {
	seen := map[string]string{}
	for _, group := range codeGroups {
		for _, code := range strings.Fields(group.codes) {
			if code != normal(code) {
				t.Errorf("%s is not written normalised", code)
			}
			if first, twice := seen[code]; twice {
				t.Errorf("%s: %q and %q", code, first, group.en)
			}
			seen[code] = group.en
		}
	}
}

// TestEveryFaultHasAPhrase: what the till itself says about a line is said in the cashier's language.
func TestEveryFaultHasAPhrase(t *testing.T) {
	for _, fault := range ledger.Faults {
		for _, lang := range Langs {
			if _, ok := CodeSays(lang, fault); !ok {
				t.Errorf("%s has no phrase in %s", fault, lang)
			}
		}
	}
}
