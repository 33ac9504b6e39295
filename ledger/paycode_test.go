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

// TestCodesInWordsAreMasked, in whatever way a person sets their digits apart; sums, dates and telephone numbers are not.
func TestCodesInWordsAreMasked(t *testing.T) {
	for text, want := range map[string]string{
		"134623789012345678": "…5678", "１３４６２３７８９０１２３４５６７８": "…5678", "٠٠134623789012345678": "…5678", "𝟏𝟑𝟒623789012345678": "…5678",
		"134 623-789 012 345 678": "…5678", "134.623.789.012.345.678": "…5678", "134/623/789/012/345/678": "…5678", "134_623_789_012_345_678": "…5678",
		"134\u00a0623\u00a0789\u00a0012\u00a0345\u00a0678": "…5678", "134\u200b623\u202e789,012、345：678": "…5678",
		"给5个：134.623.789.012.345.678。": "给5个：…5678。", "5, 134.623.789.012.345.678, 7": "5, …5678, 7", "a 2812 3456 7890 1234 b 12.50": "a …1234 b 12.50",
		"9912345678901234": "…1234", "99 1234-5678 9012 34": "…1234",
		"2.812.345.678.901.234 6.212.345.678.901.234.567": "…4567", // where one ends and the next begins is not told
	} {
		if got := maskCodes(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{
		"", "12.50", "¥1,234.50 和 ¥9,999,999.99", "2026-11-28 10:15:30", "13800138000", "13800138000/13912345678", "(010) 6552-9988, 138 0013 8000",
		"10.00 12.50 13.00 25.00 5.00", "一共3件，每件12.50元，2026年11月28日", "134623789 und 012345678", "99.123.456.789.012.345", "x² + 4",
	} {
		if got := maskCodes(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestWordsNameCodes: a table knows its own codes in a person's words, and nothing else.
func TestWordsNameCodes(t *testing.T) {
	table := DefaultCodes()
	for _, words := range []string{"134623789012345678", "他的码 １３４.６２３.７８９.０１２.３４５.６７８", "28 1234 5678 9012 34", "01_12345678901234567"} {
		if !table.Names(words) || (CodeTable{}).Names(words) {
			t.Errorf("%q", words)
		}
	}
	for _, words := range []string{"", "12.50", "99 1234 5678 9012 34", "1346237890123456789", "134623789a012345678"} {
		if table.Names(words) {
			t.Errorf("%q", words)
		}
	}
}
