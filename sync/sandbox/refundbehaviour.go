package sandbox

// Numbers of the refund behaviours that the rules look at; all others are faults of the answer.
const (
	refundPlain  = 0
	refundHeld   = 61
	refundStuck  = 64
	refundFails  = 65
	refundSlowly = 66
	refundDenied = 67
	refundLess   = 68
	refundLast   = 69
)

// RefundBehaviours is the one table of what a refund can be made to do, by the last two digits of its amount in fen. They
// meet no number of Behaviours, so an order of such an amount pays plainly and can be refunded in full with trouble.
var RefundBehaviours = []Behaviour{
	{Number: refundPlain, Name: "refunds", Zh: "正常退款（支付宝立即到账；微信先 PROCESSING，5 秒后成功）", En: "goes back (Alipay: at once; WeChat Pay: PROCESSING, done after 5 s)"},
	{Number: refundHeld, Name: "refund-balance", Zh: "商户余额不足，30 秒后同一退款单号重试成功", En: "the shop's balance is not enough; the same number is taken from 30 s after the first try on"},
	{Number: 62, Name: "refund-lost", Zh: "已执行，退款应答丢失", En: "executed, then the connection is dropped: the answer is lost", fault: FaultCommitDrop},
	{Number: 63, Name: "refund-error", Zh: "已执行，却应答 SYSTEM_ERROR", En: "executed, yet answered SYSTEM_ERROR", fault: FaultSystemError},
	{Number: refundStuck, Name: "refund-abnormal", Zh: "微信：PROCESSING，5 秒后 ABNORMAL（支付宝：正常退款）", En: "WeChat Pay: PROCESSING, ABNORMAL after 5 s (Alipay: goes back)"},
	{Number: refundFails, Name: "refund-fails", Zh: "微信：PROCESSING，5 秒后 CLOSED（失败）；支付宝：已受理但未退，同号重试成功", En: "WeChat Pay: PROCESSING, CLOSED after 5 s (failed); Alipay: accepted and not carried out, a repeat is"},
	{Number: refundSlowly, Name: "refund-slow", Zh: "已受理，10 分钟后才到账", En: "accepted, done after 10 min"},
	{Number: refundDenied, Name: "refund-denied", Zh: "明确拒绝（微信 USER_ACCOUNT_ABNORMAL；支付宝 TRADE_NOT_ALLOW_REFUND）", En: "refused for good (WeChat Pay: USER_ACCOUNT_ABNORMAL; Alipay: TRADE_NOT_ALLOW_REFUND)"},
	{Number: refundLess, Name: "refund-less", Zh: "已退；查询的金额少一分", En: "goes back; queries name one fen less"},
	{Number: refundLast, Name: "refund-signature", Zh: "已执行，退款应答签名错误，之后查询正常", En: "executed, wrong signature on the refund's answer; queries are fine", fault: FaultBadSign},
}

// chooseRefund gives a refund's behaviour: its amount's last two digits where they are magic.
func chooseRefund(amount int64) int {
	if last := int(amount % 100); last >= refundHeld && last <= refundLast {
		return last
	}
	return refundPlain
}

// orElseRefund falls back to what the amount of a refund request asks for.
func (t trouble) orElseRefund(amount int64) trouble {
	if t.kind != "" {
		return t
	}
	for _, b := range RefundBehaviours {
		if b.Number == chooseRefund(amount) {
			return trouble{kind: b.fault, delay: b.delay}
		}
	}
	return t
}
