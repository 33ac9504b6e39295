package sandbox

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	requestLimit   = 64 << 10         // bytes; both channels' requests are below 4 KiB
	alipayClock    = 30 * time.Minute // how far a request's timestamp may be off
	alipayTime     = "2006-01-02 15:04:05"
	alipayMemberOf = "_response"
)

// alipayMethod says what a method is for the rules and for fault injection.
type alipayMethod struct {
	operation string
	run       func(*Server, time.Time, alipayBiz, string) (alipayReply, bool)
}

var alipayMethods = map[string]alipayMethod{
	"alipay.trade.pay":       {opPay, (*Server).alipayPay},
	"alipay.trade.precreate": {opOrder, (*Server).alipayPrecreate},
	"alipay.trade.query":     {opQuery, (*Server).alipayQuery},
	"alipay.trade.cancel":    {opClose, (*Server).alipayCancel},
	"alipay.trade.close":     {opClose, (*Server).alipayClose},
	"alipay.trade.refund":    {opRefund, (*Server).alipayRefundTrade},

	"alipay.trade.fastpay.refund.query": {opRefundQuery, (*Server).alipayRefundQuery},

	"alipay.data.dataservice.bill.downloadurl.query": {opBill, (*Server).alipayBill},
}

// gateway is POST /gateway.do: one form, one signed answer.
func (s *Server) gateway(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, requestLimit)
	if err := r.ParseForm(); err != nil {
		s.gatewayError(w, alipayReply{Code: "40002", SubCode: "isv.invalid-form"})
		return
	}
	name := r.Form.Get("method")
	method, known := alipayMethods[name]
	var biz alipayBiz
	bizErr := json.Unmarshal([]byte(r.Form.Get("biz_content")), &biz)
	biz.base = baseOf(r)
	t := s.takeFault(Alipay, method.operation, cmp.Or(biz.OutTradeNo, biz.BillDate))
	if t.kind == FaultDown {
		panic(http.ErrAbortHandler)
	}
	if sub := s.checkGateway(r.Form, time.Now()); sub != "" {
		s.gatewayError(w, alipayReply{Code: "40002", SubCode: sub})
		return
	}
	p := alipayProtocol{s, strings.ReplaceAll(name, ".", "_") + alipayMemberOf}
	if !known || bizErr != nil {
		sub := "isv.invalid-method"
		if known {
			sub = "isv.invalid-parameter"
		}
		s.exchange(w, r, p, t, func() answer { return alipayReply{Code: "40002", SubCode: sub}.answer() })
		return
	}
	if method.operation == opPay || method.operation == opOrder {
		amount, _ := parseYuan(biz.TotalAmount.String())
		t = t.orElse(amount, biz.AuthCode)
	}
	if method.operation == opRefund {
		amount, _ := parseYuan(biz.RefundAmount.String())
		t = t.orElseRefund(amount)
	}
	s.exchange(w, r, p, t, func() answer {
		reply, lost := method.run(s, time.Now(), biz, r.Form.Get("biz_content"))
		a := reply.answer()
		a.lost = lost
		return a
	})
}

// checkGateway verifies the common parameters and the signature and gives the sub_code of the first thing wrong.
func (s *Server) checkGateway(form url.Values, now time.Time) string {
	stamp, err := time.ParseInLocation(alipayTime, form.Get("timestamp"), beijing)
	switch {
	case form.Get("app_id") != AppID:
		return "isv.invalid-app-id"
	case !strings.EqualFold(form.Get("charset"), "utf-8"):
		return "isv.invalid-charset"
	case form.Get("sign_type") != "RSA2":
		return "isv.invalid-signature-type"
	case form.Get("version") != "1.0":
		return "isv.invalid-version"
	case err != nil || now.Sub(stamp).Abs() > alipayClock:
		return "isv.invalid-timestamp"
	}
	pairs := make([]string, 0, len(form))
	for name, values := range form {
		if len(values) != 1 {
			return "isv.invalid-signature" // a repeated parameter has no agreed meaning
		}
		if name != "sign" && values[0] != "" {
			pairs = append(pairs, name+"="+values[0])
		}
	}
	slices.Sort(pairs)
	if verify(&s.keys.app.PublicKey, []byte(strings.Join(pairs, "&")), form.Get("sign")) != nil {
		return "isv.invalid-signature"
	}
	return ""
}

