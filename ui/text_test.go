package ui

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// probes are foreign strings and what may be shown of them.
var probes = []struct {
	name, in, want string
}{
	// What has to pass.
	{"english", "Insufficient balance (code 101).", "Insufficient balance (code 101)."},
	{"chinese", "余额不足，请换卡支付。", "余额不足，请换卡支付。"},
	{"quotes and dash", "“付款码”—已过期…", "“付款码”—已过期…"},
	{"currency", "¥12.50 ￥12.50 € 3 + 4 = 7", "¥12.50 ￥12.50 € 3 + 4 = 7"},
	{"accents", "Café Zoë Nguyễn", "Café Zoë Nguyễn"},
	{"rare han", "\U00020BB7野家 㐀 \U0002A6A5", "\U00020BB7野家 㐀 \U0002A6A5"},
	{"kana and hangul", "アリペイ 알리페이", "アリペイ 알리페이"},
	{"prose symbols", "20℃ 25° № 7 ㈱ © ®", "20℃ 25° № 7 ㈱ © ®"},
	{"replacement character", "a�b", "a�b"},
	{"composed", "e\u0301", "é"},
	{"four marks stay", "x\u0323\u0324\u0325\u0326", "x\u0323\u0324\u0325\u0326"},

	// Escape sequences and controls.
	{"clear screen", "\x1b[2J\x1b[Hpaid", "^[[2J^[[Hpaid"},
	{"colour", "\x1b[32m已收款\x1b[m", "^[[32m已收款^[[m"},
	{"title", "\x1b]0;owned\x07", "^[]0;owned^G"},
	{"clipboard", "\x1b]52;c;cm0=\x1b\\", "^[]52;c;cm0=^[\\"},
	{"hyperlink", "\x1b]8;;http://a\x1b\\x", "^[]8;;http://a^[\\x"},
	{"device control", "\x1bP1$r\x1b\\", "^[P1$r^[\\"},
	{"answerback", "\x05", "^E"},
	{"c1 csi", "\u009b2J", "�2J"},
	{"c1 osc", "\u009d0;x\u009c", "�0;x�"},
	{"c1 next line", "a\u0085b", "a�b"},
	{"raw c1 byte", "\x9b2J", "�2J"},
	{"nul", "a\x00b", "a^@b"},
	{"delete", "a\x7fb", "a^?b"},
	{"backspace overwrite", "12.50\b\b\b\b\b0.01", "12.50^H^H^H^H^H0.01"},
	{"return overwrite", "未付款\r已收款", "未付款^M已收款"},
	{"new lines", "a\r\nb\nc", "a^M^Jb^Jc"},
	{"tabs", "a\tb\vc\fd", "a^Ib^Kc^Ld"},
	{"shift out and in", "\x0elqk\x0f", "^Nlqk^O"},
	{"bell and cancel", "\x07\x18\x1a", "^G^X^Z"},

	// Encoding.
	{"invalid bytes", "a\xff\xfe\xc0\x80b", "a�b"},
	{"cut character", "支付\xe5\xae", "支付�"},
	{"lone surrogate", "a\xed\xa0\x80b", "a�b"},
	{"overlong escape", "\xc0\x9b[2J", "�[2J"},
	{"above the last plane", "\xf4\x90\x80\x80", "�"},

	// Direction.
	{"rlo", "a\u202e05.21\u202cb", "a�05.21�b"},
	{"lre rle lro", "\u202aa\u202bb\u202dc", "�a�b�c"},
	{"isolates", "\u2066a\u2067b\u2068c\u2069", "�a�b�c�"},
	{"direction marks", "a\u200eb\u200fc\u061cd", "a�b�c�d"},
	{"hebrew", "אב 12.50", "� 12.50"},
	{"arabic letters and digits", "م ٣", "� �"},

	// Invisible signs.
	{"zero width", "pa\u200bid\u200c\u200d\u2060x", "pa�id�x"},
	{"byte order mark", "\ufeffpaid", "�paid"},
	{"soft hyphen", "pa\u00adid", "pa�id"},
	{"tag characters", "a\U000e0041\U000e0042\U000e007fb", "a�b"},
	{"language tag", "\U000e0001x", "�x"},
	{"line and paragraph separator", "a\u2028b\u2029c", "a�b�c"},
	{"invisible times", "1\u20622", "1�2"},
	{"hangul fillers", "a\u3164b\u115fc\u1160d\uffa0e", "a�b�c�d�e"},
	{"braille blank", "a\u2800b", "a�b"},
	{"grapheme joiner", "a\u034fb", "a�b"},
	{"khmer inherent vowel", "a\u17b4b", "a�b"},
	{"interlinear annotation", "\ufff9a\ufffab\ufffb", "�a�b�"},
	{"object replacement", "a\ufffcb", "a�b"},
	{"variation selectors", "a\ufe0f\U000e0100b", "ab"},
	{"mongolian separator", "a\u180e\u180bb", "a�b"},
	{"musical format", "\U0001d173x", "�x"},

	// Not characters.
	{"private use", "a\ue000\U000f0000\U0010fffdb", "a�b"},
	{"unassigned", "a\u0378\u05ffb", "a�b"},
	{"noncharacters", "a\ufdd0\ufffe\U0001ffffb", "a�b"},

	// Marks.
	{"zalgo", "x" + strings.Repeat("\u0323", 40) + "y", "x" + strings.Repeat("\u0323", 4) + "y"},
	{"mark on nothing", "\u0301a", "�a"},
	{"mark on a blank", "a \u0301b", "a �b"},
	{"mark on a blank after four", "x\u0323\u0323\u0323\u0323 \u0323", "x\u0323\u0323\u0323\u0323 �"},
	{"mark on a caret", "\x1b\u0301", "^[�"},
	{"enclosing mark", "1\u20e3", "1�"},
	{"spacing mark", "क\u093e", "क�"},

	// Width games and imitation.
	{"emoji", "支付成功\U0001f44d", "支付成功�"},
	{"emoji family", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "�"},
	{"flag", "\U0001f1e8\U0001f1f3", "�"},
	{"skin tone", "a\U0001f3fb", "a�"},
	{"keycap", "1\ufe0f\u20e3", "1�"},
	{"check mark", "✔ 已收款", "� 已收款"},
	{"frame", "│ PAID │ ┌──┐", "� PAID � �"},
	{"blocks", "█▀▄", "�"},
	{"loose jamo", "\u1100\u1100\u1161\u11a8", "\u1100�"},
	{"many blanks", "  a   b\u00a0\u3000\u2003 c  ", "a b c"},
	{"only blanks", " \u3000 ", ""},
	{"ogham blank", "a\u1680b", "a b"},
	{"empty", "", ""},
}

