package ledger

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func leaves(n int) (events []Hash) {
	for i := range n {
		events = append(events, HashOf(fmt.Append(nil, i)))
	}
	return events
}

// TestTreeGrowsAsItIsDefined: the growing tree, the definition, and every path of it agree.
func TestTreeGrowsAsItIsDefined(t *testing.T) {
	var grown tree
	for n := range 70 {
		events := leaves(n)
		if grown.root() != rootOf(events) {
			t.Fatalf("%d leaves: another root", n)
		}
		for i := range events {
			path := pathOf(events, i)
			root, err := rootFrom(events[i], uint64(i), uint64(n), path)
			if err != nil || root != grown.root() {
				t.Fatalf("leaf %d of %d: %v", i, n, err)
			}
			if len(path) > 0 {
				if _, err := rootFrom(events[i], uint64(i), uint64(n), path[1:]); err == nil {
					t.Fatalf("leaf %d of %d: a short path", i, n)
				}
			}
			if root, err := rootFrom(events[i], uint64(i+1)%uint64(n), uint64(n), path); err == nil && root == grown.root() && n > 1 {
				t.Fatalf("leaf %d of %d proves the next place", i, n)
			}
		}
		was := grown
		was.peaks = append([]Hash(nil), grown.peaks...)
		grown.add(uint64(n+1), HashOf(fmt.Append(nil, n)))
		if was.root() != rootOf(events) {
			t.Fatal("growing has changed a copy")
		}
	}
}

// TestDayIsSealedBeforeTheNextBegins: midnight inside a running till, and a till that was off; the sealed events prove
// themselves to whoever has the key, within 1 KiB, and nothing else does.
func TestDayIsSealedBeforeTheNextBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemory()
		b := testBook(t, store, nil)
		settle(t, b, "5")
		time.Sleep(24 * time.Hour)
		wants(t, b.Drop(t.Context(), Trainee, "x"), "")
		settle(t, b, "6")
		wants(t, b.Close("test"), "")
		time.Sleep(48 * time.Hour)
		b = testBook(t, store, nil)
		wants(t, b.Close("test"), "")

		var seals []Seal
		for _, stored := range store.records {
			event, err := DecodeEvent(stored)
			if err != nil {
				t.Fatal(err)
			}
			if sealed, ok := event.Body.(*DaySealed); ok {
				seals = append(seals, sealed.Seal)
				if event.Day != sealed.Day {
					t.Errorf("the seal of %s stands on %s", sealed.Day, event.Day)
				}
			}
		}
		if len(seals) != 2 || seals[0].First != 1 || seals[1].First != seals[0].Last+1 {
			t.Fatalf("%+v", seals)
		}
		proveAll(t, store, seals)
	})
}

func proveAll(t *testing.T, store *Memory, seals []Seal) {
	t.Helper()
	public, private, _ := ed25519.GenerateKey(nil)
	verify := func(message, signature []byte) bool { return ed25519.Verify(public, message, signature) }
	for _, seal := range seals {
		var events []Hash
		for seq := seal.First; seq <= seal.Last; seq++ {
			events = append(events, HashOf(store.records[seq-1]))
		}
		for seq := seal.First; seq <= seal.Last; seq++ {
			proof, err := Prove(seal, events, store.records[seq-1])
			if err != nil {
				t.Fatal(err)
			}
			proof.Signature = ed25519.Sign(private, proof.Seal.Signed())
			encoded := proof.Encode()
			back, err := DecodeProof(encoded)
			if err != nil || len(encoded) > 1024 {
				t.Fatalf("%d bytes, %v", len(encoded), err)
			}
			if event, err := back.Check(verify); err != nil || event.Seq != seq {
				t.Fatalf("event %d: %v", seq, err)
			}
			for i := range encoded {
				harmed := bytes.Clone(encoded)
				harmed[i] ^= 1
				if p, err := DecodeProof(harmed); err == nil {
					if _, err := p.Check(verify); err == nil && !bytes.Equal(p.Encode(), encoded) {
						t.Errorf("event %d: byte %d may change", seq, i)
					}
				}
			}
		}
		if _, err := Prove(seal, events, store.records[seal.Last]); err == nil {
			t.Error("an event of the next day is proven")
		}
	}
}

// TestOneSealADay: refused and empty intents after midnight do not seal the day again and again.
func TestOneSealADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemory()
		b := testBook(t, store, nil)
		time.Sleep(24 * time.Hour)
		before := len(store.records)
		for range 5 {
			wants(t, b.Drop(t.Context(), Trainee, "x"), ReasonNoSale)
		}
		if n := len(store.records) - before; n != 1 {
			t.Errorf("%d events", n)
		}
		settle(t, b, "5")
		time.Sleep(24 * time.Hour)
		wants(t, b.Drop(t.Context(), Trainee, "x"), "")
		wants(t, b.Close("test"), "")
		seals := 0
		for _, stored := range store.records {
			if event, err := DecodeEvent(stored); err == nil && event.Body.Kind() == KindDaySealed {
				seals++
			}
		}
		if seals != 2 {
			t.Errorf("%d seals", seals)
		}
	})
}

func TestASealThatDoesNotFit(t *testing.T) {
	s := NewState()
	first := Event{Seq: 1, Epoch: 1, Day: 20261125, Body: &Opened{Till: "T1"}}
	if _, err := s.Apply(&first, HashOf(first.Encode())); err != nil {
		t.Fatal(err)
	}
	for _, harm := range []func(*Seal){
		func(x *Seal) { x.Day++ }, func(x *Seal) { x.First++ }, func(x *Seal) { x.Last-- }, func(x *Seal) { x.Root[0] ^= 1 },
	} {
		seal := s.Sealing()
		harm(&seal)
		next := Event{Seq: 2, Epoch: 1, Day: s.Day, Prev: s.Head.Hash, Body: &DaySealed{seal}}
		if _, err := s.Apply(&next, Hash{}); ReasonOf(err) != ReasonStateForbidden {
			t.Errorf("%+v: %v", seal, err)
		}
	}
}

func FuzzDecodeProof(f *testing.F) {
	proof := Proof{Stored: fullEvents()[0].Encode(), Seal: Seal{20261124, 1, 9, Hash{1}}, Path: leaves(3), Signature: []byte("s")}
	f.Add(proof.Encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := DecodeProof(data); err == nil {
			if _, err := p.Check(func(_, _ []byte) bool { return true }); err == nil && len(p.Path) > 33 {
				t.Fatal("a path that is longer than any tree is high")
			}
		}
	})
}
