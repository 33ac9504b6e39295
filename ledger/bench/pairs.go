package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// median of values, which are put in order.
func median[T cmp.Ordered](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

// pairs collects two figures a round that were taken side by side. What the machine does meanwhile hits both alike, so
// their ratio says more than either.
type pairs struct{ ours, theirs []float64 }

func (p *pairs) add(ours, theirs float64) {
	p.ours, p.theirs = append(p.ours, ours), append(p.theirs, theirs)
}

// ratio gives the median of the rounds' ratios, with the smallest and the largest.
func (p *pairs) ratio() (mid, low, high float64) {
	var ratios []float64
	for i := range p.ours {
		ratios = append(ratios, p.ours[i]/p.theirs[i])
	}
	mid = median(ratios)
	return mid, ratios[0], ratios[len(ratios)-1]
}

func (p *pairs) String() string {
	mid, low, high := p.ratio()
	return fmt.Sprintf("%.3g (%.2g-%.2g)", mid, low, high)
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
func millis(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

func mid(values []float64) float64 { return median(slices.Clone(values)) }
