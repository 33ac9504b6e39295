package sandbox

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

const (
	alipayBillMonths = 30
	alipayBillLife   = 30 * time.Second // of a download address

	alipayColumns = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）," +
		"商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）," +
		"卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
	alipaySummary = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）," +
		"卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"

	alipayDay = "2006年01月02日 15:04:05"
)

// alipayBill is alipay.data.dataservice.bill.downloadurl.query. The channel has one word for a bill that is not made yet
// and for a day without trades.
func (s *Server) alipayBill(now time.Time, biz alipayBiz, _ string) (alipayReply, bool) {
	const invalid, missing = "isv.invalid-arguments", "isp.bill_not_exist"
	day, err := time.ParseInLocation(time.DateOnly, biz.BillDate, beijing)
	today := beijingDay(now)
	switch {
	case err != nil || biz.BillType != "trade" || !day.Before(today) || day.Before(today.AddDate(0, -alipayBillMonths, 0)):
		return alipayReply{Code: "40004", SubCode: invalid, SubMsg: "参数有误"}, false
	case now.Before(day.Add(billReady)):
		return alipayReply{Code: "40004", SubCode: missing, SubMsg: "账单不存在"}, false
	}
	_, empty, err := s.bill(Alipay, BillTrades, day, now)
	switch {
	case err != nil:
		return s.alipayError(err), false
	case empty:
		return alipayReply{Code: "40004", SubCode: missing, SubMsg: "账单不存在"}, false
	}
	token := s.admit(ticket{channel: Alipay, kind: BillTrades, day: day, until: now.Add(alipayBillLife)}, now)
	query := url.Values{"bizType": {"trade"}, "userId": {SellerID + "0156"}, "fileType": {"csv.zip"}, "bizDates": {day.Format("20060102")}, "token": {token}}
	return alipayReply{Code: "10000", BillDownloadURL: biz.base + "/downloadBillFile.resource?" + query.Encode()}, false
}

// alipayDownload is the address of a bill. One that is dead shows a web page, like the real one.
func (s *Server) alipayDownload(w http.ResponseWriter, r *http.Request) {
	t, known := s.enter(Alipay, r.URL.Query().Get("token"), time.Now())
	if !s.hinder(w, r, t) {
		return
	}
	if !known {
		page(w)
		return
	}
	s.hand(w, t, "application/zip")
}

// writeAlipay writes the ZIP: the rows, and their sums by shop. Names and texts are GBK.
func (b *bill) writeAlipay(to io.Writer) error {
	w := zip.NewWriter(to)
	sums := map[string]*alipaySum{}
	err := b.member(w, "业务明细", func(w *bufio.Writer) error { return b.alipayRows(w, sums) })
	if err == errCut {
		return firstError(w.Flush(), errCut)
	}
	if err != nil {
		return err
	}
	if err := b.member(w, "业务明细(汇总)", func(w *bufio.Writer) error { return b.alipaySums(w, sums) }); err != nil {
		return err
	}
	return w.Close()
}

// member writes one file of the ZIP.
func (b *bill) member(w *zip.Writer, name string, fill func(*bufio.Writer) error) error {
	name, err := simplifiedchinese.GBK.NewEncoder().String(b.merchant + "0156_" + b.day.Format("20060102") + "_" + name + ".csv")
	if err != nil {
		return err
	}
	file, err := w.CreateHeader(&zip.FileHeader{Name: name, NonUTF8: true, Method: zip.Deflate, Modified: b.day.Add(billMade)})
	if err != nil {
		return err
	}
	coded := transform.NewWriter(file, encoding.ReplaceUnsupported(simplifiedchinese.GBK.NewEncoder()))
	text := bufio.NewWriterSize(coded, 64<<10)
	if err := fill(text); err != nil {
		_, _ = text.Flush(), coded.Close() // the first error is the one to report
		return err
	}
	return firstError(text.Flush(), coded.Close())
}

const ruler = "#-----------------------------------------"

func (b *bill) alipayHead(w *bufio.Writer, title, list, columns string) {
	_, _ = fmt.Fprintf(w, "#支付宝%s\r\n#账号：[%s0156]\r\n#起始日期：[%s]   终止日期：[%s]\r\n%s%s----------------------------------------\r\n%s\r\n",
		title, b.merchant, b.day.Format(alipayDay), b.day.AddDate(0, 0, 1).Format(alipayDay), ruler, list, columns)
}

func (b *bill) alipayTail(w *bufio.Writer, list string) {
	_, _ = fmt.Fprintf(w, "%s%s结束------------------------------------\r\n", ruler, list)
}

