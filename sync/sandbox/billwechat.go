package sandbox

import (
	"bufio"
	"crypto/sha1" // WeChat Pay v3 names a bill's SHA-1
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The columns of WeChat Pay's bills (API v3, tradebill with bill_type ALL, and fundflowbill). Values have a back-quote in
// front, names have none; lines end in CR LF. The byte order mark is there because it may be.
const (
	byteOrderMark = "\ufeff"
	crlf          = "\r\n"

	wechatColumns = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类," +
		"应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率," +
		"订单金额,申请退款金额,费率备注"
	wechatTotals = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)

const (
	wechatBillMonths = 3               // how long a bill can be asked for
	wechatBillLife   = 5 * time.Minute // of a download address
)

const garbageLine = "\x00\xff\x80 no row of any bill \x1b[2J"

// wechatBill is GET tradebill and fundflowbill.
func (s *Server) wechatBill(kind string) func(time.Time, wechatCall) answer {
	return func(now time.Time, c wechatCall) answer {
		day, err := time.ParseInLocation(time.DateOnly, c.query.Get("bill_date"), beijing)
		today, zip := beijingDay(now), c.query.Get("tar_type")
		switch {
		case err != nil:
			return paramError("bill_date must be like 2006-01-02")
		case !day.Before(today):
			return paramError("bill_date must be before today")
		case day.Before(today.AddDate(0, -wechatBillMonths, 0)):
			return paramError("bill_date is more than three months ago")
		case zip != "" && zip != "GZIP":
			return paramError("tar_type must be GZIP or missing")
		case kind == BillTrades && c.query.Get("bill_type") != "" && c.query.Get("bill_type") != "ALL":
			return paramError("the simulator makes bill_type ALL only")
		case kind == BillFunds && c.query.Get("account_type") != "" && c.query.Get("account_type") != "BASIC":
			return paramError("the simulator makes account_type BASIC only")
		case now.Before(day.Add(billReady)):
			return wechatError(http.StatusBadRequest, "STATEMENT_CREATING", "账单生成中，请在 10 点后再试")
		}
		b, empty, err := s.bill(WechatPay, kind, day, now)
		switch {
		case err != nil:
			return s.wechatRefusal(err)
		case empty:
			return wechatError(http.StatusBadRequest, "NO_STATEMENT_EXIST", "账单文件不存在，该日期没有交易")
		}
		hash := sha1.New()
		if err := b.write(hash); err != nil && err != errCut {
			return s.wechatRefusal(err)
		}
		sum := hash.Sum(nil)
		if b.wrongHash || b.cut { // what is named is never the hash of half a file
			sum[0] ^= 1
		}
		token := s.admit(ticket{channel: WechatPay, kind: kind, day: day, until: now.Add(wechatBillLife), gzip: zip != ""}, now)
		return wechatAnswer(http.StatusOK, struct {
			Type  string `json:"hash_type"`
			Value string `json:"hash_value"`
			URL   string `json:"download_url"`
		}{"SHA1", hex.EncodeToString(sum), c.base + "/v3/billdownload/file?token=" + token})
	}
}

// quoted writes lines of values with a back-quote in front of each.
type quoted struct {
	line []byte
}

func (q *quoted) put(values ...string) {
	for _, value := range values {
		if len(q.line) > 0 {
			q.line = append(q.line, ',')
		}
		q.line = append(append(q.line, '`'), value...)
	}
}

func (q *quoted) end(w *bufio.Writer) {
	_, _ = w.Write(append(q.line, crlf...)) // the writer keeps its first error
	q.line = q.line[:0]
}

// wechatSum is the last line of a bill of trades.
type wechatSum struct {
	rows                           int
	settled, back, fee, order, ask int64
}

// writeWechat writes the bill of trades.
func (b *bill) writeWechat(to io.Writer) error {
	w := bufio.NewWriterSize(to, 64<<10)
	_, _ = w.WriteString(byteOrderMark + wechatColumns + crlf)
	var q quoted
	var sum wechatSum
	for i := range b.rows {
		if b.ends(i) {
			break
		}
		if b.rows[i].garbage {
			_, _ = w.WriteString(garbageLine + crlf)
			continue
		}
		b.rows[i].wechat(&q, &sum)
		q.end(w)
	}
	if b.cut {
		return firstError(w.Flush(), errCut)
	}
	_, _ = w.WriteString(wechatTotals + crlf)
	q.put(strconv.Itoa(sum.rows), formatSigned(sum.settled), formatSigned(sum.back), "0.00", formatFee(sum.fee), formatSigned(sum.order+b.off), formatSigned(sum.ask))
	q.end(w)
	return w.Flush()
}

func firstError(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// wechat writes one row and adds it up. A payment fills the order's columns; a refund and a reversal (REVOKED, under the
// order's own number) fill the refund's, and their fee is negative: it goes back.
func (r *billRow) wechat(q *quoted, sum *wechatSum) {
	state, kind, refundState, id, number := "SUCCESS", "", "", "0", "0"
	settled, coupon, order, back, fee := r.amount-r.discount-r.aside, r.discount, r.amount, int64(0), r.fee
	if r.kind != rowTrade {
		settled, coupon, order, back, fee = 0, 0, 0, r.amount, -r.fee
		state, kind, refundState = "REFUND", "ORIGINAL", wechatBillStates[r.state]
		id, number = r.id, r.refund
	}
	if r.kind == rowReversal {
		state, id, number = "REVOKED", "0", "0"
	}
	trade := "NATIVE"
	if r.way == KindCode {
		trade = "MICROPAY"
	}
	q.put(r.at.In(beijing).Format(billTime), WechatAppID, r.merchant, "0", r.terminal, r.business, r.order, "oSANDBOX00000000000000000071",
		trade, state, "OTHERS", "CNY", formatSigned(settled), formatSigned(coupon), id, number, formatSigned(back-r.backAside()), "0.00", kind, refundState,
		billSubject, "", formatFee(fee), "0.60%", formatSigned(order), formatSigned(back), "")
	sum.rows++
	sum.settled, sum.back, sum.fee = sum.settled+settled, sum.back+back-r.backAside(), sum.fee+fee
	sum.order, sum.ask = sum.order+order, sum.ask+back
}

// backAside is by how much the customer got back less than was asked for.
func (r *billRow) backAside() int64 {
	if r.kind == rowTrade {
		return 0
	}
	return r.discount + r.aside
}

// wechatBillStates are 退款状态 (API v3, tradebill).
var wechatBillStates = map[RefundState]string{
	RefundProcessing: "PROCESSING", RefundDone: "SUCCESS", RefundClosed: "FAIL", RefundAbnormal: "CHANGE",
}

// formatFee writes fen as yuan with five decimals, as WeChat Pay does with fees.
func formatFee(fen int64) string { return formatSigned(fen) + "000" }

// formatSigned is formatYuan for amounts that may be negative.
func formatSigned(fen int64) string {
	if fen < 0 {
		return "-" + formatSigned(-fen)
	}
	return strconv.FormatInt(fen/100, 10) + "." + string([]byte{'0' + byte(fen%100/10), '0' + byte(fen%10)})
}

// wechatDownload is GET billdownload/file: the request is signed, the answer is not.
func (s *Server) wechatDownload(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, code, message string) {
		a := wechatError(status, code, message)
		a.unsigned = true
		s.deliver(w, wechatProtocol{s}, "", a)
	}
	t, known := s.enter(WechatPay, r.URL.Query().Get("token"), time.Now())
	if !s.hinder(w, r, t) {
		return
	}
	if err := s.checkWechat(r, nil, time.Now()); err != nil {
		refuse(http.StatusUnauthorized, "SIGN_ERROR", err.Error())
		return
	}
	if !known {
		refuse(http.StatusForbidden, "NO_AUTH", "the address is not known, or its time is over")
		return
	}
	kind := "text/plain; charset=utf-8"
	if t.gzip {
		kind = "application/x-gzip"
	}
	s.hand(w, t, kind)
}

// baseOf is the address under which a request has reached the simulator.
func baseOf(r *http.Request) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + strings.TrimSuffix(r.Host, "/")
}
