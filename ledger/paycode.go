package ledger

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// PayCode is a customer code (付款码): a bearer credential that spends money for about a minute. It prints as its last
// four digits whatever verb, logger or encoder is used, and lives only in memory, no longer than its first send.
type PayCode struct {
	secret  func() []byte // a function, because fmt prints the data in a foreign struct's fields without asking
	scanned time.Time
}

// NewPayCode copies the digits, scanned at the given time; the caller may wipe its own copy.
func NewPayCode(digits []byte, scanned time.Time) PayCode {
	own := append([]byte(nil), digits...)
	return PayCode{func() []byte { return own }, scanned}
}

func (c PayCode) digits() []byte {
	if c.secret == nil {
		return nil
	}
	return c.secret()
}

// codeFresh is how old a code may be at its first send; an older one is thrown away unsent.
const codeFresh = 5 * time.Second

// Fresh tells whether the code may still be sent.
func (c PayCode) Fresh(now time.Time) bool { return now.Sub(c.scanned) <= codeFresh }

// Reveal gives the digits to the one caller that may have them: the connector that writes the request.
func (c PayCode) Reveal() string { return string(c.digits()) }

// Wipe overwrites the digits; every copy of this PayCode is empty afterwards.
func (c PayCode) Wipe() { clear(c.digits()) }

// Last4 is what may be shown and kept.
func (c PayCode) Last4() string {
	return lastFour(c.digits())
}

func lastFour(digits []byte) string {
	if len(digits) < 8 {
		return ""
	}
	return string(digits[len(digits)-4:])
}

func (c PayCode) String() string               { return "…" + c.Last4() }
func (c PayCode) GoString() string             { return c.String() }
func (c PayCode) Format(f fmt.State, _ rune)   { fmt.Fprint(f, c.String()) }
func (c PayCode) LogValue() slog.Value         { return slog.StringValue(c.String()) }
func (c PayCode) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
func (c PayCode) mark(key []byte) Mark         { return markOf(c.digits(), key) }
func markOf(digits, key []byte) (m Mark)       { copy(m[:], keyed(digits, key)); return m }
func keyed(digits, key []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(digits)
	return h.Sum(nil)
}

// Mark is 8 bytes of HMAC-SHA-256 over a customer code under the till's own key: enough to know the same code again,
// useless to anyone without the key.
type Mark [8]byte

// Scan is what came from a scanner or from the code key.
type Scan struct {
	Text    []byte
	AIM     string    // the AIM identifier that the scanner sent before it ("]C0": Code 128), or empty: evidence of the kind of barcode
	At      time.Time // when its last byte arrived
	Suspect bool      // ended by a gap, not by a terminator: may be half a code
	Agreed  bool      // the cashier pressed Enter on a suspect scan
}

// Wipe overwrites the scanned text.
func (s Scan) Wipe() { clear(s.Text) }

// String never shows the text; nor does any other way to print, log or encode a scan.
func (s Scan) String() string { return fmt.Sprintf("scan of %d bytes", len(s.Text)) }

func (s Scan) Format(f fmt.State, _ rune)   { fmt.Fprint(f, s.String()) }
func (s Scan) LogValue() slog.Value         { return slog.StringValue(s.String()) }
func (s Scan) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Looks says what a refused scan looks like, for the cashier's sentence.
type Looks string

// What a scanned text can look like. Each needs a phrase in every language.
const (
	LooksNothing   Looks = "nothing-known"
	LooksUnionPay  Looks = "unionpay-code"
	LooksECNY      Looks = "ecny-code"
	LooksOther     Looks = "other-wallet-code"
	LooksEMVCo     Looks = "emvco-code"
	LooksPayeeLink Looks = "payee-link"
	LooksProduct   Looks = "product-barcode"
	LooksIDCard    Looks = "id-card"
	LooksOrder     Looks = "order-number"
	LooksShort     Looks = "half-code"
	LooksText      Looks = "text"
	LooksRealCode  Looks = "real-phone-code"
	LooksWeb       Looks = "web-address"
	LooksGS1       Looks = "gs1-label"      // a logistics label: GS1-128, GS1 QR, GS1 DataMatrix
	LooksCarton    Looks = "carton-barcode" // ITF-14, on the box around products
	LooksCoupon    Looks = "shop-coupon"    // by the letters that the shop has named for its own
	LooksCard      Looks = "shop-card"
	LooksBadge     Looks = "staff-badge"
)

