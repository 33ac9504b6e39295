package sandbox

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smartwalle/alipay/v3"
)

// bill asks where a bill is, as the unmodified libraries do, and gives what the channel says and its address.
func (w *world) bill(channel, kind, day, more string) (said, address, hash string) {
	w.t.Helper()
	if channel == Alipay {
		reply, err := w.alipay.BillDownloadURLQuery(w.t.Context(), alipay.BillDownloadURLQuery{BillType: kind, BillDate: day})
		if err != nil {
			return heard(err, ""), "", ""
		}
		return join(string(reply.Code), reply.SubCode), reply.BillDownloadURL, ""
	}
	reply, said := w.wechatRead(w.wechat.Get(w.t.Context(), w.base+"/v3/bill/"+kind+"?bill_date="+day+more))
	if reply == nil {
		return said, "", ""
	}
	if reply["hash_type"] != "SHA1" {
		w.t.Errorf("hash_type %v", reply["hash_type"])
	}
	return said, fmt.Sprint(reply["download_url"]), fmt.Sprint(reply["hash_value"])
}

// get fetches an address without any signature.
func (w *world) get(address string) (int, []byte) {
	w.t.Helper()
	reply, err := w.http.Get(address)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return reply.StatusCode, text
}

func TestBillsOverTheWire(t *testing.T) {
	testKeys()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{})
		s := &shop{t: t, Server: w.server}
		for _, channel := range []string{Alipay, WechatPay} {
			s.sells(channel, 1000)
		}
		day, next := "2000-01-01", "2000-01-02"
		hears := func(channel, kind, day, more, want string) {
			t.Helper()
			if said, _, _ := w.bill(channel, kind, day, more); said != want {
				t.Errorf("%s %s of %s%s: %q, want %q", channel, kind, day, more, said, want)
			}
		}
		until(1, "09:59:59")
		hears(Alipay, "trade", day, "", "40004 isp.bill_not_exist")
		hears(WechatPay, "tradebill", day, "", "400 STATEMENT_CREATING")
		until(0, "10:00:00")
		hears(Alipay, "trade", next, "", "40004 isv.invalid-arguments")
		hears(Alipay, "signcustomer", day, "", "40004 isv.invalid-arguments")
		hears(Alipay, "trade", "2000-01", "", "40004 isv.invalid-arguments")
		hears(Alipay, "trade", "1997-06-30", "", "40004 isv.invalid-arguments")
		hears(Alipay, "trade", "1999-12-31", "", "40004 isp.bill_not_exist")
		hears(WechatPay, "tradebill", next, "", "400 PARAM_ERROR")
		hears(WechatPay, "tradebill", "1999-09-30", "", "400 PARAM_ERROR")
		hears(WechatPay, "tradebill", "1999-12-31", "", "400 NO_STATEMENT_EXIST")
		hears(WechatPay, "fundflowbill", "1999-12-31", "", "400 NO_STATEMENT_EXIST")
		hears(WechatPay, "tradebill", day, "&tar_type=ZIP", "400 PARAM_ERROR")
		hears(WechatPay, "tradebill", day, "&bill_type=REFUND", "400 PARAM_ERROR")
		hears(WechatPay, "fundflowbill", day, "&account_type=FEES", "400 PARAM_ERROR")

		for _, kind := range []string{"tradebill", "fundflowbill"} {
			for _, more := range []string{"", "&tar_type=GZIP"} {
				_, address, hash := w.bill(WechatPay, kind, day, more)
				if status, _ := w.get(address); status != http.StatusUnauthorized {
					t.Errorf("whoever has not signed gets the bill: %d", status)
				}
				text := w.download(address)
				if more != "" {
					text = unpack(t, text)
				}
				if sum := sha1.Sum(text); hex.EncodeToString(sum[:]) != hash || !bytes.HasPrefix(text, []byte(byteOrderMark)) {
					t.Errorf("%s%s: the hash is not the plain file's", kind, more)
				}
			}
		}
		_, address, _ := w.bill(Alipay, "trade", day, "")
		if status, text := w.get(address); status != http.StatusOK || !bytes.HasPrefix(text, []byte("PK\x03\x04")) {
			t.Errorf("Alipay's bill: %d", status)
		}
		token := address[strings.Index(address, "token="):]
		if text := w.download(w.base + "/v3/billdownload/file?" + token); !bytes.Contains(text, []byte("NO_AUTH")) {
			t.Error("Alipay's token opens WeChat Pay's file")
		}
		time.Sleep(alipayBillLife)
		if status, text := w.get(address); status != http.StatusOK || !bytes.Contains(text, []byte("<html>")) {
			t.Errorf("a dead address shows %d %s", status, text)
		}
	})
}

// download fetches an address with WeChat Pay's signature; the library refuses what is not signed, and has the answer all
// the same.
func (w *world) download(address string) []byte {
	w.t.Helper()
	result, err := w.wechat.Get(w.t.Context(), address)
	if err == nil || result == nil || result.Response == nil || result.Response.Header.Get("Wechatpay-Signature") != "" {
		w.t.Fatalf("the download is signed: %v", err)
	}
	defer func() { _ = result.Response.Body.Close() }()
	text, err := io.ReadAll(result.Response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

func unpack(t *testing.T, packed []byte) []byte {
	t.Helper()
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestControlBills(t *testing.T) {
	w := onTCP(t)
	for body, want := range map[string]int{
		`{"channel":"alipay","defect":"drop","row":1}`: 200, `{"channel":"wechatpay","bill":"funds","defect":"cut"}`: 200,
		`{"channel":"alipay","defect":"worse"}`: 400, `{"channel":"alipay","defect":"drop","rows":1}`: 400, `{"clear":true}`: 200,
	} {
		if status, text := w.control("/sandbox/bills", body); status != want {
			t.Errorf("%s: %d %s", body, status, text)
		}
	}
	if status, _ := w.control("/sandbox/bills", `{"clear":true}`); status != 200 || len(w.server.defects) != 0 {
		t.Error("cleared, and yet there")
	}
	if _, _ = w.control("/sandbox/bills", `{"channel":"alipay","defect":"drop","row":2,"by":5,"day":"2026-11-25"}`); len(w.server.defects) != 1 ||
		w.server.defects[0] != (BillDefect{Channel: Alipay, Bill: BillTrades, Day: "2026-11-25", Defect: DefectDrop, Row: 2, By: 5}) {
		t.Errorf("armed is %+v", w.server.defects)
	}
}
