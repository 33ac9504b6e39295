package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Channel names as they appear in orders, faults and NewCode.
const (
	Alipay    = "alipay"
	WechatPay = "wechatpay"
)

// Behaviour is one scripted way in which a customer or the channel acts. Its number is chosen by the last two digits
// of an amount in fen, or by the two digits after the fixed prefix of a customer code; the amount wins.
type Behaviour struct {
	Number int
	Name   string // short English key, stable, for tests and logs
	Zh, En string // one sentence for the help screen and the README

	fault string        // what becomes of the answer to the pay or order request; empty: it arrives
	delay time.Duration // how long that answer is held back
}

// Numbers of the behaviours that the order rules look at; all others are faults of the answer and live in Behaviours.
const (
	payAtOnce       = 0
	noBalance       = 71
	badCode         = 72
	password        = 73
	passwordForever = 74
	passwordRefused = 75
	lostCancels     = 88
	paidAtCancel    = 89
	otherAmount     = 90
	otherMerchant   = 91
)

// Behaviours is the one table of what the simulator can be asked to do; the package comment, the help of training mode
// and the README are drawn from it. For QR orders 71 to 75 and 88 to 91 act when the customer scans, 76 to 87 act on
// the order request and the later scan simply pays.
var Behaviours = []Behaviour{
	{Number: payAtOnce, Name: "pays", Zh: "立即付款", En: "pays at once"},
	{Number: noBalance, Name: "balance", Zh: "余额不足，明确拒绝（扫码单：订单保持未付）", En: "balance not enough, a signed refusal (QR: the order stays unpaid)"},
	{Number: badCode, Name: "code", Zh: "付款码过期或无效，明确拒绝（扫码单：手机提示二维码失效，订单不变）", En: "code expired or invalid, a signed refusal (QR: the phone says so and nothing happens)"},
	{Number: password, Name: "password", Zh: "输入密码，6 秒后付款", En: "keys a password and pays after 6 s"},
	{Number: passwordForever, Name: "silent", Zh: "要求输入密码，始终不付", En: "is asked for a password and never answers"},
	{Number: passwordRefused, Name: "declines", Zh: "要求输入密码，6 秒后顾客取消（微信付款码 PAYERROR；支付宝等待，20 秒后交易关闭）", En: "declines at the password after 6 s (WeChat code: PAYERROR; Alipay: waiting, TRADE_CLOSED after 20 s; WeChat QR: unpaid)"},
	{Number: 76, Name: "commit-drop", Zh: "已执行，随后断开连接，应答丢失", En: "executed, then the connection is dropped: the answer is lost", fault: FaultCommitDrop},
	{Number: 77, Name: "drop-before", Zh: "执行前断开连接，订单不存在", En: "dropped before it is executed: the order never existed", fault: FaultDropBefore},
	{Number: 78, Name: "http-500", Zh: "已执行，应答 HTTP 500", En: "executed, answered with HTTP 500", fault: Fault500},
	{Number: 79, Name: "html", Zh: "未执行，返回 HTML 200（上网认证页）", En: "not executed, HTML with status 200 (captive portal)", fault: FaultHTML},
	{Number: 80, Name: "truncated", Zh: "已执行，应答正文被截断", En: "executed, the body of the answer is cut off", fault: FaultTruncated},
	{Number: 81, Name: "bad-signature", Zh: "已执行，付款应答签名错误，之后查询正常", En: "executed, wrong signature on this answer; queries are fine", fault: FaultBadSign},
	{Number: 82, Name: "no-signature", Zh: "已执行，付款应答没有签名", En: "executed, no signature on this answer", fault: FaultNoSign},
	{Number: 83, Name: "probe-signature", Zh: "已执行，探测签名 WECHATPAY/SIGNTEST/（支付宝同 81）", En: "executed, probe signature WECHATPAY/SIGNTEST/ (Alipay: like 81)", fault: FaultProbeSign},
	{Number: 84, Name: "skew", Zh: "已执行，应答时间偏差 10 分钟（微信时间戳，签名正确；支付宝 Date 头）", En: "executed, the answer's time is 10 minutes off (WeChat timestamp, correctly signed; Alipay Date header)", fault: FaultSkew},
	{Number: 85, Name: "error-executed", Zh: "已执行，却应答 SYSTEM_ERROR", En: "executed, yet answered SYSTEM_ERROR", fault: FaultSystemError},
	{Number: 86, Name: "error-unexecuted", Zh: "未执行，应答 SYSTEM_ERROR", En: "not executed, answered SYSTEM_ERROR", fault: FaultSystemErrorBefore},
	{Number: 87, Name: "slow", Zh: "已执行，8 秒后才应答", En: "executed, answered after 8 s", fault: FaultDelay, delay: 8 * time.Second},
	{Number: lostCancels, Name: "lost-cancels", Zh: "顾客不付；前两次撤销/关单已执行但应答丢失", En: "never pays; the first two cancels, closes or reverses are executed and their answers lost"},
	{Number: paidAtCancel, Name: "paid-at-cancel", Zh: "在撤销/关单到达的瞬间付款（撤销则退款，关单则被拒）", En: "pays at the moment a cancel, close or reverse arrives (cancel and reverse then refund, close is refused)"},
	{Number: otherAmount, Name: "other-amount", Zh: "已付；付款应答和查询的金额少一分", En: "pays; the answer and all queries name one fen less"},
	{Number: otherMerchant, Name: "other-merchant", Zh: "已付；付款应答和查询写着别的商户（微信 mchid；支付宝为别的订单号）", En: "pays; the answer and all queries name another merchant (WeChat mchid; Alipay: another order's number)"},
}