// AllLooks lists every kind, for tests that demand a phrase for each.
var AllLooks = []Looks{
	LooksNothing, LooksUnionPay, LooksECNY, LooksOther, LooksEMVCo, LooksPayeeLink, LooksProduct, LooksIDCard,
	LooksOrder, LooksShort, LooksText, LooksRealCode, LooksWeb, LooksGS1, LooksCarton, LooksCoupon, LooksCard, LooksBadge,
}

// CodeRule is one row of the classification table: digits only, a prefix, a length range, and where such a code goes.
// The prefix routes; it proves nothing.
type CodeRule struct {
	First   string  `toml:"first"`   // lowest prefix, inclusive
	Last    string  `toml:"last"`    // highest prefix, inclusive; same length as first
	Min     int     `toml:"min"`     // fewest digits
	Max     int     `toml:"max"`     // most digits
	Channel Channel `toml:"channel"` // alipay, wechat, unionpay; empty: known, but no channel of this till
	Looks   Looks   `toml:"-"`
}

// Check returns what is wrong with the row and what is allowed, or nil.
func (r CodeRule) Check() error {
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	switch {
	case !digits(r.First) || !digits(r.Last) || len(r.First) != len(r.Last) || r.First > r.Last:
		return fmt.Errorf("first = %q, last = %q: two prefixes of digits, equally long, first not above last", r.First, r.Last)
	case r.Min < 8 || r.Max > 64 || r.Min > r.Max:
		return fmt.Errorf("min = %d, max = %d: 8 to 64 digits, min not above max", r.Min, r.Max)
	case r.Channel != "" && r.Channel != Alipay && r.Channel != WeChat && r.Channel != UnionPay:
		return fmt.Errorf("channel = %q: allowed are alipay, wechat, unionpay, or empty", r.Channel)
	}
	return nil
}

func (r CodeRule) matches(digits string) bool {
	if len(digits) < max(r.Min, len(r.First)) || len(digits) > r.Max {
		return false
	}
	prefix := digits[:len(r.First)]
	return r.First <= prefix && prefix <= r.Last
}

// CodeTable routes scanned digits. The first matching row wins.
type CodeTable []CodeRule

// DefaultCodes is the documented table: WeChat Pay micropay (18 digits, 10 to 15; its server also takes 16), Alipay
// trade.pay auth_code (25 to 30, 16 to 24 digits), UnionPay (62, 19 digits), and shapes that are recognised only to be
// named: e-CNY (01, 19 digits), BestPay (51, 18 digits), JD (18, 18 digits).
func DefaultCodes() CodeTable {
	return CodeTable{
		{First: "10", Last: "16", Min: 18, Max: 18, Channel: WeChat},
		{First: "25", Last: "30", Min: 16, Max: 24, Channel: Alipay},
		{First: "62", Last: "62", Min: 19, Max: 19, Channel: UnionPay, Looks: LooksUnionPay},
		{First: "01", Last: "01", Min: 19, Max: 19, Looks: LooksECNY},
		{First: "51", Last: "51", Min: 18, Max: 18, Looks: LooksOther},
		{First: "18", Last: "18", Min: 18, Max: 18, Looks: LooksOther},
	}
}

// TrainingCodes accepts the simulator's own customer codes and nothing else; a real phone's code is refused by name.
func TrainingCodes(real CodeTable) CodeTable {
	table := CodeTable{
		{First: "1300000000", Last: "1300000000", Min: 18, Max: 18, Channel: WeChat},
		{First: "2800000000", Last: "2800000000", Min: 18, Max: 18, Channel: Alipay},
	}
	for _, rule := range real {
		switch {
		case rule.Channel == UnionPay:
			rule.Looks = LooksUnionPay // what the till cannot take at all is refused alike in every mode
		case rule.Looks == "":
			rule.Looks = LooksRealCode
		}
		rule.Channel = ""
		table = append(table, rule)
	}
	return table
}

// Classify routes a scanned text to a channel, or refuses it saying what it looks like. It is pure and never keeps the
// text. An AIM identifier in front (ISO/IEC 15424: "]", letter, modifier) is evidence of what was scanned.
func (t CodeTable) Classify(text []byte) (PayCode, Channel, error) {
	aim := aimPrefix.Find(text)
	return t.classify(string(aim), text[len(aim):])
}

// classify is Classify for a text whose AIM identifier was taken off; aim is empty where there was none. What was read off a
// product or a logistics label is that, whatever its digits: an EAN-13 with a supplement has 18.
func (t CodeTable) classify(aim string, text []byte) (PayCode, Channel, error) {
	code := strings.TrimSpace(string(text))
	if looks := looksOfAIM(aim, code); looks != "" {
		return PayCode{}, "", refuseLooks(looks)
	}
	if code == "" || strings.Trim(code, "0123456789") != "" {
		return PayCode{}, "", refuseLooks(looksOfText(code))
	}
	for _, rule := range t {
		if !rule.matches(code) {
			continue
		}
		if rule.Channel == "" {
			return PayCode{}, "", refuseLooks(rule.Looks)
		}
		return NewPayCode([]byte(code), time.Time{}), rule.Channel, nil
	}
	return PayCode{}, "", refuseLooks(looksOfDigits(code))
}

