package ledger

import (
	"crypto/rand"
	"fmt"
	"io"
	"math/big"
	"strings"
)

// SaleID numbers a sale: the day (YYMMDD), a counter of at least five digits that starts anew each day, and four
// digits drawn at random. The last four are what cashier and customer compare, so they must not be predictable:
// a recorded announcement or an old screenshot does not match the next sale.
type SaleID string

// Tail is the four digits shown large, spoken and printed.
func (s SaleID) Tail() string {
	if len(s) < 4 {
		return string(s)
	}
	return string(s[len(s)-4:])
}

func newSaleID(day Day, counter uint64, tail string) SaleID {
	return SaleID(fmt.Sprintf("%06d%05d%s", day%1_000_000, counter, tail))
}

// OrderNo is an attempt's number at the channel (out_trade_no): at most 32 letters and digits (WeChat Pay v3 native
// and codepay: 6 to 32; Alipay: up to 64), never used for a second attempt. Its parts are the till, the epoch, the
// day, the day's counter, a part drawn at random at each opening of the ledger, and a check character. The random part
// keeps numbers apart even when a copied folder is opened twice and nobody notices.
type OrderNo string

const (
	alphabet36     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	alphabet32     = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // without I, L, O and U, which are misread
	saltLength     = 8
	counterLength  = 5
	maxTillLetters = 4
	orderNoMax     = 32
)

func newOrderNo(till string, epoch uint32, day Day, counter uint64, salt string) OrderNo {
	body := fmt.Sprintf("%s%s%06d%s%s", till, base32(uint64(epoch), 2), day%1_000_000, base32(counter, counterLength), salt)
	return OrderNo(body + string(checkCharacter(body)))
}

// RefundNo is a refund's number at the channel (WeChat Pay out_refund_no: at most 64; Alipay out_request_no: at most 64). It
// follows from the order's number and the refund's place among the order's refunds, so that a till that has forgotten a
// refund, or a copy of its folder, asks for the same one again and not for a second.
type RefundNo string

func newRefundNo(order OrderNo, nth int) RefundNo {
	return RefundNo(fmt.Sprintf("%sR%02d", order, nth))
}

// Valid reports whether the number could have been made by a till: its alphabet, length and check character.
func (o OrderNo) Valid() bool {
	if len(o) < 2 || len(o) > orderNoMax {
		return false
	}
	body := string(o[:len(o)-1])
	if strings.Trim(body, alphabet36) != "" {
		return false
	}
	return checkCharacter(body) == o[len(o)-1]
}

// checkCharacter is ISO/IEC 7064 MOD 37,36: it finds every single wrong character and almost every swap.
func checkCharacter(body string) byte {
	p := 36
	for i := range len(body) {
		s := (p + strings.IndexByte(alphabet36, body[i])) % 36
		if s == 0 {
			s = 36
		}
		p = s * 2 % 37
	}
	return alphabet36[(37-p)%36]
}

func base32(n uint64, length int) string {
	out := make([]byte, length)
	for i := length - 1; i >= 0; i-- {
		out[i] = alphabet32[n%32]
		n /= 32
	}
	return string(out)
}

// newSalt draws the random part of order numbers for one opening of the ledger: 40 bits.
func newSalt(random io.Reader) string {
	raw := make([]byte, saltLength)
	if _, err := io.ReadFull(random, raw); err != nil {
		panic(err) // crypto/rand does not fail on a running system (Go 1.24 release notes)
	}
	for i, b := range raw {
		raw[i] = alphabet32[b%32]
	}
	return string(raw)
}

// newTail draws four digits that none of the given recent sales carries.
func newTail(random io.Reader, taken func(tail string) bool) string {
	for range 100 {
		n, err := rand.Int(random, big.NewInt(10_000))
		if err != nil {
			panic(err) // as above
		}
		if tail := fmt.Sprintf("%04d", n); !taken(tail) {
			return tail
		}
	}
	return "0000"
}

// ValidTillName reports whether a till's name can stand in an order number: one to four letters or digits.
func ValidTillName(name string) bool {
	return name != "" && len(name) <= maxTillLetters && strings.Trim(name, alphabet36) == ""
}