func TestCleanProbes(t *testing.T) {
	for _, p := range probes {
		if got := clean(p.in, 80); got != p.want {
			t.Errorf("%s: clean(%q) = %q, want %q", p.name, p.in, got, p.want)
		}
	}
}

func TestCleanCuts(t *testing.T) {
	for _, tc := range []struct {
		in    string
		cells int
		want  string
	}{
		{"abcdef", 6, "abcdef"},
		{"abcdef", 5, "abcd…"},
		{"abcdef", 1, "…"},
		{"abcdef", 0, ""},
		{"abcdef", -3, ""},
		{"余额不足", 8, "余额不足"},
		{"余额不足", 7, "余额不…"},
		{"余额不足", 6, "余额…"},
		{"余额不足", 2, "…"},
		{"x\u0323\u0324q\u0323\u0324c\u0323", 2, "x\u0323\u0324…"}, // x and its marks stay together
		{"ab\x1b[2J", 4, "ab^…"},
		{"a" + strings.Repeat("\u0323", 1<<20) + "bcd", 20, "ạ" + strings.Repeat("\u0323", 4) + "…"},
		{strings.Repeat("支", 1<<20), 7, "支支支…"},
		{strings.Repeat("\xff", 1<<20), 7, "�…"},
		{"abc", math.MaxInt, "abc"},
	} {
		if got := clean(tc.in, tc.cells); got != tc.want {
			t.Errorf("clean(%.40q, %d) = %q, want %q", tc.in, tc.cells, got, tc.want)
		}
	}
}

func TestCleanCode(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"T20261125-0001/a_b", "T20261125-0001/a_b"},
		{"  13  45 ", "  13  45 "},
		{"1345\r", "1345^M"},
		{"\x1b[31mA", "^[[31mA"},
		{"А1", "�1"}, // Cyrillic
		{"１２３4", "�4"},
		{"支付宝", "�"},
		{"1\u200b2", "1�2"},
		{"e\u0301", "e�"},
		{"\xff\x80x", "�x"},
	} {
		if got := cleanCode(tc.in, 40); got != tc.want {
			t.Errorf("cleanCode(%q) = %q, want %q", tc.in, got, tc.want)
		}
	}
	if got := cleanCode("1234567890", 5); got != "1234…" {
		t.Errorf("cut to %q", got)
	}
}

