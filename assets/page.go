package assets

// PagePhrases are those of the customer's page that the second screen does not have.
type PagePhrases struct {
	Title  string // of the browser's window
	Silent Notice // nothing has come from the till for three seconds
}

var zhPage = PagePhrases{
	Title:  "柜台付款",
	Silent: Notice{"收银台没有回应", "请问收银员，先不要付款。"},
}

var enPage = PagePhrases{
	Title:  "Pay at the counter",
	Silent: Notice{"The till is silent", "Please ask the cashier before you pay."},
}
