package console

import "guitai/ledger"

// What to do about a difference, where several classes share it.
const (
	askChannel  = "nothing: the till asks the channel when it is open, and then adopts the payment or gives it back; settle here what stays"
	lookRow     = "look the order up in the merchant's account at the channel; where the channel is wrong, ask it with both numbers, then settle it here"
	lookAccount = "find out in the merchant's account who has done it there, and whether the goods have left, then settle it here"
)

// asksChannel are the differences because of which the till asks the channel, where it has fetched the statement itself.
var asksChannel = map[ledger.Note]bool{ledger.NoteStatementPaid: true, ledger.NoteStatementRefundOpen: true, ledger.NoteStatementNotReversed: true}

// statementWords are those of what a statement and the ledger do not agree on.
var statementWords = map[ledger.Note]exceptionWord{
	ledger.NoteStatementPaid:    {"paid-there", "the statement has a payment of a sale here that the till does not have as paid", askChannel},
	ledger.NoteStatementUnknown: {"unknown-order", "the statement has an order number that no till has made", "find out what else takes money under this merchant number; settle it here when it is known"},
	ledger.NoteStatementOwn: {"own-order-missing", "the statement has an order number of this till that its ledger does not have",
		"find out whether the till was restored from a backup, or another till has its name; look the order up at the channel"},
	ledger.NoteStatementLacks: {"payment-missing", "paid here, and in no statement of the days around", lookRow},
	ledger.NoteStatementLacksRefund: {"refund-missing", "given back here, and in no statement of the days around",
		"look the refund up in the merchant's account at the channel, and ask the customer whether the money has come; then settle it here"},
	ledger.NoteStatementAmount:     {"amount-differs", "the statement has another amount of the order", lookRow},
	ledger.NoteStatementBackAmount: {"refund-amount-differs", "the statement has another amount of the refund", lookRow},
	ledger.NoteStatementDiscount: {"discount-differs", "the parts of the row do not add up: a discount that nobody has named",
		"compare the discounts with what the shop has agreed on with the channel; the payment itself agrees"},
	ledger.NoteStatementFee: {"fee-differs", "the fee is more than one fen off the amount times the rate",
		"compare the rate with the contract, and [statements] in the configuration with both; the payment itself agrees"},
	ledger.NoteStatementState: {"reversed-there", "paid here, and taken back in the statement", lookAccount},
	ledger.NoteStatementNotReversed: {"not-reversed-there", "taken back here, and not in the statement",
		"look whether a later statement takes it back; if none does, the customer has paid for nothing: give it back in the merchant's account"},
	ledger.NoteStatementTwice:  {"twice", "a number stands in statements more than once", "ask the channel, with the order's number, whether it pays twice, and whether the customer has"},
	ledger.NoteStatementRefund: {"strange-refund", "the statement has a refund of a sale here that the till has not asked for", lookAccount},
	ledger.NoteStatementRefundOpen: {"refund-done-there", "the statement has a refund done that has not ended with money here",
		"nothing: the till asks the channel when it is open; settle here what stays"},
	ledger.NoteStatementRefundState: {"refund-state-differs", "the refund went back here and failed in the statement, or went back by hand and through the channel, too",
		"look the refund up in the merchant's account at the channel, and settle with the customer what has really come"},
	ledger.NoteStatementNumber:   {"number-differs", "the channel's number of the payment is another one", lookRow},
	ledger.NoteStatementCurrency: {"currency-differs", "the statement has another currency", lookRow},
	ledger.NoteStatementMerchant: {"merchant-differs", "the row is of another merchant, app or channel than the sale", lookRow},
	ledger.NoteStatementTooMuch:  {"too-much-back", "more was given back than was paid", lookAccount},
	ledger.NoteStatementFunds: {"balance-differs", "what the day's trades have moved on the balance is not what the statement of trades comes to",
		"compare both files in the merchant's account; ask the channel about what is left"},
	ledger.NoteStatementMissing: {"statement-missing", "two days after a day with payments the channel has given no statement of it",
		"guitai statement fetch says why; a file out of the merchant's account can be imported"},
	ledger.NoteStatementMany: {"many", "more of this statement does not agree than the list takes", "guitai statement show --day has all of it; is it this shop's statement?"},
}

// wordOf is what is wrong with an entry; ok is false for a note that this version has no words for.
func wordOf(note ledger.Note) (word exceptionWord, ok bool) {
	if word, ok = exceptionWords[note]; !ok {
		word, ok = statementWords[note]
	}
	return word, ok
}
