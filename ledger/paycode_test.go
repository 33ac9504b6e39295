package ledger

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestCodeTableEdges: each range of the documented table at its first and last prefix and length, and one beyond.
func TestCodeTableEdges(t *testing.T) {
	table := DefaultCodes()
	code := func(prefix string, length int) string { return prefix + strings.Repeat("7", length-len(prefix)) }
	for _, tt := range []struct {
		prefix  string
		length  int
		channel Channel
		looks   Looks
	}{
		{"10", 18, WeChat, ""}, {"16", 18, WeChat, ""}, {"09", 18, "", LooksNothing}, {"17", 18, "", LooksNothing}, {"13", 17, "", LooksNothing}, {"13", 19, "", LooksNothing},
		{"25", 16, Alipay, ""}, {"30", 24, Alipay, ""}, {"24", 16, "", LooksNothing}, {"31", 16, "", LooksNothing}, {"28", 15, "", LooksShort}, {"28", 25, "", LooksNothing}, {"28", 26, "", LooksOrder},
		{"62", 19, UnionPay, ""}, {"62", 18, "", LooksNothing}, {"62", 20, "", LooksNothing}, {"01", 19, "", LooksECNY}, {"51", 18, "", LooksOther}, {"18", 18, "", LooksOther},
	} {
		text := code(tt.prefix, tt.length)
		got, channel, err := table.Classify([]byte(text))
		refusal, _ := err.(*Refusal)
		switch {
		case tt.channel != "" && (err != nil || channel != tt.channel || got.Reveal() != text):
			t.Errorf("%s: %s, %v", text, channel, err)
		case tt.channel == "" && (refusal == nil || refusal.Reason != ReasonCodeUnknown || refusal.Looks != tt.looks || got.Reveal() != "" || channel != ""):
			t.Errorf("%s: %s, %v, want %s", text, channel, err, tt.looks)
		}
		if err != nil && strings.Contains(err.Error(), text[:8]) {
			t.Errorf("the refusal repeats the scan: %v", err)
		}
	}
}

// TestTrainingTable takes the simulator's codes alone; what a real phone shows is refused by that name, the rest by its own.
func TestTrainingTable(t *testing.T) {
	training := TrainingCodes(DefaultCodes())
	for text, want := range map[string]Refusal{
		"130000000012345678": {}, "280000000012345678": {},
		"130000000112345678":       {Reason: ReasonCodeReal, Looks: LooksRealCode},
		"101234567890123456":       {Reason: ReasonCodeReal, Looks: LooksRealCode},
		"2800000000123456":         {Reason: ReasonCodeReal, Looks: LooksRealCode},
		"301234567890123456789012": {Reason: ReasonCodeReal, Looks: LooksRealCode},
		"6212345678901234567":      {Reason: ReasonNotSetUp, Looks: LooksUnionPay},
		"0112345678901234567":      {Reason: ReasonCodeUnknown, Looks: LooksECNY},
		"6901234567892":            {Reason: ReasonCodeUnknown, Looks: LooksProduct},
	} {
		_, channel, err := training.Classify([]byte(text))
		refusal, _ := err.(*Refusal)
		if want.Reason == "" && (err != nil || channel == "") || want.Reason != "" && (refusal == nil || *refusal != want) {
			t.Errorf("%s: %s, %v, want %+v", text, channel, err, want)
		}
	}
}

// TestCodeRulesAreChecked one fault at a time; the tables that come with the program have none.
func TestCodeRulesAreChecked(t *testing.T) {
	for _, rule := range append(DefaultCodes(), TrainingCodes(DefaultCodes())...) {
		if err := rule.Check(); err != nil {
			t.Errorf("%+v: %v", rule, err)
		}
	}
	for name, change := range map[string]func(*CodeRule){
		"no first": func(r *CodeRule) { r.First = "" }, "no last": func(r *CodeRule) { r.Last = "" }, "letters": func(r *CodeRule) { r.First = "1a" },
		"two lengths": func(r *CodeRule) { r.Last = "150" }, "first above last": func(r *CodeRule) { r.First = "16" }, "too short": func(r *CodeRule) { r.Min = 7 },
		"too long": func(r *CodeRule) { r.Max = 65 }, "min above max": func(r *CodeRule) { r.Min = 19 }, "no such channel": func(r *CodeRule) { r.Channel = "cash" },
	} {
		rule := CodeRule{First: "10", Last: "15", Min: 18, Max: 18, Channel: WeChat}
		change(&rule)
		if rule.Check() == nil {
			t.Errorf("%s: %+v passes", name, rule)
		}
	}
}

// TestWipeReachesEveryCopy, and the caller's buffer is its own.
func TestWipeReachesEveryCopy(t *testing.T) {
	buffer := []byte(wechatCode)
	code := NewPayCode(buffer, time.Now())
	other := code
	clear(buffer)
	if code.Reveal() != wechatCode {
		t.Fatal("the code shares the scanner's buffer")
	}
	code.Wipe()
	if strings.Trim(other.Reveal(), "\x00") != "" || strings.Trim(other.Last4(), "\x00") != "" {
		t.Errorf("a copy survives: %q", other.Reveal())
	}
	PayCode{}.Wipe()
}

// TestMarksNeedTheKey: the same code has the same mark under one key, and another under another.
func TestMarksNeedTheKey(t *testing.T) {
	code, other := NewPayCode([]byte(wechatCode), time.Time{}), NewPayCode([]byte(alipayCode), time.Time{})
	again, key := NewPayCode([]byte(wechatCode), time.Now()), []byte("0123456789abcdef")
	if code.mark(key) != again.mark(key) || code.mark(key) == other.mark(key) || code.mark(key) == code.mark([]byte("another key")) || code.mark(key) == (Mark{}) {
		t.Error("marks do not tell codes apart, or do without the key")
	}
}

func TestFreshForFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		code := NewPayCode([]byte(wechatCode), time.Now())
		time.Sleep(5 * time.Second)
		if !code.Fresh(time.Now()) {
			t.Error("too old at five seconds")
		}
		time.Sleep(time.Nanosecond)
		if code.Fresh(time.Now()) {
			t.Error("fresh after five seconds")
		}
	})
}
