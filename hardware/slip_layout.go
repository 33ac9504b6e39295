package hardware

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"guitai/assets"
	"guitai/ledger"
)

// This file lays a slip out in lines as wide as the paper; it is pure.

// slipLine is one thing on the paper: text, or a code, or a blank.
type slipLine struct {
	text      string
	at        slipAlign
	bold, big bool // big: twice as wide and twice as high
	code      slipCode
}

type slipCode uint8

const (
	noCode slipCode = iota
	qrCode
	barcode
)

// typeface is what a printer can print.
type typeface struct {
	columns int
	ascii   bool
	words   *assets.Phrases
}

// bytes is a slip as the printer's commands, in parts between which a drawer pulse may stand. again marks it as one that may have come
// out before.
func (f typeface) bytes(slip *Slip, again bool) [][]byte {
	e := &escpos{ascii: f.ascii}
	e.start()
	for _, l := range f.layout(slip, again) {
		e.style(l.at, l.bold, l.big)
		switch l.code {
		case qrCode:
			e.qr(l.text, qrDot(l.text, f.columns))
		case barcode:
			e.code128(l.text)
		default:
			e.text(l.text)
		}
	}
	e.style(alignLeft, false, false)
	e.cut()
	return e.parts
}

// layout is a slip as lines. It writes the word for success nowhere: a notice of an unknown end must not hold it, and a receipt needs
// none.
func (f typeface) layout(slip *Slip, again bool) []slipLine {
	s := &slipSheet{typeface: f, w: &f.words.Slip}
	s.watermark(slip.Mode)
	s.head(slip, again)
	switch slip.Kind {
	case SlipX, SlipZ:
		s.report(slip)
	case SlipTest:
		s.test(slip)
	default:
		s.trade(slip)
	}
	s.watermark(slip.Mode)
	return s.lines
}

type slipSheet struct {
	typeface
	w     *assets.SlipPhrases
	lines []slipLine
}

func (s *slipSheet) watermark(mode string) {
	switch mode {
	case "production":
	case "sandbox":
		s.centred(s.words.Sandbox, true, false)
	default: // a slip that does not say is no receipt either
		s.centred(s.words.Training, true, false)
	}
}

func (s *slipSheet) head(slip *Slip, again bool) {
	s.centred(slip.Shop, true, false)
	s.centred(s.title(slip), true, false)
	if slip.Kind == SlipPayment || slip.Kind == SlipRefund {
		copyOf := s.w.Customer
		if slip.MerchantCopy {
			copyOf = s.w.Merchant
		}
		s.centred(copyOf, false, false)
	}
	if slip.Copy > 0 {
		s.centred(assets.Fill(s.w.Again, "n", strconv.FormatUint(uint64(slip.Copy), 10)), true, false)
	}
	if again {
		s.centred(s.w.Twice, true, false)
	}
	s.rule()
}

func (s *slipSheet) title(slip *Slip) string {
	switch slip.Kind {
	case SlipRefund:
		return s.w.Refund
	case SlipUnknown:
		return s.w.Unknown
	case SlipTest:
		return s.w.Test
	case SlipX, SlipZ:
		return slip.Title
	}
	switch {
	case slip.pending():
		return s.w.Promised
	case len(slip.Parts) == 1 && slip.Parts[0].Tender == 0:
		return s.w.Scan
	}
	return s.w.Sale
}

// trade is the body of a receipt, a refund's slip or a notice.
func (s *slipSheet) trade(slip *Slip) {
	s.pair(s.w.Till, slip.Till)
	s.pair(s.w.Cashier, slip.Cashier)
	s.pair(s.w.Time, slip.Time.Format(time.DateTime))
	s.pair(s.w.SaleNo, slip.Sale)
	if slip.Kind == SlipRefund {
		s.pair(s.w.RefundNo, slip.Order)
		s.pair(s.w.Original, slip.Original)
	}
	for i := range slip.Parts {
		if i > 0 {
			s.rule()
		}
		s.part(slip, &slip.Parts[i])
	}
	s.pair(s.w.Why, slip.Why)
	s.rule()
	s.add(slipLine{text: s.w.Amount})
	s.big("¥" + ledger.Fen(slip.Amount).String())
	if slip.Discount != 0 || slip.Paid != 0 {
		s.pair(s.w.Discount, ledger.Fen(-slip.Discount).String())
		s.pair(s.w.Paid, ledger.Fen(slip.Paid).String())
	}
	if slip.Returned != 0 {
		s.pair(s.w.Returned, ledger.Fen(-slip.Returned).String())
	}
	s.pair(s.w.Tail, slip.Tail)
	s.foot(slip)
}