// checkShown checks what holds for every result, with tables of its own.
func checkShown(t *testing.T, in, got string, maxCells int) {
	t.Helper()
	if w := ansi.StringWidth(got); w > max(maxCells, 0) {
		t.Fatalf("clean(%q, %d) = %q takes %d cells", in, maxCells, got, w)
	}
	if !utf8.ValidString(got) {
		t.Fatalf("clean(%q) = %q is not UTF-8", in, got)
	}
	if ansi.Strip(got) != got {
		t.Fatalf("clean(%q) = %q holds an escape sequence", in, got)
	}
	sum, marks := 0, 0
	for _, r := range got {
		if !unicode.IsGraphic(r) || unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Join_Control,
			unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Hebrew, unicode.Arabic) ||
			unicode.Is(unicode.Zs, r) && r != ' ' {
			t.Fatalf("clean(%q) = %q passes %U", in, got, r)
		}
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
			sum += ansi.StringWidth(string(r))
		}
		if marks > maxMarks {
			t.Fatalf("clean(%q) = %q stacks %d marks", in, got, marks)
		}
	}
	// Terminals measure by character or by grapheme; both must agree.
	if w := ansi.StringWidth(got); w != sum || w != ansi.StringWidthWc(got) {
		t.Fatalf("clean(%q) = %q takes %d cells as graphemes, %d as characters, %d by wcwidth", in, got, w, sum, ansi.StringWidthWc(got))
	}
}

func checkClean(t *testing.T, in string, maxCells int) {
	t.Helper()
	got := clean(in, maxCells)
	checkShown(t, in, got, maxCells)
	if again := clean(got, maxCells); again != got {
		t.Fatalf("clean(%q, %d) = %q, cleaned again %q", in, maxCells, got, again)
	}
	if strings.Contains(got, "  ") || strings.TrimSpace(got) != got {
		t.Fatalf("clean(%q, %d) = %q keeps blanks", in, maxCells, got)
	}
	code := cleanCode(in, maxCells)
	checkShown(t, in, code, maxCells)
	for _, r := range code {
		if r >= utf8.RuneSelf && r != unicode.ReplacementChar && string(r) != ellipsis {
			t.Fatalf("cleanCode(%q) = %q passes %U", in, code, r)
		}
	}
}

// TestCleanEveryRune takes each code point alone, after a letter, after a Han
// character, doubled, and before a mark; of the big uniform blocks only samples.
func TestCleanEveryRune(t *testing.T) {
	shown := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if uniform := r >= 0x20000 && r < 0xE0000 || r >= 0xE1000; r%61 != 0 &&
			(uniform || unicode.In(r, unicode.Han, unicode.Hangul, unicode.Co)) && !unicode.Is(unicode.So, r) {
			continue
		}
		s := string(r)
		in := s + "a" + s + "支" + s + s + "\u0301"
		got := clean(in, 80)
		checkShown(t, in, got, 80)
		if strings.Contains(got, s) {
			shown++
		}
	}
	if shown < 20_000 {
		t.Errorf("only %d characters pass", shown)
	}
}

// TestCleanMixtures glues pieces of the probes and random characters together.
func TestCleanMixtures(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		var b strings.Builder
		for range rng.IntN(8) {
			switch rng.IntN(3) {
			case 0:
				runes := []rune(probes[rng.IntN(len(probes))].in)
				if len(runes) > 0 {
					at := rng.IntN(len(runes))
					b.WriteString(string(runes[at:min(len(runes), at+3)]))
				}
			case 1:
				b.WriteRune(rng.Int32N(0x3000))
			default:
				b.WriteByte(byte(rng.IntN(256)))
			}
		}
		checkClean(t, b.String(), rng.IntN(14)-1)
	}
}

func FuzzClean(f *testing.F) {
	for _, p := range probes {
		f.Add(p.in, 80)
		f.Add(p.in, 3)
	}
	f.Fuzz(func(t *testing.T, s string, maxCells int) {
		checkClean(t, s, maxCells%200)
	})
}

func BenchmarkClean(b *testing.B) {
	for b.Loop() {
		clean("余额不足，请换卡支付。Insufficient balance (code 101).", 60)
	}
}
