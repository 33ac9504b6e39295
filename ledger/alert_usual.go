package ledger

// amounts are a person's usual ones, as counts by size: each class is a quarter of a doubling wide, so that a hundred numbers hold
// a life's sales.
type amounts struct {
	classes [120]uint64 // thousandths of a sale
	known   int
}

func (a *amounts) add(fen int64) {
	a.classes[classOf(fen)] += 1000
	a.known++
}

// age lets older days count less, by half in about a month.
func (a *amounts) age() {
	for i := range a.classes {
		a.classes[i] -= min(a.classes[i], max(a.classes[i]/44, 1))
	}
}

// most is about the amount that one sale of a hundred exceeds.
func (a *amounts) most() int64 {
	total, above := uint64(0), uint64(0)
	for _, n := range a.classes {
		total += n
	}
	for i := len(a.classes) - 1; i >= 0; i-- {
		if above += a.classes[i]; above > total/100 {
			return topOf(i)
		}
	}
	return 0
}

// classOf and topOf go between an amount and its class, in whole numbers.
func classOf(fen int64) int {
	class := 0
	for fen >= 8 {
		fen /= 2
		class += 4
	}
	return min(class+int(max(fen, 4)-4), 119)
}

func topOf(class int) int64 { return int64(5+class%4) << (class / 4) }