// part is one of the ways that settle a sale.
func (s *slipSheet) part(slip *Slip, p *SlipPart) {
	switch {
	case slip.Kind == SlipRefund:
		s.pair(s.w.Type, s.w.Back)
	case p.Way != 0:
		s.pair(s.w.Type, s.w.Ways[p.Way])
	}
	method := s.words.Channels[p.Channel]
	if p.Tender != 0 {
		method = s.words.Tender.Kinds[p.Tender]
	}
	s.pair(s.w.Method, method)
	if len(slip.Parts) > 1 {
		s.pair(s.w.Part, ledger.Fen(p.Amount).String())
	}
	if p.Last4 != "" {
		s.pair(s.w.Code, "**** "+p.Last4)
	}
	s.pair(s.w.MerchantNo, p.Merchant)
	if slip.Kind != SlipRefund {
		s.pair(s.w.Order, p.Order)
	}
	s.pair(s.w.ChannelNo, p.ChannelNo)
	s.pair(s.w.Number, p.Number)
	if p.Pending {
		s.wrapped(s.w.Pending)
	}
	if p.Given != 0 {
		s.pair(s.w.Given, ledger.Fen(p.Given).String())
		s.pair(s.w.Change, ledger.Fen(p.Change).String())
	}
	if p.Rounding != 0 {
		s.pair(s.w.Rounded, assets.Signed(p.Rounding))
	}
}

// foot has the codes, and what the slip is good for.
func (s *slipSheet) foot(slip *Slip) {
	switch slip.Kind {
	case SlipUnknown:
		s.rule()
		s.wrapped(s.w.NotKnown)
	case SlipRefund:
		s.blank()
		s.add(slipLine{text: s.w.Sign + " " + strings.Repeat("_", max(0, s.columns-s.width(s.w.Sign)-1))})
	case SlipPayment:
		s.blank()
		if slip.received() {
			s.codes(slip.Order, s.w.ScanOrder)
		}
		if slip.pending() {
			s.wrapped(s.w.NotSeen)
			return
		}
		s.qr(slip.Receipt, s.w.ScanReceipt)
		s.centred(s.w.Keep, false, false)
	}
}

// codes prints a number as a barcode where the paper is wide enough, and as a QR.
func (s *slipSheet) codes(number, caption string) {
	if code128Fits(number, s.columns) {
		s.add(slipLine{text: number, at: alignCentre, code: barcode})
	}
	s.qr(number, caption)
}

func (s *slipSheet) qr(text, caption string) {
	if qrDot(text, s.columns) == 0 {
		return
	}
	s.add(slipLine{text: text, at: alignCentre, code: qrCode})
	s.centred(caption, false, false)
}

func (s *slipSheet) report(slip *Slip) {
	s.pair(s.w.Till, slip.Till)
	s.pair(s.w.Cashier, slip.Cashier)
	s.wrapped(slip.Period)
	s.rule()
	for _, row := range slip.Rows {
		s.row(row)
	}
	s.rule()
	s.wrapped(slip.Foot)
}

func (s *slipSheet) test(slip *Slip) {
	s.pair(s.w.Till, slip.Till)
	s.pair(s.w.Time, slip.Time.Format(time.DateTime))
	s.wrapped(s.w.TestSays)
	s.add(slipLine{text: strings.Repeat("1234567890", s.columns/10+1)[:s.columns]})
	s.add(slipLine{text: strings.Repeat("=", s.columns)})
	s.big("¥12.50")
	s.codes("GUITAI012345", s.w.ScanOrder)
	s.centred(s.w.TestEnd, false, false)
}

