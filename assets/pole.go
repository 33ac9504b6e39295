package assets

// PolePhrases are what a customer reads on a pole display of two lines with twenty characters. Those displays have ASCII only,
// so these words are the same in both languages, and English.
type PolePhrases struct {
	Training                                               string // in the place of the label: nothing here is real
	Idle                                                   PoleText
	Keying, Due, Scan, Paid, Failed, Unknown, Change, Test PoleText
}

// PoleText is a label of at most 9 characters, beside the amount, and a line of at most 20.
type PoleText struct{ Label, Says string }

// Pole holds the words of every pole display.
var Pole = PolePhrases{
	Training: "TRAINING",
	Idle:     PoleText{"WELCOME", ""},
	Keying:   PoleText{"AMOUNT", ""},
	Due:      PoleText{"TOTAL", "PLEASE PAY"},
	Scan:     PoleText{"TOTAL", "SCAN THE QR CODE"},
	Paid:     PoleText{"PAID", "THANK YOU"},
	Failed:   PoleText{"NOT PAID", "ASK THE CASHIER"},
	Unknown:  PoleText{"CHECKING", "DO NOT PAY AGAIN"},
	Change:   PoleText{"CHANGE", "THANK YOU"},
	Test:     PoleText{"TEST", "12345678901234567890"},
}