var aimPrefix = regexp.MustCompile(`^\][A-Za-z][0-9A-Za-z]`)

func refuseLooks(looks Looks) error {
	reason := ReasonCodeUnknown
	switch looks {
	case LooksRealCode:
		reason = ReasonCodeReal
	case LooksUnionPay:
		reason = ReasonNotSetUp
	}
	return &Refusal{Reason: reason, Looks: looks}
}

// looksOfAIM gives what an AIM identifier proves: EAN and UPC symbols (E) are on products, and the GS1 variants of Code 128 (C1),
// DataBar (e), QR (Q3), DataMatrix (d2) and DotCode (J1) on labels. The others may be customers' codes; empty.
func looksOfAIM(aim, code string) Looks {
	switch {
	case strings.HasPrefix(aim, "]E"):
		return LooksProduct
	case aim == "]C1" || aim == "]Q3" || aim == "]d2" || aim == "]J1" || strings.HasPrefix(aim, "]e"), strings.ContainsRune(code, fnc1):
		return LooksGS1
	}
	return ""
}

// fnc1 stands between the fields of a GS1 label; no customer's code has it.
const fnc1 = 0x1D

// payeePlaces begin what customers scan to pay: the codes that the wallets give to shops and people.
var payeePlaces = []string{
	"weixin://", "wxp://", "alipay://", "alipays://", "https://qr.alipay.com/", "https://qr.95516.com/", "https://payapp.weixin.qq.com/",
	"https://wx.tenpay.com/", "https://render.alipay.com/", "https://mobilecodec.alipay.com/", "https://qr.chinaums.com/",
}

func looksOfText(text string) Looks {
	lower := strings.ToLower(text)
	for _, place := range payeePlaces {
		if strings.HasPrefix(strings.Replace(lower, "http://", "https://", 1), place) {
			return LooksPayeeLink
		}
	}
	switch {
	case strings.HasPrefix(text, "(01)") || strings.HasPrefix(text, "(00)"): // as people write labels out
		return LooksGS1
	case strings.HasPrefix(text, "hQVDUFYwM"): // base64 of 85 05 "CPV01" (EMVCo customer-presented mode)
		return LooksEMVCo
	case strings.Contains(lower, "://") || strings.HasPrefix(lower, "www."):
		return LooksWeb
	case len(text) == 18 && strings.HasSuffix(lower, "x") && strings.Trim(text[:17], "0123456789") == "":
		return LooksIDCard
	case OrderNo(text).Valid():
		return LooksOrder
	case text == "":
		return LooksNothing
	}
	return LooksText
}

func looksOfDigits(digits string) Looks {
	switch n := len(digits); {
	case (n == 8 || n == 12 || n == 13) && gs1Check(digits): // EAN-8, UPC-A, EAN-13
		return LooksProduct
	case n == 14 && gs1Check(digits):
		return LooksCarton
	case n >= 16 && strings.HasPrefix(digits, "01") && gs1Check(digits[2:16]), // GTIN first, as on cartons
		n == 20 && strings.HasPrefix(digits, "00") && gs1Check(digits[2:]): // SSCC of a pallet
		return LooksGS1
	case n == 18 && idCardCheck(digits):
		return LooksIDCard
	case n >= 26:
		return LooksOrder
	case n < 16:
		return LooksShort
	}
	return LooksNothing
}

// OwnCodes are the beginnings of what the shop itself prints, each beginning with a letter so that it cannot be a customer's
// code. Capitals and small letters are the same: a keyboard may have its capitals locked.
type OwnCodes struct {
	Coupons, Cards []string
}

// named gives a refused text the shop's own name for it.
func (o OwnCodes) named(err error, text []byte) error {
	refusal, ok := err.(*Refusal)
	if !ok || refusal.Looks != LooksText {
		return err
	}
	begins := func(prefix string) bool {
		return prefix != "" && len(text) > len(prefix) && strings.EqualFold(string(text[:len(prefix)]), prefix)
	}
	switch {
	case slices.ContainsFunc(o.Coupons, begins):
		return refuseLooks(LooksCoupon)
	case slices.ContainsFunc(o.Cards, begins):
		return refuseLooks(LooksCard)
	}
	return err
}

