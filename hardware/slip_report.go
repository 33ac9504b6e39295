package hardware

import (
	"guitai/assets"
	"guitai/ledger"
)

// Report is the slip of an X or Z report, in one language's words. cashier is whoever has asked for it.
func (d Desk) Report(r *ledger.Report, cashier string, words *assets.Phrases) Slip {
	text := words.Report(r, d.Calendar, true, func(name string) string { return name })
	slip := d.slip(SlipX, r.At)
	if r.Z > 0 {
		slip.Kind = SlipZ
	}
	slip.Cashier, slip.Title, slip.Period, slip.Foot = cashier, text.Title, text.Period, text.Foot
	for _, row := range text.Rows {
		out := SlipRow{row.Label, row.Count, row.Amount}
		if item := row.Open; item != nil {
			out = SlipRow{"  " + assets.Fill(words.Tail, "tail", item.Sale.Tail()) + " " + words.OpenState(item), "", ledger.Fen(item.Fen).String()}
		}
		slip.Rows = append(slip.Rows, out)
	}
	return slip
}