func (b *bill) alipayMade(w *bufio.Writer) {
	_, _ = fmt.Fprintf(w, "#导出时间：[%s]\r\n", b.day.Add(billMade).Format(alipayDay))
}

// alipaySum is the money of one shop's rows, with their signs.
type alipaySum struct {
	trades, returns              int
	order, got, gave, offer, fee int64 // got and gave: 商家实收 of payments and of what went back
	offerBack                    int64
}

func (a *alipaySum) add(more *alipaySum) {
	a.trades, a.returns = a.trades+more.trades, a.returns+more.returns
	a.order, a.got, a.gave, a.fee = a.order+more.order, a.got+more.got, a.gave+more.gave, a.fee+more.fee
	a.offer, a.offerBack = a.offer+more.offer, a.offerBack+more.offerBack
}

func (b *bill) alipayRows(w *bufio.Writer, sums map[string]*alipaySum) error {
	b.alipayHead(w, "业务明细查询", "业务明细列表", alipayColumns)
	var line []byte
	for i := range b.rows {
		r := &b.rows[i]
		if b.ends(i) {
			break
		}
		if r.garbage {
			_, _ = w.WriteString("\x00 no row of any bill \x1b[2J\r\n")
			continue
		}
		if sums[r.store] == nil {
			sums[r.store] = new(alipaySum)
		}
		line = r.alipay(line[:0], sums[r.store])
		_, _ = w.Write(line)
	}
	if b.cut {
		return errCut
	}
	b.alipayTail(w, "业务明细列表")
	var whole alipaySum
	for _, sum := range sums {
		whole.add(sum)
	}
	_, _ = fmt.Fprintf(w, "#交易合计：%d笔，商家实收共%s元，商家优惠共%s元\r\n", whole.trades, formatSigned(whole.got+b.off), formatSigned(whole.offer))
	_, _ = fmt.Fprintf(w, "#退款合计：%d笔，商家实收退款共%s元，商家优惠退款共%s元\r\n", whole.returns, formatSigned(whole.gave), formatSigned(whole.offerBack))
	b.alipayMade(w)
	return nil
}

// alipay appends one row and adds it up. Numbers and texts have a TAB behind them. A payment's amounts are positive and its
// fee negative; with what goes back it is the other way round. An order that was taken back as a whole has no request number.
func (r *billRow) alipay(line []byte, sum *alipaySum) []byte {
	kind, order, got, offer, fee := "交易", r.amount, r.amount-r.discount-r.aside, r.discount, -r.fee
	if r.kind != rowTrade {
		kind, order, got, offer, fee = "退款", -order, -got, -offer, r.fee
		sum.returns, sum.gave, sum.offerBack = sum.returns+1, sum.gave+got, sum.offerBack+offer
	} else {
		sum.trades, sum.got, sum.offer = sum.trades+1, sum.got+got, sum.offer+offer
	}
	sum.order, sum.fee = sum.order+order, sum.fee+fee
	for _, text := range []string{r.business, r.order, kind, billSubject, r.created.In(beijing).Format(billTime), r.at.In(beijing).Format(billTime),
		r.store, "", "", r.terminal, "*三(138****0071)"} {
		line = append(append(line, text...), "\t,"...)
	}
	for _, text := range []string{formatSigned(order), formatSigned(got), "0.00", "0.00", "0.00", formatSigned(offer), "0.00", "\t", "0.00", "0.00",
		r.refund + "\t", formatSigned(fee), "0.00"} {
		line = append(append(line, text...), ',')
	}
	return append(line, "当面付\t\r\n"...)
}

func (b *bill) alipaySums(w *bufio.Writer, sums map[string]*alipaySum) error {
	b.alipayHead(w, "业务汇总查询", "业务汇总列表", alipaySummary)
	var whole alipaySum
	for _, store := range slices.Sorted(maps.Keys(sums)) {
		whole.add(sums[store])
		alipaySumLine(w, store, sums[store])
	}
	whole.order += b.off
	alipaySumLine(w, "合计", &whole)
	b.alipayTail(w, "业务汇总列表")
	b.alipayMade(w)
	return nil
}

func alipaySumLine(w *bufio.Writer, store string, a *alipaySum) {
	got := a.got + a.gave
	_, _ = w.WriteString(strings.Join([]string{store + "\t", "\t", strconv.Itoa(a.trades), strconv.Itoa(a.returns), formatSigned(a.order), formatSigned(got), "0.00",
		formatSigned(a.offer + a.offerBack), "0.00", formatSigned(a.fee), "0.00", formatSigned(got + a.fee)}, ",") + "\r\n")
}