func (s *slipSheet) add(l slipLine) { s.lines = append(s.lines, l) }

func (s *slipSheet) blank() { s.add(slipLine{}) }

func (s *slipSheet) rule() { s.add(slipLine{text: strings.Repeat("-", s.columns)}) }

func (s *slipSheet) centred(text string, bold, big bool) {
	for _, t := range s.wrap(text, s.columns) {
		s.add(slipLine{text: t, at: alignCentre, bold: bold, big: big})
	}
}

// big is twice as wide where the paper is wide enough for it.
func (s *slipSheet) big(text string) {
	s.add(slipLine{text: text, at: alignCentre, bold: true, big: 2*s.width(text) <= s.columns})
}

func (s *slipSheet) wrapped(text string) {
	for _, t := range s.wrap(text, s.columns) {
		s.add(slipLine{text: t})
	}
}

// pair is a label at the left and a value at the right, or where both do not fit, the value on lines of its own. No value: no line.
func (s *slipSheet) pair(label, value string) {
	if value = s.plain(value); value == "" {
		return
	}
	if gap := s.columns - s.width(label) - s.width(value); gap > 0 {
		s.add(slipLine{text: label + strings.Repeat(" ", gap) + value})
		return
	}
	s.wrapped(label)
	for _, t := range s.wrap(value, s.columns) {
		s.add(slipLine{text: t, at: alignRight})
	}
}

// row has the count and the amount in columns of their own at the right, below the label where it leaves no room for them.
func (s *slipSheet) row(r SlipRow) {
	const amounts, counts = 13, 6
	amount := r.Amount
	if amount != "" {
		amount = " " + amount // it may be a word, as wide as its column
	}
	figures := padFigure(r.Count, counts, s.width) + padFigure(amount, amounts, s.width)
	label := s.plain(r.Label)
	if strings.TrimSpace(figures) == "" {
		s.wrapped(label)
		return
	}
	if s.width(figures) > s.columns {
		s.pair(label, strings.TrimSpace(r.Count+" "+r.Amount))
		return
	}
	if s.width(label)+s.width(strings.TrimLeft(figures, " ")) >= s.columns {
		s.wrapped(label)
		label = ""
	}
	room := s.columns - s.width(label)
	for s.width(figures) > room && strings.HasPrefix(figures, " ") {
		figures = figures[1:]
	}
	s.add(slipLine{text: label + padFigure(figures, room, s.width)})
}

func padFigure(text string, columns int, width func(string) int) string {
	return strings.Repeat(" ", max(0, columns-width(text))) + text
}

// width is how many columns text takes: the printer has one for each byte.
func (f typeface) width(text string) int { return len(encodeText(text, f.ascii)) }

// plain is text on one line, without blanks at its end.
func (f typeface) plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		return r
	}, text)
	return strings.TrimRight(text, " ")
}

// wrap breaks text into lines of so many columns, at a blank where there is one in the line's second half. It gives at most maxWrapped
// lines: a hostile name shall not use up the roll.
func (f typeface) wrap(text string, columns int) (lines []string) {
	const maxWrapped = 12
	encoder := simplifiedchinese.GB18030.NewEncoder()
	var now []rune
	used, blank := 0, -1
	for _, r := range f.plain(text) {
		w := len(encodeRune(r, f.ascii, encoder))
		if used+w > columns && len(now) > 0 {
			rest := []rune(nil)
			if blank > len(now)/2 && r != ' ' {
				now, rest = now[:blank], append(rest, now[blank+1:]...)
			}
			if lines = append(lines, string(now)); len(lines) == maxWrapped {
				return lines
			}
			now, used, blank = rest, f.width(string(rest)), -1
			if r == ' ' && len(now) == 0 {
				continue
			}
		}
		if r == ' ' {
			blank = len(now)
		}
		now, used = append(now, r), used+w
	}
	if len(now) > 0 {
		lines = append(lines, string(now))
	}
	return lines
}
