package assets

import "strings"

// codeGroup is one sentence for all codes that ask the same of the cashier.
type codeGroup struct {
	zh, en string
	codes  string // normalised, separated by blanks
}

// codeGroups is the table of channel codes a cashier can meet: Alipay's sub_codes of trade.pay, precreate, query, cancel
// and close, WeChat Pay v3's codes of codepay, native, query, close and reverse in both spellings, and the till's own
// words for a line that failed. Codes that are not here show the channel's own message, cleaned.
var codeGroups = []codeGroup{
	{"付款码已过期或用过，请顾客刷新", "the code is used or expired: refresh it",
		"PAYMENTAUTHCODEINVALID SOUNDWAVEPARSERFAIL AUTHCODEINVALID AUTHCODEEXPIRE AUTHCODEEXPIRED AUTHCODEERROR"},
	{"顾客余额不足，请换一种付款方式", "not enough money: another card or way",
		"BUYERBALANCENOTENOUGH BUYERBANKCARDBALANCENOTENOUGH NOTENOUGH"},
	{"顾客没有可用的付款方式，请换一种", "no usable card or balance: another way",
		"NOPAYMENTINSTRUMENTSAVAILABLE ERRORBALANCEPAYMENTDISABLE NOTSUPORTCARD NOTSUPPORTCARD"},
	{"超过顾客的付款限额，请换一种方式", "over the customer's limit: another way",
		"BUYERPAYMENTAMOUNTDAYLIMITERROR BUYERPAYMENTAMOUNTMONTHLIMITERROR BEYONDPAYRESTRICTION TOTALFEEEXCEED"},
	{"超过本店的收款限额，请叫主管", "over this shop's limit: call a supervisor",
		"BEYONDPERRECEIPTSINGLERESTRICTION BEYONDPERRECEIPTDAYRESTRICTION MERCHANTPERMRECEIPTSUSPENDLIMIT MERCHANTPERMRECEIPTSINGLELIMIT MERCHANTPERMRECEIPTDAYLIMIT"},
	{"顾客的账户受限，请他在手机里处理或换一种", "the customer's account is limited: another way",
		"BUYERENABLESTATUSFORBID ERRORBUYERCERTIFYLEVELLIMIT MOBILEPAYMENTSWITCHOFF USERFACEPAYMENTSWITCHOFF ACCOUNTERROR USERACCOUNTABNORMAL"},
	{"渠道认为有风险，请换一种付款方式", "the channel sees a risk: another way",
		"PAYMENTREQUESTHASRISK TRADEERROR RULELIMIT"},
	{"付款人不能是本店自己或别人，请换人付款", "this payer cannot pay here: another payer",
		"BUYERSELLEREQUAL TRADEBUYERNOTMATCH"},
	{"付款没有完成，可以再试一次", "the payment did not finish: try again",
		"PAYMENTFAIL PULLMOBILECASHIERFAIL PAYERROR"},
	{"顾客正在输入密码", "the customer is keying a password",
		"USERPAYING WAITBUYERPAY 10003"},
	{"说已付，还不算数，正在核对", "said paid: not believed yet, being checked",
		"TRADEHASSUCCESS ORDERPAID SUCCESS TRADESUCCESS TRADEFINISHED"},
	{"订单还没有付款", "the order is not paid yet",
		"NOTPAY ACCEPT"},
	{"付过款，后来有退款，请叫主管", "was paid and refunded since: call a supervisor",
		"REFUND"},
	{"订单已关闭，请重新收款", "the order is closed: charge anew",
		"TRADEHASCLOSE TRADECLOSED ORDERCLOSED ORDERREVERSED CLOSED REVOKED"},
	{"渠道没有这个订单", "the channel knows no such order",
		"TRADENOTEXIST ORDERNOTEXIST"},
	{"渠道系统繁忙，结果要再查", "the channel is busy: asking again",
		"SYSTEMERROR BANKERROR UNKNOWERROR UNKNOWNERROR SERVICEUNAVAILABLE 20000"},
	{"请求太频繁，稍后再问", "asked too often: waiting a little",
		"FREQUENCYLIMITED FREQUENCYLIMITEXCEED RATELIMIT RATELIMITED RATELIMITEXCEEDED 40005"},
	{"本店账户被限制，请叫主管", "the shop's account is blocked: call a supervisor",
		"SELLERBEENBLOCKED ACCESSFORBIDDEN NOAUTH PARTNERERROR EXISTFORBIDDENWORD"},
	{"本机的渠道配置不对，请找支持", "this till's channel settings are wrong: call support",
		"INVALIDPARAMETER INVALIDSTOREID RISKMERCHANTIPNOTEXIST AUTHTOKENISNOTEXIST SIGNERROR PARAMERROR APPIDMCHIDNOTMATCH MCHNOTEXISTS MCHNOTEXIST INVALIDREQUEST RESOURCENOTEXISTS INVALIDSIGN 40001 40002 40003 40006 20001"},
	{"单号重复，正在查询，请报代码给支持", "order number used twice: tell support the code",
		"CONTEXTINCONSISTENT OUTTRADENOUSED"},
	{"时钟或订单时限不对，请找支持", "clock or time limit is wrong: call support",
		"NOWTIMEAFTEREXPIRETIMEERROR"},
	{"商户余额不够退款，请叫主管", "the shop's balance cannot pay it back: call a supervisor",
		"SELLERBALANCENOTENOUGH"},
	{"现在不能撤销，请叫主管", "it cannot be cancelled now: call a supervisor",
		"TRADECANCELTIMEOUT TRADEHASFINISHED CANCELNOTALLOWED REASONTRADEBEENFREEZEN TRADESTATUSERROR REASONTRADESTATUSINVALID REASONILLEGALSTATUS REVERSEEXPIRE"},
	{"线路断开或超时，结果要再查", "the line failed: asking again",
		"TIMEOUT NOCONNECTION CUTOFF TLS TOOLONG HTTP NOTJSON"},
	{"付款码太旧，没有发出，请顾客刷新", "the code grew too old and was not sent: refresh it",
		"CODESTALE CODEGONE"},
	{"线路不通，没有发出，请换一种方式", "the line is down, nothing was sent: another way",
		"LINKDOWN"},
	{"回答的签名不对，不算数，再查", "the answer's signature is wrong: asking again",
		"BADSIGNATURE"},
}

var codeIndex = func() map[string]*codeGroup {
	index := make(map[string]*codeGroup)
	for i := range codeGroups {
		for _, code := range strings.Fields(codeGroups[i].codes) {
			index[code] = &codeGroups[i]
		}
	}
	return index
}()

// CodeSays gives a channel's code in the cashier's language; ok is false for a code that is not in the table. The
// spelling does not matter: case, underscores and hyphens are passed over, as are Alipay's prefixes (ACQ., its
// misspelling AQC., aop.ACQ., isv.).
func CodeSays(lang Lang, code string) (text string, ok bool) {
	group := codeIndex[normal(code)]
	switch {
	case group == nil:
		return "", false
	case lang == Zh:
		return group.zh, true
	}
	return group.en, true
}

func normal(code string) string {
	code = code[strings.LastIndexByte(code, '.')+1:]
	return strings.ToUpper(strings.NewReplacer("_", "", "-", "", " ", "").Replace(code))
}