// gatewayError answers a request that could not be verified: error_response, without a signature.
func (s *Server) gatewayError(w http.ResponseWriter, reply alipayReply) {
	a := reply.answer()
	a.unsigned = true
	s.deliver(w, alipayProtocol{s, "error_response"}, "", a)
}

// alipayProtocol wraps answers as the gateway does; member is the name of the inner object.
type alipayProtocol struct {
	s      *Server
	member string
}

func (alipayProtocol) systemError(executed bool) answer {
	if executed {
		return alipayReply{Code: "40004", SubCode: "ACQ.SYSTEM_ERROR", SubMsg: "系统错误"}.answer()
	}
	return alipayReply{Code: "20000", SubCode: "aop.ACQ.SYSTEM_ERROR", SubMsg: "系统异常"}.answer()
}

func (p alipayProtocol) seal(header http.Header, a answer, kind string, _ time.Time) ([]byte, error) {
	header.Set("Content-Type", "text/html;charset=utf-8") // sic: the gateway calls its JSON so
	body := `{"` + p.member + `":` + string(a.body)
	if a.unsigned || kind == FaultNoSign {
		return []byte(body + "}"), nil
	}
	signature, err := sign(p.s.keys.alipay, a.body)
	if err != nil {
		return nil, err
	}
	if kind == FaultBadSign || kind == FaultProbeSign {
		signature = spoil(signature)
	}
	return []byte(body + `,"sign":"` + signature + `"}`), nil
}

// alipayReply is the inner object of every answer.
type alipayReply struct {
	Code           string       `json:"code"`
	Msg            string       `json:"msg"`
	SubCode        string       `json:"sub_code,omitempty"`
	SubMsg         string       `json:"sub_msg,omitempty"`
	TradeNo        string       `json:"trade_no,omitempty"`
	OutTradeNo     string       `json:"out_trade_no,omitempty"`
	TradeStatus    string       `json:"trade_status,omitempty"`
	BuyerLogonID   string       `json:"buyer_logon_id,omitempty"`
	BuyerUserID    string       `json:"buyer_user_id,omitempty"`
	TotalAmount    string       `json:"total_amount,omitempty"`
	ReceiptAmount  string       `json:"receipt_amount,omitempty"`
	BuyerPayAmount string       `json:"buyer_pay_amount,omitempty"`
	InvoiceAmount  string       `json:"invoice_amount,omitempty"`
	PointAmount    string       `json:"point_amount,omitempty"`
	GmtPayment     string       `json:"gmt_payment,omitempty"`   // trade.pay
	SendPayDate    string       `json:"send_pay_date,omitempty"` // trade.query
	StoreID        string       `json:"store_id,omitempty"`
	TerminalID     string       `json:"terminal_id,omitempty"`
	FundBillList   []alipayFund `json:"fund_bill_list,omitempty"`
	QRCode         string       `json:"qr_code,omitempty"`
	RetryFlag      string       `json:"retry_flag,omitempty"`
	Action         string       `json:"action,omitempty"`
	OutRequestNo   string       `json:"out_request_no,omitempty"`
	FundChange     string       `json:"fund_change,omitempty"`
	RefundFee      string       `json:"refund_fee,omitempty"` // of all the trade's refunds together
	RefundAmount   string       `json:"refund_amount,omitempty"`
	RefundStatus   string       `json:"refund_status,omitempty"`
	GmtRefundPay   string       `json:"gmt_refund_pay,omitempty"`

	BillDownloadURL string `json:"bill_download_url,omitempty"`
}

type alipayFund struct {
	FundChannel string `json:"fund_channel"`
	Amount      string `json:"amount"`
}

var alipayMessages = map[string]string{
	"10000": "Success", "10003": "order success pay inprocess", "20000": "Service Currently Unavailable",
	"40002": "Invalid Arguments", "40004": "Business Failed",
}

func (r alipayReply) answer() answer {
	r.Msg = alipayMessages[r.Code]
	if r.SubCode != "" && r.SubMsg == "" {
		r.SubMsg = r.SubCode
	}
	body, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings only
	}
	return answer{status: http.StatusOK, body: body}
}
