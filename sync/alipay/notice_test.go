package alipay_test

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// paidNotice is what the gateway sends when a trade is paid.
var paidNotice = map[string]string{
	"notify_id": "n1", "notify_type": "trade_status_sync", "notify_time": "2026-11-25 12:00:03", "app_id": appID, "charset": "utf-8", "version": "1.0",
	"seller_id": seller, "trade_no": "2026", "out_trade_no": string(order), "trade_status": "TRADE_SUCCESS", "total_amount": "12.50",
	"gmt_payment": "2026-11-25 12:00:00", "subject": "茶 & <饼>", "fund_bill_list": `[{"amount":"12.50","fundChannel":"ALIPAYACCOUNT"}]`,
}

// notice signs parameters as the gateway does. An empty one takes a parameter away.
func notice(t testing.TB, changes map[string]string) url.Values {
	t.Helper()
	all := maps.Clone(paidNotice)
	maps.Copy(all, changes)
	form := url.Values{}
	for name, value := range all {
		if value != "" {
			form.Set(name, value)
		}
	}
	form.Set("sign_type", "RSA2")
	form.Set("sign", sign(t, signedText(form)))
	return form
}

func signedText(form url.Values) string {
	var pairs []string
	for name, values := range form {
		if name != "sign" && name != "sign_type" {
			pairs = append(pairs, name+"="+values[0])
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func read(t testing.TB, form url.Values) (channel.Notice, error) {
	t.Helper()
	return connect(t).Notice(nil, []byte(form.Encode()))
}

func TestNotices(t *testing.T) {
	const refund = "T1GATEWAY0001R01"
	for name, tt := range map[string]struct {
		changes map[string]string
		class   ledger.Class
		refund  ledger.RefundNo
	}{
		"paid":                    {nil, ledger.ClassPaid, ""},
		"finished":                {map[string]string{"trade_status": "TRADE_FINISHED"}, ledger.ClassPaid, ""},
		"waiting":                 {map[string]string{"trade_status": "WAIT_BUYER_PAY", "gmt_payment": ""}, ledger.ClassWaiting, ""},
		"closed":                  {map[string]string{"trade_status": "TRADE_CLOSED", "gmt_payment": ""}, ledger.ClassClosed, ""},
		"closed, was paid":        {map[string]string{"trade_status": "TRADE_CLOSED"}, ledger.ClassReversed, ""},
		"closed by a refund":      {map[string]string{"trade_status": "TRADE_CLOSED", "gmt_refund": "2026-11-25 13:00:00.000", "refund_fee": "12.50"}, ledger.ClassReversed, ""},
		"a part is back":          {map[string]string{"refund_fee": "3.00", "out_biz_no": refund, "gmt_refund": "2026-11-25 13:00:00.000"}, ledger.ClassAccepted, refund},
		"all is back":             {map[string]string{"trade_status": "TRADE_CLOSED", "refund_fee": "12.50", "out_biz_no": refund}, ledger.ClassAccepted, refund},
		"a part, whose not known": {map[string]string{"refund_fee": "3.00"}, ledger.ClassUnknown, ""},
		"a new state":             {map[string]string{"trade_status": "NEW_IDEA"}, ledger.ClassUnknown, ""},
		"no state":                {map[string]string{"trade_status": ""}, ledger.ClassUnknown, ""},
		"another kind":            {map[string]string{"notify_type": "batch_trans_notify"}, ledger.ClassUnknown, ""},
		"another's, closed":       {map[string]string{"trade_status": "TRADE_CLOSED", "app_id": "2021000000000009", "gmt_payment": ""}, ledger.ClassUnknown, ""},
		"another's refund":        {map[string]string{"refund_fee": "3.00", "out_biz_no": refund, "seller_id": "2088000000000009"}, ledger.ClassUnknown, ""},
	} {
		n, err := read(t, notice(t, tt.changes))
		a := n.Answer
		if err != nil || n.ID != "n1" || a.Class != tt.class || a.Refund != tt.refund || a.Order != order || !a.Verified || a.Request != ledger.RequestNotice {
			t.Errorf("%s: %+v %v", name, n, err)
		}
		if (a.Class == ledger.ClassPaid) != (a.Named != ledger.Named{}) {
			t.Errorf("%s names %+v", name, a.Named)
		}
	}
}

// TestNoticeNames: what the ledger compares comes from the notice alone.
func TestNoticeNames(t *testing.T) {
	want := ledger.Named{Order: order, Amount: ledger.Fen(1250), Merchant: seller, App: appID, ChannelNo: "2026",
		PaidAt: time.Date(2026, 11, 25, 12, 0, 0, 0, ledger.Shanghai)}
	for field, change := range map[string]func(*ledger.Named){
		"":               func(*ledger.Named) {},
		"app_id":         func(n *ledger.Named) { n.App = "9" },
		"seller_id":      func(n *ledger.Named) { n.Merchant = "9" },
		"total_amount":   func(n *ledger.Named) { n.Amount.Fen = 900 },
		"out_trade_no":   func(n *ledger.Named) { n.Order = "9" },
		"trans_currency": func(n *ledger.Named) { n.Amount.Currency = "9" },
	} {
		changes := map[string]string{field: "9"}
		if field == "" {
			changes = nil
		}
		n, err := read(t, notice(t, changes))
		want := want
		change(&want)
		if n.Answer.Named.PaidAt.Equal(want.PaidAt) {
			n.Answer.Named.PaidAt = want.PaidAt
		}
		if err != nil || n.Answer.Class != ledger.ClassPaid || n.Answer.Named != want {
			t.Errorf("%s: %+v %v, want %+v", field, n.Answer.Named, err, want)
		}
	}
	for _, field := range []string{"app_id", "seller_id", "total_amount"} { // missing is not mine
		n, err := read(t, notice(t, map[string]string{field: ""}))
		if err != nil || n.Answer.Named.App == appID && n.Answer.Named.Merchant == seller && n.Answer.Named.Amount == ledger.Fen(1250) {
			t.Errorf("without %s: %+v %v", field, n, err)
		}
	}
}

// TestNoticesNotSigned: each way in which a notice is not quite signed. Nothing of it comes back.
func TestNoticesNotSigned(t *testing.T) {
	change := func(name, value string) func(url.Values) { return func(f url.Values) { f.Set(name, value) } }
	for name, spoil := range map[string]func(url.Values){
		"another amount":   change("total_amount", "12.51"),
		"another order":    change("out_trade_no", "T1OTHER"),
		"one more":         change("gmt_refund", "2026-11-25 13:00:00"),
		"a blank one more": change("gmt_refund", " "),
		"one fewer":        func(f url.Values) { f.Del("subject") },
		"a space more":     change("total_amount", "12.50 "),
		"no signature":     func(f url.Values) { f.Del("sign") },
		"another's":        change("sign", sign(t, "x")),
		"loose":            func(f url.Values) { f.Set("sign", f.Get("sign")+"\n") },
		"another method":   change("sign_type", "RSA"),
		"no method":        func(f url.Values) { f.Del("sign_type") },
		"a certificate":    change("alipay_cert_sn", "abc"),
		"twice":            func(f url.Values) { f.Add("total_amount", "0.01") },
		"twice, the same":  func(f url.Values) { f.Add("total_amount", "12.50") },
		"two signatures":   func(f url.Values) { f.Add("sign", "x") },
		"escaped as in HTML": func(f url.Values) {
			f.Set("fund_bill_list", strings.ReplaceAll(f.Get("fund_bill_list"), `"`, "&quot;"))
		},
	} {
		form := notice(t, nil)
		spoil(form)
		n, err := read(t, form)
		if err == nil || n != (channel.Notice{}) || strings.Contains(err.Error(), "T1") || strings.Contains(err.Error(), "12.5") {
			t.Errorf("%s: %+v %v", name, n, err)
		}
	}
	empty := notice(t, nil)
	empty.Set("gmt_refund", "") // is the same as none
	if n, err := read(t, empty); err != nil || n.Answer.Class != ledger.ClassPaid {
		t.Errorf("an empty parameter: %+v %v", n, err)
	}
	for _, missing := range []string{"notify_id", "out_trade_no"} {
		if n, err := read(t, notice(t, map[string]string{missing: ""})); err == nil {
			t.Errorf("without %s: %+v", missing, n)
		}
	}
}

// TestNoticeCutInTwo: what is signed has no escapes, so one signature fits parameters that are cut in several ways. None of
// them may give another amount.
func TestNoticeCutInTwo(t *testing.T) {
	whole := notice(t, map[string]string{"subject": "tea&total_amount=999.00"})
	for name, cut := range map[string]map[string]string{
		"as it was signed": {},
		"the first":        {"subject": "tea", "total_amount": "999.00&total_amount=12.50"},
		"hidden":           {"subject": "tea&total_amount=999.00&total_amount=12.50", "total_amount": ""},
		"under a name":     {"subject": "", "subject=tea&total_amount": "999.00"},
	} {
		form, text := maps.Clone(whole), signedText(whole)
		for field, value := range cut {
			form.Set(field, value)
			if value == "" {
				form.Del(field)
			}
		}
		if signedText(form) != text {
			t.Fatalf("%s: this is no other cut of the same text: %s, %s", name, signedText(form), text)
		}
		if n, err := read(t, form); err == nil {
			t.Errorf("%s: %+v", name, n)
		}
	}
}

func FuzzNotice(f *testing.F) {
	f.Add(notice(f, nil).Encode())
	f.Add("sign=AA==&sign_type=RSA2")
	f.Add("%zz")
	f.Add("a=b;c=d")
	f.Fuzz(func(t *testing.T, body string) {
		n, err := connect(t).Notice(nil, []byte(body))
		if err != nil && n != (channel.Notice{}) || err == nil && (!n.Answer.Verified || n.ID == "") {
			t.Errorf("%+v %v", n, err)
		}
	})
}
