package hardware

import (
	"slices"
	"strings"
	"testing"

	"guitai/assets"
	"guitai/ledger"
)

func says(lang assets.Lang) map[string]string {
	says := map[string]string{}
	for _, clip := range assets.For(lang).Voice.Clips {
		says[clip.Name] = clip.Says
	}
	return says
}

func TestAmountsInChinese(t *testing.T) {
	text := says(assets.Zh)
	for fen, want := range map[int64]string{
		1: "零点零一元", 5: "零点零五元", 10: "零点一元", 20: "零点二元", 200: "两元", 250: "二点五元", 1000: "十元", 1200: "十二元",
		1250: "十二点五元", 1255: "十二点五五元", 2000: "二十元", 2200: "二十二元", 10500: "一百零五元", 11000: "一百一十元", 20000: "二百元",
		100100: "一千零一元", 101000: "一千零一十元", 110000: "一千一百元", 200200: "两千零二元", 222222: "两千二百二十二点二二元",
		1000000: "一万元", 2000000: "两万元", 2200000: "两万二千元", 1000100: "一万零一元", 1001000: "一万零一十元", 1050000: "一万零五百元",
		1100000: "一万一千元", 1200300: "一万二千零三元", 10000000: "十万元", 10050008: "十万零五百点零八元", 10500000: "十万五千元",
		12000000: "十二万元", 11000100: "十一万零一元", 100000000: "一百万元", 110000000: "一百一十万元", 101000000: "一百零一万元",
		200000000: "二百万元", ledger.MaxFen: "九百九十九万九千九百九十九点九九元",
	} {
		var b strings.Builder
		for _, word := range amountWords(assets.Zh, fen) {
			b.WriteString(text[word])
		}
		if b.String() != want {
			t.Errorf("%d fen reads %s, want %s", fen, b.String(), want)
		}
	}
}

func TestAmountsInEnglish(t *testing.T) {
	text := says(assets.En)
	for fen, want := range map[int64]string{
		1: "zero point zero one yuan", 200: "two yuan", 1000: "ten yuan", 1250: "twelve point five yuan", 2000: "twenty yuan", 2101: "twenty one point zero one yuan",
		11000: "one hundred ten yuan", 100100: "one thousand one yuan", 10050008: "one hundred thousand five hundred point zero eight yuan",
		100000000: "one million yuan", 110000000: "one million one hundred thousand yuan",
		ledger.MaxFen: "nine million nine hundred ninety nine thousand nine hundred ninety nine point nine nine yuan",
	} {
		var words []string
		for _, word := range amountWords(assets.En, fen) {
			words = append(words, text[word])
		}
		if got := strings.Join(words, " "); got != want {
			t.Errorf("%d fen reads %s, want %s", fen, got, want)
		}
	}
}

// heard turns clips back into an amount, by rules of its own: a listener's.
func heardFen(lang assets.Lang, words []string) (fen int64) {
	value := map[string]int64{"liang": 2}
	for _, clip := range assets.For(lang).Voice.Clips {
		var n int64
		for _, r := range clip.Name {
			n = n*10 + int64(r-'0')
		}
		if strings.Trim(clip.Name, "0123456789") == "" {
			value[clip.Name] = n
		}
	}
	var total, group, digit, scale int64
	for _, word := range words {
		n := value[word]
		switch {
		case word == "yuan":
		case word == "point":
			scale = 10
		case scale > 0:
			total, digit, group = total+(group+digit)*100+n*scale, 0, 0
			scale /= 10
		case n == 10_000 || n == 1000 && lang == assets.En || n == 1_000_000:
			total, group, digit = total+(group+digit)*n*100, 0, 0
		case n == 1000 || n == 100 || n == 10 && lang == assets.Zh:
			if digit == 0 {
				digit = 1
			}
			group, digit = group+digit*n, 0
		default:
			group, digit = group+digit, n
		}
	}
	return total + (group+digit)*100
}

func TestEveryAmountIsHeardAsItself(t *testing.T) {
	for _, lang := range assets.Langs {
		known := says(lang)
		for fen := int64(1); fen <= ledger.MaxFen; fen += 1 + fen/211 {
			words := amountWords(lang, fen)
			if got := heardFen(lang, words); got != fen {
				t.Fatalf("%s: %d is heard as %d: %v", lang, fen, got, words)
			}
			for _, word := range words {
				if known[word] == "" {
					t.Fatalf("%s: there is no clip %q", lang, word)
				}
			}
		}
		for _, fen := range []int64{0, -1, -1250, ledger.MaxFen + 1, 1 << 62} {
			if words := amountWords(lang, fen); words != nil {
				t.Errorf("%s: %d fen is spoken: %v", lang, fen, words)
			}
		}
	}
}

