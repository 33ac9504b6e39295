package assets

// ReceiptPhrases are about the e-receipt, wherever its QR is shown.
type ReceiptPhrases struct {
	Scan string // beside the QR on a customer's screen, under PAID
}

var zhReceipt = ReceiptPhrases{
	Scan: "扫码可留存电子小票。",
}

var enReceipt = ReceiptPhrases{
	Scan: "Scan the code to keep the e-receipt.",
}