// Life times and waits of the scripted customers and of the channels behind them.
const (
	passwordTime   = 6 * time.Second     // long enough for one poll to see "waiting"
	declinedTime   = 20 * time.Second    // Alipay closes a declined trade here, inside the usual poll window of 60 s
	autoRevoke     = 45 * time.Second    // WeChat Pay, closed loop of code orders
	reverseEarly   = 15 * time.Second    // WeChat Pay reverse: refused while the customer is paying
	unscannedLife  = 2 * time.Hour       // Alipay unscanned QR and WeChat code_url
	tradeLife      = 15 * 24 * time.Hour // Alipay timeout_express, default
	nativeLife     = 7 * 24 * time.Hour  // WeChat time_expire, default
	cancelWindow   = 24 * time.Hour      // Alipay trade.cancel
	reverseWindow  = 7 * 24 * time.Hour  // WeChat Pay reverse
	lostCancelsMax = 2                   // answers that behaviour 88 swallows
)

const (
	alipayCodePrefix = "2800000000"
	wechatCodePrefix = "1300000000"
	codeLength       = 18
)

func behaviour(number int) (Behaviour, bool) {
	for _, b := range Behaviours {
		if b.Number == number {
			return b, true
		}
	}
	return Behaviour{}, false
}

// choose gives the behaviour of an order: the amount's last two digits where they are magic, else what was asked for.
func choose(amount int64, asked int) int {
	if last := int(amount % 100); last >= noBalance && last <= otherMerchant {
		return last
	}
	return asked
}

// OwnCode tells whether code has the shape of this simulator's customer codes, for either channel. A code from a real
// phone never has it: its first ten digits are not fixed.
func OwnCode(code string) bool {
	_, _, ok := readCode(code)
	return ok
}

func readCode(code string) (channel string, number int, ok bool) {
	if len(code) != codeLength || strings.Trim(code, "0123456789") != "" {
		return "", 0, false
	}
	switch code[:10] {
	case alipayCodePrefix:
		channel = Alipay
	case wechatCodePrefix:
		channel = WechatPay
	default:
		return "", 0, false
	}
	number = int(code[10]-'0')*10 + int(code[11]-'0')
	if _, ok := behaviour(number); !ok {
		return "", 0, false
	}
	return channel, number, true
}

func makeCode(channel string, number, serial int) (string, error) {
	prefix := alipayCodePrefix
	switch channel {
	case Alipay:
	case WechatPay:
		prefix = wechatCodePrefix
	default:
		return "", fmt.Errorf("no such channel %q: alipay or wechatpay", channel)
	}
	if _, ok := behaviour(number); !ok {
		return "", fmt.Errorf("no such behaviour %d: 0 or 71 to 91", number)
	}
	return fmt.Sprintf("%s%02d%06d", prefix, number, serial%1_000_000), nil
}

// digestOf hides a customer code; empty stays empty, and so does a code that is not the simulator's own.
func digestOf(code string) string {
	if !OwnCode(code) {
		return ""
	}
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}
