package ledger

import (
	b32 "encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An e-receipt is what the customer takes home of a payment: a text for a QR, signed by the till. It says what was paid, and
// where in the till's chain that stands: the event's number and its hash. That hash is the chain's head at that event, so every
// receipt out of the house is a checkpoint, too: a ledger that was cut before it, or written anew, is proven by it.
//
//	GUITAI1:041FM6C10N9QJ8…      the letters of a QR's alphanumeric mode, and none that shells or people misread
//
// Behind the prefix with the version stand, in base 32 (alphabet32), a body and the Ed25519 signature of "guitai receipt 1\n"
// and the body. The body: kind and mode, each half a byte · the signing key's hash, 4 bytes · the till's name behind its length ·
// the sale's number · how it was paid: way and fen, of each part where there are more, behind their number · where a channel was
// asked, the order's number, 14 bytes · the time, 4 bytes of seconds · the event's number · 16 bytes of its hash. Numbers are
// varints where nothing else is said. These bytes are a promise: another form is another version.
const receiptVersion = 1

const (
	receiptPrefix    = "GUITAI"
	receiptDomain    = "guitai receipt 1\n"
	signatureBytes   = 64  // Ed25519
	receiptMost      = 400 // characters: none is longer; a QR of version 10, level L, has 395
	packedOrderBytes = 14  // 21 characters of alphabet36
	packedOrder      = 21
	receiptTenders   = 16 // added to a TenderKind, beside the channels' numbers
	receiptSplit     = 64 // added to the number of parts, where there is more than one
)

var receiptEncoding = b32.NewEncoding(alphabet32).WithPadding(b32.NoPadding)

// ReceiptKind is what a receipt is about.
type ReceiptKind uint8

// The kinds. Numbers are on paper.
const (
	ReceiptSale   ReceiptKind = 1 // a sale is paid
	ReceiptRefund ReceiptKind = 2 // money is back with the customer
)

// receiptModes are the tills' modes. Places are on paper.
var receiptModes = []string{"", "production", "sandbox", "training"}

// Fingerprint is the beginning of an event's hash: nobody finds another event with the same 16 bytes.
type Fingerprint [16]byte

// Fingerprint gives the hash's beginning.
func (h Hash) Fingerprint() Fingerprint { return Fingerprint(h[:16]) }

// Receipt is what a signed receipt says. All of it follows from events, so that the same receipt can be made again.
type Receipt struct {
	Kind   ReceiptKind
	Mode   string
	Key    uint32 // hash of the key that has signed, as signed notes count it: which ledger it is of
	Till   string
	Sale   SaleID
	Order  OrderNo       // of the channel's payment; empty where none was part of it
	Amount int64         // fen
	Parts  []ReceiptPart // how it was paid: at least one, and their sum is Amount
	At     time.Time     // of the event, by the till's clock; seconds
	Seq    uint64        // of the event that has settled the sale, or brought the money back
	Hash   Fingerprint   // of that event
}

// ReceiptPart is what came one way, or went back by it.
type ReceiptPart struct {
	Channel Channel    // or
	Tender  TenderKind // one of them
	Fen     int64
}

var (
	// ErrNoReceipt: the text is no receipt, or not as a till writes it.
	ErrNoReceipt = errors.New("this is no receipt of a till")
	// ErrReceiptVersion: a receipt of a version that this program does not know.
	ErrReceiptVersion = errors.New("a receipt of another version")
)

// Signed is what the signature of a receipt is over.
func (r *Receipt) Signed() ([]byte, error) {
	body, err := r.body()
	return append([]byte(receiptDomain), body...), err
}

// Text gives the receipt for a QR. An error means that it says what no till can have written.
func (r *Receipt) Text(signature []byte) (string, error) {
	body, err := r.body()
	if err == nil && len(signature) != signatureBytes {
		err = fmt.Errorf("a signature of %d bytes", len(signature))
	}
	if err != nil {
		return "", fmt.Errorf("writing a receipt: %w", err)
	}
	return receiptPrefix + strconv.Itoa(receiptVersion) + ":" + receiptEncoding.EncodeToString(append(body, signature...)), nil
}

// ParseReceipt reads a receipt's text, which is not believed before its signature is verified. Only what Text writes is
// read, to the letter: one payment has one text. Errors are ErrNoReceipt and ErrReceiptVersion.
func ParseReceipt(text string) (r Receipt, signature []byte, err error) {
	version, encoded, ok := strings.Cut(strings.TrimPrefix(text, receiptPrefix), ":")
	number, numeric := strconv.ParseUint(version, 10, 16)
	switch {
	case len(text) > receiptMost, !ok, !strings.HasPrefix(text, receiptPrefix), numeric != nil, strconv.FormatUint(number, 10) != version:
		return r, nil, ErrNoReceipt
	case number != receiptVersion:
		return r, nil, fmt.Errorf("%w: it is of version %d, and this program knows version %d", ErrReceiptVersion, number, receiptVersion)
	}
	data, err := receiptEncoding.DecodeString(encoded)
	if err != nil || len(data) <= signatureBytes {
		return r, nil, ErrNoReceipt
	}
	body, signature := data[:len(data)-signatureBytes], data[len(data)-signatureBytes:]
	in := receiptReader{rest: body}
	r = in.receipt()
	if again, err := r.Text(signature); in.bad || len(in.rest) > 0 || err != nil || again != text {
		return Receipt{}, nil, ErrNoReceipt
	}
	return r, signature, nil
}

// body gives the bytes that are signed, and refuses what no till says.
func (r *Receipt) body() ([]byte, error) {
	mode := slices.Index(receiptModes, r.Mode)
	sale, err := strconv.ParseUint(string(r.Sale), 10, 63)
	if err != nil || saleOfNumber(sale) != r.Sale {
		return nil, fmt.Errorf("the sale's number %q", r.Sale)
	}
	switch {
	case r.Kind != ReceiptSale && r.Kind != ReceiptRefund, mode <= 0:
		return nil, fmt.Errorf("kind %d in mode %q", r.Kind, r.Mode)
	case !ValidTillName(r.Till):
		return nil, fmt.Errorf("the till's name %q", r.Till)
	case r.Amount <= 0 || r.Amount > MaxFen, r.Seq == 0:
		return nil, fmt.Errorf("%d fen in event %d", r.Amount, r.Seq)
	case r.At.Unix() <= 0 || r.At.Unix() >= 1<<32 || r.At.Nanosecond() != 0:
		return nil, fmt.Errorf("the time %s", r.At)
	}
	out := []byte{byte(r.Kind)<<4 | byte(mode)}
	out = binary.BigEndian.AppendUint32(out, r.Key)
	out = append(append(out, byte(len(r.Till))), r.Till...)
	out = binary.AppendUvarint(out, sale)
	if out, err = r.appendParts(out); err != nil {
		return nil, err
	}
	out = binary.BigEndian.AppendUint32(out, uint32(r.At.Unix()))
	return append(binary.AppendUvarint(out, r.Seq), r.Hash[:]...), nil
}

// appendParts writes how it was paid: a part's way and sum, behind their number where there are more; then the channel's order.
func (r *Receipt) appendParts(out []byte) (_ []byte, err error) {
	if len(r.Parts) > 1 {
		out = append(out, receiptSplit|byte(len(r.Parts)))
	}
	before, sum := byte(0), int64(0)
	for _, p := range r.Parts {
		number := p.number()
		if number <= before || p.Fen <= 0 || p.Fen > MaxFen || p.Channel != "" && before > 0 {
			return nil, fmt.Errorf("%d fen by %s%s", p.Fen, p.Channel, p.Tender)
		}
		before, sum = number, sum+p.Fen
		out = binary.AppendUvarint(append(out, number), uint64(p.Fen))
	}
	switch asked := r.asked(); {
	case sum != r.Amount, asked != (r.Order != ""):
		return nil, fmt.Errorf("parts of %d fen, order %q", sum, r.Order)
	case asked:
		return appendOrder(out, r.Till, r.Order)
	}
	return out, nil
}

// asked reports whether a channel was asked for money: it is the first part.
func (r *Receipt) asked() bool { return len(r.Parts) > 0 && r.Parts[0].Channel != "" }

// number is the part's way on paper; 0 when there is none such.
func (p *ReceiptPart) number() byte {
	switch {
	case p.Channel != "" && p.Tender == 0:
		return byte(slices.Index(Channels, p.Channel) + 1)
	case p.Channel == "" && slices.Contains(TenderKinds, p.Tender):
		return receiptTenders + byte(p.Tender)
	}
	return 0
}

func partOfNumber(number byte) (p ReceiptPart, ok bool) {
	if number >= 1 && int(number) <= len(Channels) {
		return ReceiptPart{Channel: Channels[number-1]}, true
	}
	p.Tender = TenderKind(number - receiptTenders)
	return p, number > receiptTenders && slices.Contains(TenderKinds, p.Tender)
}

// saleOfNumber writes a sale's number as newSaleID does: at least 15 digits.
func saleOfNumber(number uint64) SaleID { return SaleID(fmt.Sprintf("%015d", number)) }

// appendOrder leaves out of an order's number what follows from the rest: the till's name and the check character.
func appendOrder(out []byte, till string, order OrderNo) ([]byte, error) {
	middle, ok := strings.CutPrefix(string(order), till)
	if !ok || !order.Valid() || len(middle) != packedOrder+1 {
		return nil, fmt.Errorf("the order's number %q of till %s", order, till)
	}
	number, _ := new(big.Int).SetString(middle[:packedOrder], len(alphabet36)) // Valid has looked at the letters
	return append(out, number.FillBytes(make([]byte, packedOrderBytes))...), nil
}

func unpackOrder(till string, packed []byte) OrderNo {
	middle := strings.ToUpper(new(big.Int).SetBytes(packed).Text(len(alphabet36)))
	if len(middle) < packedOrder {
		middle = strings.Repeat("0", packedOrder-len(middle)) + middle
	}
	return OrderNo(till + middle + string(checkCharacter(till+middle)))
}

// receiptReader reads a body. What does not fit makes it bad; what is read twice by other bytes is found by writing it again.
type receiptReader struct {
	rest []byte
	bad  bool
}

func (in *receiptReader) take(n int) []byte {
	if in.bad = in.bad || n > len(in.rest); in.bad {
		return make([]byte, n)
	}
	taken := in.rest[:n]
	in.rest = in.rest[n:]
	return taken
}

func (in *receiptReader) uvarint() uint64 {
	value, n := binary.Uvarint(in.rest)
	if in.bad = in.bad || n <= 0; in.bad {
		return 0
	}
	in.rest = in.rest[n:]
	return value
}

func (in *receiptReader) receipt() (r Receipt) {
	first := in.take(1)[0]
	r.Kind = ReceiptKind(first >> 4)
	if mode := int(first & 15); mode < len(receiptModes) {
		r.Mode = receiptModes[mode]
	}
	r.Key = binary.BigEndian.Uint32(in.take(4))
	letters := int(in.take(1)[0])
	if in.bad = in.bad || letters > maxTillLetters; in.bad {
		return r
	}
	r.Till = string(in.take(letters))
	if in.bad = in.bad || !ValidTillName(r.Till); in.bad {
		return r
	}
	r.Sale = saleOfNumber(in.uvarint())
	in.parts(&r)
	r.At = time.Unix(int64(binary.BigEndian.Uint32(in.take(4))), 0).UTC()
	r.Seq = in.uvarint()
	r.Hash = Fingerprint(in.take(len(r.Hash)))
	return r
}

func (in *receiptReader) parts(r *Receipt) {
	count := 1
	if len(in.rest) > 0 && in.rest[0]&receiptSplit != 0 {
		count = int(in.take(1)[0] &^ receiptSplit)
	}
	if in.bad = in.bad || count > len(Channels)+len(TenderKinds); in.bad {
		return
	}
	for range count {
		p, ok := partOfNumber(in.take(1)[0])
		p.Fen = int64(min(in.uvarint(), MaxFen+1))
		in.bad = in.bad || !ok
		r.Amount, r.Parts = r.Amount+p.Fen, append(r.Parts, p)
	}
	if r.asked() {
		r.Order = unpackOrder(r.Till, in.take(packedOrderBytes))
	}
}