// gs1Check is the modulo-10 check digit of EAN and UPC (GS1 General Specifications 7.9).
func gs1Check(digits string) bool {
	sum := 0
	for i := range len(digits) {
		weight := 1
		if (len(digits)-i)%2 == 0 {
			weight = 3
		}
		sum += weight * int(digits[i]-'0')
	}
	return sum%10 == 0
}

// idCardCheck tests a resident identity number: a birth date in it and its check character (GB 11643, ISO 7064 MOD 11-2).
func idCardCheck(digits string) bool {
	if _, err := time.Parse("20060102", digits[6:14]); err != nil {
		return false
	}
	sum := 0
	for _, d := range digits[:17] {
		sum = (sum + int(d-'0')) * 2 % 11
	}
	return (12-sum)%11 == int(digits[17]-'0')
}

// shortestCode is the length of the shortest customer code (Alipay, trade.pay, auth_code: 16 to 24 digits).
const shortestCode = 16

// digitRun is digits in a person's words that nothing stands between.
type digitRun struct {
	from, to int    // where they stand, in bytes
	digits   string // as 0 to 9, in whatever script they were written
	joined   bool   // no letter stands between the run before and this one
	close    bool   // nothing but blanks and dashes does
}

// digitRuns finds the digits in a text. An input method writes them full-width, and people set groups of them apart by all kinds of signs.
func digitRuns(text string) (runs []digitRun) {
	between := digitRun{}
	inside := false
	for at, r := range text {
		if d, ok := digitOf(r); ok {
			if !inside {
				between.from = at
				runs = append(runs, between)
			}
			run := &runs[len(runs)-1]
			run.digits, run.to = run.digits+string(d), at+utf8.RuneLen(r)
			inside, between = true, digitRun{joined: true, close: true}
			continue
		}
		inside = false
		between.joined = between.joined && !unicode.IsLetter(r)
		between.close = between.close && unicode.In(r, unicode.Zs, unicode.Pd)
	}
	return runs
}

// digitOf gives the decimal digit that a character is, full-width or in any script.
func digitOf(r rune) (digit rune, ok bool) {
	if r < utf8.RuneSelf {
		return r, r >= '0' && r <= '9'
	}
	for _, of := range unicode.Nd.R16 { // each is whole rows of ten, from zero (Unicode Standard 4.6)
		if rune(of.Lo) <= r && r <= rune(of.Hi) {
			return '0' + (r-rune(of.Lo))%10, true
		}
	}
	for _, of := range unicode.Nd.R32 {
		if rune(of.Lo) <= r && r <= rune(of.Hi) {
			return '0' + (r-rune(of.Lo))%10, true
		}
	}
	return 0, false
}

// longestCode is the length of the longest customer code (Alipay, trade.pay, auth_code).
const longestCode = 24

// codeAt gives how many runs, from the first one on, are a customer's code together: the most that are; 0: none. Where anything but
// blanks and dashes stands between them, as in sums, dates and telephone numbers, they are one only by the table's lengths and
// prefixes. long takes closer rows of any prefix for one as soon as they are as long.
func (t CodeTable) codeAt(runs []digitRun, long bool) (n int) {
	digits, close := "", true
	for i, run := range runs {
		if i > 0 && !run.joined {
			break
		}
		close = close && (i == 0 || run.close)
		if digits += run.digits; len(digits) > longestCode && !(long && close) {
			break
		}
		if long && close && len(digits) >= shortestCode || slices.ContainsFunc(t, func(rule CodeRule) bool { return rule.matches(digits) }) {
			n = i + 1
		}
	}
	return n
}

// Names reports whether a person's words hold what this table knows for a customer's code, whatever sets its digits apart.
func (t CodeTable) Names(words string) bool {
	runs := digitRuns(words)
	for i := range runs {
		if t.codeAt(runs[i:], false) > 0 {
			return true
		}
	}
	return false
}

// maskCodes leaves the last four digits of every row of digits that could be a customer's code: a scanner types where the cursor
// stands, and people key codes by hand.
func maskCodes(text string) string {
	var out strings.Builder
	runs, table, kept := digitRuns(text), DefaultCodes(), 0
	for from := 0; from < len(runs); from++ {
		to := from + table.codeAt(runs[from:], true)
		for i := from + 1; i < to; i++ { // another one may begin within
			to = max(to, i+table.codeAt(runs[i:], true))
		}
		if to == from {
			continue
		}
		digits := ""
		for _, run := range runs[from:to] {
			digits += run.digits
		}
		out.WriteString(text[kept:runs[from].from] + "…" + lastFour([]byte(digits)))
		from, kept = to-1, runs[to-1].to
	}
	return out.String() + text[kept:]
}
