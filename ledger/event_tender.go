package ledger

// This file has the events about money that comes without a channel, and about sales that wait.

// TenderTaken is money for a sale that came another way than by a channel.
type TenderTaken struct {
	Sale     SaleID
	By       TenderKind
	Amount   Money   // what it settles of the sale
	Given    Money   // cash: what was handed over
	Change   Money   // cash: what went back at once; what entered the drawer is Given less Change
	Rounding int64   // fen of cash above Amount, or below zero under it
	Number   string  // of the slip, or of the transfer
	Instead  OrderNo // a payment whose end is not known: from now on what comes of it goes back. The event's approver has agreed
}

// TenderProven is somebody's word that a transfer has arrived.
type TenderProven struct {
	Sale   SaleID
	Tender uint64
	Number string // of the transfer at the bank; empty leaves the one that was given
}

// TenderReturned is money of a tender that went back the way it came.
type TenderReturned struct {
	Sale   SaleID
	Tender uint64
	By     TenderKind // the tender's; of cash: what left the drawer is Amount
	Amount Money
	Why    string
}

// SaleNoted is a note on a sale. Wrong tells the supervisor that something was not right with it.
type SaleNoted struct {
	Sale  SaleID
	Note  string
	Wrong bool
}

// SaleHeld takes a sale that is not paid off the screen for later.
type SaleHeld struct{ Sale SaleID }

// SaleResumed brings it back.
type SaleResumed struct{ Sale SaleID }

func (*TenderTaken) Kind() Kind    { return KindTenderTaken }
func (*TenderProven) Kind() Kind   { return KindTenderProven }
func (*TenderReturned) Kind() Kind { return KindTenderReturned }
func (*SaleNoted) Kind() Kind      { return KindSaleNoted }
func (*SaleHeld) Kind() Kind       { return KindSaleHeld }
func (*SaleResumed) Kind() Kind    { return KindSaleResumed }

func (t *TenderTaken) fields(c *codec) {
	text(c, 1, &t.Sale)
	number(c, 2, &t.By)
	c.money(3, &t.Amount)
	c.money(4, &t.Given)
	c.money(5, &t.Change)
	c.int64(6, &t.Rounding)
	text(c, 7, &t.Number)
	text(c, 8, &t.Instead)
}

func (b *TenderProven) fields(c *codec) {
	text(c, 1, &b.Sale)
	number(c, 2, &b.Tender)
	text(c, 3, &b.Number)
}

func (b *TenderReturned) fields(c *codec) {
	text(c, 1, &b.Sale)
	number(c, 2, &b.Tender)
	number(c, 3, &b.By)
	c.money(4, &b.Amount)
	text(c, 5, &b.Why)
}

func (b *SaleNoted) fields(c *codec) {
	text(c, 1, &b.Sale)
	text(c, 2, &b.Note)
	c.bool(3, &b.Wrong)
}

func (b *SaleHeld) fields(c *codec) { text(c, 1, &b.Sale) }

func (b *SaleResumed) fields(c *codec) { text(c, 1, &b.Sale) }

// fields of a tender as a sale's row keeps it.
func (t *Tender) fields(c *codec) {
	number(c, 1, &t.ID)
	number(c, 2, &t.Kind)
	c.money(3, &t.Amount)
	c.money(4, &t.Given)
	c.money(5, &t.Change)
	c.int64(6, &t.Rounding)
	text(c, 7, &t.Number)
	c.bool(8, &t.Proven)
	c.nested(9, &t.Actor, t.Actor != (Actor{}))
	c.time(10, &t.At)
	number(c, 11, &t.Day)
	list(c, 12, &t.Returns)
}

func (r *TenderReturn) fields(c *codec) {
	c.money(1, &r.Amount)
	text(c, 2, &r.Why)
	c.nested(3, &r.Actor, r.Actor != (Actor{}))
	c.time(4, &r.At)
	number(c, 5, &r.Day)
}
