package ledger

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestAIMIsEvidence: what the scanner says of the kind of barcode wins over the digits, and is the same in the text and beside it.
func TestAIMIsEvidence(t *testing.T) {
	for _, tt := range []struct {
		aim     string
		looks   Looks
		charged bool
	}{
		{"", "", true}, {"]C0", "", true}, {"]Q1", "", true}, {"]X0", "", true}, {"]E0", LooksProduct, false}, {"]E3", LooksProduct, false}, {"]C1", LooksGS1, false}, {"]d2", LooksGS1, false},
	} {
		for _, beside := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				b := testBook(t, NewMemory(), nil)
				defer b.Close("test")
				settle(t, b, "5")
				scan := Scan{Text: []byte(tt.aim + wechatCode), At: time.Now()}
				if beside {
					scan = Scan{Text: []byte(wechatCode), AIM: tt.aim, At: time.Now()}
				}
				err := b.Scan(context.Background(), Trainee, scan)
				if refusal, _ := err.(*Refusal); tt.charged != (err == nil) || err != nil && refusal.Looks != tt.looks {
					t.Errorf("%q: %v", tt.aim, err)
				}
				if n := len(current(t, b).Attempts); (n == 1) != tt.charged {
					t.Errorf("%q: %d attempts", tt.aim, n)
				}
			})
		}
	}
}

func TestOwnCodesAreNamed(t *testing.T) {
	own := OwnCodes{Coupons: []string{"QH", "T1"}, Cards: []string{"vip"}}
	for text, want := range map[string]Looks{
		"QH00012345": LooksCoupon, "qh00012345": LooksCoupon, "VIP 柜台 7": LooksCard, "QH": LooksText, "Q12345678": LooksText, "hello": LooksText,
		"6901234567892": LooksProduct, "https://example.com": LooksWeb,
	} {
		_, _, err := DefaultCodes().Classify([]byte(text))
		if refusal, _ := own.named(err, []byte(text)).(*Refusal); refusal == nil || refusal.Looks != want {
			t.Errorf("%q is %v, want %s", text, refusal, want)
		}
	}
	code, _, err := DefaultCodes().Classify([]byte(wechatCode))
	if own.named(err, []byte(wechatCode)) != nil || code.Reveal() != wechatCode {
		t.Error("a customer's code is named as the shop's own")
	}
}

// TestBadgeOfSomebodyWhoHasLeft is answered by name, and names nobody.
func TestBadgeOfSomebodyWhoHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		b, li := shop(t, NewMemory())
		defer b.Close("end")
		for _, gone := range []bool{false, true} {
			if err := b.SetStaff(ctx, li, StaffWish{Person: "wang", Role: RoleCashier, Badge: []byte("B-000017"), Gone: gone}); err != nil {
				t.Fatal(err)
			}
		}
		err := b.Scan(ctx, li, Scan{Text: []byte("B-000017"), At: time.Now()})
		if refusal, _ := err.(*Refusal); refusal == nil || refusal.Looks != LooksBadge {
			t.Errorf("%v", err)
		}
		if b.Board().View().Badge != nil {
			t.Error("it names somebody")
		}
	})
}
