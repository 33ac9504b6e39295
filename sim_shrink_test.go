package main

import (
	"slices"
	"testing"
)

// shrink leaves parts of a seed's story out, actions and faults, while the same invariant still breaks. It gives what cannot be
// left out and the run that tells it; nil when the seed does not break it.
func shrink(t *testing.T, seed uint64, invariant string) (kept []uint64, told *sim) {
	s := runSeed(t, seed, nil, false)
	if s.broken == nil || s.broken.invariant != invariant {
		return nil, nil
	}
	for i := range s.script {
		kept = append(kept, uint64(i))
	}
	kept = append(kept, s.sites...)
	breaks := func(parts []uint64) bool {
		s := runSeed(t, seed, setOf(parts), false)
		return s.broken != nil && s.broken.invariant == invariant
	}
	if !breaks(kept) {
		return nil, nil
	}
	kept = fewer(kept, breaks)
	return kept, runSeed(t, seed, setOf(kept), true)
}

func setOf(parts []uint64) map[uint64]bool {
	set := map[uint64]bool{}
	for _, p := range parts {
		set[p] = true
	}
	return set
}

// fewer is delta debugging (Zeller, Hildebrandt: Simplifying and isolating failure-inducing input): chunks are left out, ever
// smaller ones, as long as what is left still breaks.
func fewer(parts []uint64, breaks func([]uint64) bool) []uint64 {
	for chunk := len(parts) / 2; chunk > 0; {
		left := false
		for from := 0; from < len(parts); {
			without := slices.Concat(parts[:from], parts[min(len(parts), from+chunk):])
			if breaks(without) {
				parts, left = without, true
			} else {
				from += chunk
			}
		}
		if chunk == 1 && !left {
			break
		}
		chunk = max(1, chunk/2)
	}
	return parts
}