func TestAnnouncements(t *testing.T) {
	paid := Announcement{Kind: AnnouncePaid, Channel: ledger.WeChat, Fen: 1250, Tail: "0117"}
	with := func(change func(*Announcement)) Announcement { a := paid; change(&a); return a }
	for _, tc := range []struct {
		a      Announcement
		zh, en string
	}{
		{paid, "微信收款十二点五元尾号零幺幺七", "WeChat received twelve point five yuan number zero one one seven"},
		{with(func(a *Announcement) { a.Channel, a.Tail = ledger.Alipay, "" }), "支付宝收款十二点五元", "Alipay received twelve point five yuan"},
		{with(func(a *Announcement) { a.Channel = "" }), "收款十二点五元尾号零幺幺七", "received twelve point five yuan number zero one one seven"},
		{with(func(a *Announcement) { a.Training = true }), "训练，不是真钱微信收款十二点五元尾号零幺幺七", "Training, no real money. WeChat received twelve point five yuan number zero one one seven"},
		{with(func(a *Announcement) { a.Tail = "A-12" }), "微信收款十二点五元", "WeChat received twelve point five yuan"},
		{with(func(a *Announcement) { a.Channel = "../passwd" }), "", ""},
		{with(func(a *Announcement) { a.Fen = 0 }), "", ""},
		{with(func(a *Announcement) { a.Kind = AnnounceFailed }), "收款失败", "Payment failed."},
		{with(func(a *Announcement) { a.Kind = AnnounceUnknown }), "结果未知，正在查询，请不要交货", "Result unknown, the till is asking. Do not hand over."},
		{with(func(a *Announcement) { a.Kind = AnnounceRefunded }), "退款已完成", "Refund done."},
		{with(func(a *Announcement) { a.Kind = AnnounceRefused }), "这个码不能收款", "This code cannot pay."},
		{with(func(a *Announcement) { a.Kind = AnnounceAttention }), "请看屏幕", "Please look at the screen."},
		{with(func(a *Announcement) { a.Kind, a.Training = AnnounceFailed, true }), "训练，不是真钱收款失败", "Training, no real money. Payment failed."},
		{with(func(a *Announcement) { a.Kind = 0 }), "", ""},
		{with(func(a *Announcement) { a.Kind = 200 }), "", ""},
	} {
		var en []string
		zh := ""
		for _, word := range wordsOf(assets.Zh, tc.a) {
			zh += says(assets.Zh)[word]
		}
		for _, word := range wordsOf(assets.En, tc.a) {
			en = append(en, says(assets.En)[word])
		}
		if zh != tc.zh || strings.Join(en, " ") != tc.en {
			t.Errorf("%+v says %q, %q; want %q, %q", tc.a, zh, en, tc.zh, tc.en)
		}
	}
}

// TestOnlySuccessIsSpokenOf: no other outcome has an amount, a wallet or a tail, nor the word that money came.
func TestOnlySuccessIsSpokenOf(t *testing.T) {
	for kind := AnnounceFailed; kind <= announceTest; kind++ {
		for _, lang := range assets.Langs {
			words := wordsOf(lang, Announcement{Kind: kind, Channel: ledger.Alipay, Fen: 1250, Tail: "1234"})
			if len(words) != 1 || words[0] == "received" {
				t.Errorf("%s: kind %d says %v", lang, kind, words)
			}
		}
	}
}

// TestEveryClipIsUsed keeps a shop from recording what nobody will hear, and names from becoming paths.
func TestEveryClipIsUsed(t *testing.T) {
	for _, lang := range assets.Langs {
		used := map[string]bool{}
		hear := func(a Announcement) {
			for _, word := range wordsOf(lang, a) {
				used[word] = true
			}
		}
		for kind := AnnouncePaid; kind <= announceTest; kind++ {
			for _, channel := range ledger.Channels {
				hear(Announcement{Kind: kind, Channel: channel, Fen: 222_345_678, Tail: "0123456789", Training: true})
			}
		}
		for fen := int64(1); fen <= ledger.MaxFen; fen += 1 + fen/7 {
			hear(Announcement{Kind: AnnouncePaid, Fen: fen})
		}
		for n := range int64(100) {
			hear(Announcement{Kind: AnnouncePaid, Fen: n*100 + 1})
		}
		var names []string
		for _, clip := range assets.For(lang).Voice.Clips {
			names = append(names, clip.Name)
			if !used[clip.Name] || strings.Trim(clip.Name, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
				t.Errorf("%s: clip %q is never heard, or no file name", lang, clip.Name)
			}
		}
		slices.Sort(names)
		if len(slices.Compact(names)) != len(used) {
			t.Errorf("%s: %d clips, %d used", lang, len(names), len(used))
		}
	}
}
