package ledger

import (
	system "crypto/rand"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestCheckCharacterFindsSwaps: of all swaps of two unlike neighbours in many numbers, next to none passes.
func TestCheckCharacterFindsSwaps(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	swaps, missed := 0, 0
	for counter := range 5000 {
		salt := ""
		for range saltLength {
			salt += string(alphabet32[random.IntN(32)])
		}
		n := newOrderNo("T1", 1, 20261125, uint64(counter), salt)
		for i := 1; i < len(n); i++ {
			if n[i] == n[i-1] {
				continue
			}
			swapped := []byte(n)
			swapped[i], swapped[i-1] = swapped[i-1], swapped[i]
			swaps++
			if OrderNo(swapped).Valid() {
				missed++
			}
		}
	}
	t.Logf("%d of %d swaps pass", missed, swaps)
	if missed*500 > swaps {
		t.Errorf("%d of %d swaps pass", missed, swaps)
	}
}

// TestNumbersFitTheChannels in the longest case: at most 32 letters and digits, however far a counter has come.
func TestNumbersFitTheChannels(t *testing.T) {
	for _, counter := range []uint64{0, 1, 31, 32, 1 << 25, 1 << 40} {
		n := newOrderNo("ZZ99", 1<<31, 29991231, counter, newSalt(system.Reader))
		if len(n) < 6 || len(n) > orderNoMax || strings.Trim(string(n), alphabet36) != "" || !n.Valid() {
			t.Errorf("%s", n)
		}
	}
}

// TestKeysNeverExceedTheLimit: whatever is pressed in whatever order, the amount is one a till takes, and is shown as keyed.
func TestKeysNeverExceedTheLimit(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	keys := []rune("0123456789..<-a")
	for range 20_000 {
		var k Keyed
		for range 14 {
			r := keys[random.IntN(len(keys))]
			if r == '<' {
				k = k.Back()
			} else {
				k, _ = k.Key(r)
			}
			m, err := k.Money()
			if err != nil && (m != Money{} || ReasonOf(err) != ReasonAmountZero) || err == nil && (m.Fen < 1 || m.Fen > MaxFen) {
				t.Fatalf("%q gives %v %v", k, m, err)
			}
			whole, decimals, _ := strings.Cut(k.String(), ".")
			if want := fmt.Sprintf("%s.%-2s", whole, decimals); err == nil && m.String() != strings.ReplaceAll(want, " ", "0") {
				t.Fatalf("%q is %s", k, m)
			}
		}
	}
}
