package ledger

import (
	"crypto/rand"
	"strings"
	"testing"
)

func TestOrderNumberShape(t *testing.T) {
	for _, till := range []string{"A", "T1", "9ZZZ"} {
		for _, counter := range []uint64{1, 31, 32, 1 << 24} {
			n := newOrderNo(till, 1, 20261125, counter, "ABCDEFGH")
			if !n.Valid() || len(n) < 6 || len(n) > 32 || !strings.HasPrefix(string(n), till) || !strings.Contains(string(n), "261125") {
				t.Errorf("%s, %d: %q, valid %v", till, counter, n, n.Valid())
			}
		}
	}
	for _, bad := range []OrderNo{"", "T", "T1-1", "t101261125", OrderNo(strings.Repeat("0", 33)), newOrderNo("T1", 1, 20261125, 1, "ABCDEFGH") + "0"} {
		if bad.Valid() {
			t.Errorf("%q is valid", bad)
		}
	}
}

// TestCheckCharacterVector is the example of the GRid standard (IFPI), whose check character is ISO/IEC 7064 MOD 37,36 too.
func TestCheckCharacterVector(t *testing.T) {
	if c := checkCharacter("A12425GABC1234002"); c != 'M' {
		t.Errorf("%c", c)
	}
	if !OrderNo("A12425GABC1234002M").Valid() || OrderNo("A12425GABC1234020M").Valid() {
		t.Error("the standard's example is not valid, or a swap in it is")
	}
}

func TestTillNames(t *testing.T) {
	for name, want := range map[string]bool{"A": true, "T1": true, "9ZZZ": true, "": false, "ABCDE": false, "t1": false, "T-1": false, "店": false, "T 1": false} {
		if ValidTillName(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

// TestTailIsDrawnAndNotTheLastOnes: four digits that do not follow from the sale before.
func TestTailIsDrawnAndNotTheLastOnes(t *testing.T) {
	seen := map[string]int{}
	for range 200 {
		tail := newTail(rand.Reader, func(string) bool { return false })
		if len(tail) != 4 || strings.Trim(tail, "0123456789") != "" {
			t.Fatalf("%q", tail)
		}
		seen[tail]++
	}
	if len(seen) < 150 {
		t.Errorf("only %d different tails of 200", len(seen))
	}
	asked := 0
	newTail(rand.Reader, func(string) bool { asked++; return asked < 5 })
	if asked != 5 {
		t.Errorf("a taken tail is given after %d draws", asked)
	}
	if id := newSaleID(20261125, 7, "0042"); id != "261125000070042" || id.Tail() != "0042" || SaleID("12").Tail() != "12" {
		t.Errorf("%s", id)
	}
}

func TestSaltsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		salt := newSalt(rand.Reader)
		if seen[salt] || len(salt) != saltLength || strings.Trim(salt, alphabet32) != "" {
			t.Fatalf("%q", salt)
		}
		seen[salt] = true
	}
}
