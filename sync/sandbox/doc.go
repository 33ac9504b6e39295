// Package sandbox simulates the wire protocols of two payment channels: the Alipay gateway (/gateway.do, RSA2) and the
// WeChat Pay v3 API (native, codepay, query, close, reverse, refund; public-key mode). Real signatures go both ways and
// unmodified client libraries talk to it.
//
// All rules about orders live in one book (order.go, book.go); the two protocols only translate. What customers and
// channels do by themselves is worked out from timestamps when somebody looks, so restarts and fake time change
// nothing. Orders are kept in Config.Dir; a line is written before its answer leaves.
//
// It is not a channel: it knows what the public documents and the client libraries show, and no more. Where they are
// silent or contradict each other it takes the side that is harder on the client: a cancel of an unknown number
// answers success, a QR that is shown but not scanned is no trade, an early reverse is refused.
//
// # Customer codes
//
// Only the simulator's own codes are accepted; a code from a real phone is refused. A code has 18 digits: 2800000000
// (Alipay) or 1300000000 (WeChat Pay), two digits that choose the behaviour, six free ones. A code is good for one
// order, ever; it has no age, because nobody can know when a customer opened it.
//
// # Behaviours
//
// The last two digits of the amount in fen choose the behaviour where they are 71 to 91, else the code or the scan:
//
//	00  pays at once
//	71  balance not enough, a signed refusal (QR: the order stays unpaid)
//	72  code expired or invalid, a signed refusal (QR: the phone says so and nothing happens)
//	73  keys a password and pays after 6 s
//	74  is asked for a password and never answers
//	75  declines at the password after 6 s (WeChat code: PAYERROR; Alipay: waiting, TRADE_CLOSED after 20 s; WeChat QR: unpaid)
//	76  executed, then the connection is dropped: the answer is lost
//	77  dropped before it is executed: the order never existed
//	78  executed, answered with HTTP 500
//	79  not executed, HTML with status 200 (captive portal)
//	80  executed, the body of the answer is cut off
//	81  executed, wrong signature on this answer; queries are fine
//	82  executed, no signature on this answer
//	83  executed, probe signature WECHATPAY/SIGNTEST/ (Alipay: like 81)
//	84  executed, the answer's time is 10 minutes off (WeChat timestamp, correctly signed; Alipay Date header)
//	85  executed, yet answered SYSTEM_ERROR
//	86  not executed, answered SYSTEM_ERROR
//	87  executed, answered after 8 s
//	88  never pays; the first two cancels, closes or reverses are executed and their answers lost
//	89  pays at the moment a cancel, close or reverse arrives (cancel and reverse then refund, close is refused)
//	90  pays; the answer and all queries name one fen less
//	91  pays; the answer and all queries name another merchant (WeChat mchid; Alipay: another order's number)
//
// For QR orders 71 to 75 and 88 to 91 act when the customer scans, 76 to 87 act on the order request (every time it is
// sent) and the later scan simply pays. 89 also acts on a QR that nobody has scanned, 88 on such a WeChat QR.
//
// # Refunds
//
// Money goes back under a refund number: the same number never moves it twice, and is refused with another amount. No
// more than what was paid goes back, in parts or at once. WeChat Pay takes 50 refunds of an order, a minute apart, for a
// year; Alipay for 90 days. After the whole amount an Alipay trade is TRADE_CLOSED; after any refund a WeChat Pay trade is
// REFUND. The last two digits of the refund's amount in fen choose the behaviour where they are 61 to 69; an order of such
// an amount pays plainly, so that 8.61 sold and refunded, or 0.61 refunded of anything, has trouble:
//
//	00  goes back (Alipay: at once; WeChat Pay: PROCESSING, done after 5 s)
//	61  the shop's balance is not enough; the same number is taken from 30 s after the first try on
//	62  executed, then the connection is dropped: the answer is lost
//	63  executed, yet answered SYSTEM_ERROR
//	64  WeChat Pay: PROCESSING, ABNORMAL after 5 s (Alipay: goes back)
//	65  WeChat Pay: PROCESSING, CLOSED after 5 s (failed); Alipay: accepted and not carried out, a repeat is
//	66  accepted, done after 10 min
//	67  refused for good (WeChat Pay: USER_ACCOUNT_ABNORMAL; Alipay: TRADE_NOT_ALLOW_REFUND)
//	68  goes back; queries name one fen less
//	69  executed, wrong signature on the refund's answer; queries are fine
//
// # Bills
//
// Each channel makes a bill of each day in Beijing, which can be fetched from 10:00 on the next: Alipay's of trades
// (alipay.data.dataservice.bill.downloadurl.query, a ZIP of two GBK files, its address dead after 30 s), WeChat Pay's of
// trades and of the balance (/v3/bill/tradebill and fundflowbill; the file is not signed, its SHA-1 is; dead after 5 min).
// Fees are 0.60 %, half up to the fen, and go back with the money. A bill of a day that is over never changes. The balance
// is paid out every morning. BillDefect puts something wrong into bills.
//
// # Control
//
// GET /sandbox/orders lists every order with its refunds and its history. POST /sandbox/scan {"qr": payload, "behaviour": n} is a
// customer. POST /sandbox/faults takes a Fault as JSON, or {"clear": true}; POST /sandbox/bills likewise a BillDefect. POST /sandbox/notify {"order": number, "url":
// "http://127.0.0.1:…"} delivers the channel's notice about an order as it stands now, with "refund" about one of its
// refunds, with "copies" more than once; the answer lists what was answered. The same is there as methods of Server.
package sandbox
