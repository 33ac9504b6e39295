package sandbox

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// reopen ends a server without any farewell to its clients and opens its folder again.
func reopen(t *testing.T, s *Server) *Server {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(Config{Dir: s.config.Dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	return again
}

func codeRequest(channel, number, code string) asked {
	return asked{channel: channel, number: number, kind: KindCode, amount: 100, digest: "d" + number, code: code, tradeLife: tradeLife}
}

func TestOrdersOutliveTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(Config{Dir: t.TempDir(), Keys: testKeys()})
		if err != nil {
			t.Fatal(err)
		}
		code, waits := s.NewCode(WechatPay, 0), s.NewCode(WechatPay, 73)
		if _, err := s.pay(time.Now(), codeRequest(WechatPay, "W00001", code)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.pay(time.Now(), codeRequest(WechatPay, "W00002", waits)); err != nil {
			t.Fatal(err)
		}
		q := asked{channel: Alipay, number: "A00001", kind: KindQR, amount: 100, digest: "q", qrLife: time.Hour, tradeLife: time.Hour}
		o, err := s.open(time.Now(), q)
		if err != nil {
			t.Fatal(err)
		}
		before := s.Client()
		s = reopen(t, s)
		if s.Client() != before {
			t.Error("other keys after the restart")
		}
		time.Sleep(passwordTime)
		list := s.Orders()
		if len(list) != 3 || list[0].State != Paid || list[0].Paid != 100 || len(list[0].Changes) != 1 {
			t.Errorf("orders %+v", list)
		}
		if list[1].State != Paid || len(list[1].Changes) != 2 || !list[1].Changes[1].Time.Equal(list[1].Created.Add(passwordTime)) {
			t.Errorf("the customer's plan was lost: %+v", list[1])
		}
		if _, err := s.Scan(o.QR, 0); err != nil {
			t.Error(err)
		}
		if _, err := s.pay(time.Now(), codeRequest(WechatPay, "W00003", code)); err != errCode {
			t.Errorf("a used code was taken again: %v", err)
		}
		if fresh := s.NewCode(WechatPay, 73); fresh <= waits {
			t.Errorf("code %s was given out again after %s", fresh, waits)
		}
		if _, err := s.query(time.Now(), WechatPay, "", list[0].Transaction); err != nil {
			t.Error(err)
		}
	})
}

func TestTornAndDamagedFiles(t *testing.T) {
	s, err := Open(Config{Dir: t.TempDir(), Keys: testKeys()})
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{"W00001", "W00002"} {
		if _, err := s.pay(time.Now(), codeRequest(WechatPay, number, s.NewCode(WechatPay, 0))); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(s.config.Dir, "orders.jsonl")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := strings.LastIndexByte(strings.TrimSuffix(string(whole), "\n"), '\n') + 1
	for cut := last; cut < len(whole); cut += 37 {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		s = reopen(t, s)
		if n := len(s.Orders()); n != 1 {
			t.Fatalf("%d orders after a cut at %d", n, cut)
		}
		if _, err := s.pay(time.Now(), codeRequest(WechatPay, "W00009", s.NewCode(WechatPay, 0))); err != nil {
			t.Fatal(err)
		}
		s = reopen(t, s)
		if n := len(s.Orders()); n != 2 {
			t.Fatalf("%d orders after writing behind a cut at %d", n, cut)
		}
	}
	if err := os.WriteFile(path, append([]byte("{\"order\":\n"), whole...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: s.config.Dir}); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("a damaged line was read over: %v", err)
	}
}

// After a write has failed the simulator answers SYSTEM_ERROR and has changed nothing.
func TestFailedWrite(t *testing.T) {
	w := newWorld(t, Config{})
	w.same("before", w.wechatPay("W00001", 100, w.server.NewCode(WechatPay, 0)), "SUCCESS")
	code, other := w.server.NewCode(WechatPay, 0), w.server.NewCode(Alipay, 0)
	readOnly, err := os.Open(filepath.Join(w.server.config.Dir, "orders.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	writable := w.server.file
	w.server.file = readOnly
	w.same("wechat", w.wechatPay("W00002", 100, code), "500 SYSTEM_ERROR")
	w.server.file = writable
	w.same("alipay, and for good", w.alipayPay("A00001", "1.00", other), "40004 ACQ.SYSTEM_ERROR")
	w.same("nothing happened", w.order("W00002")+" "+w.order("A00001"), "none none")
	w.same("reading goes on", w.wechatQuery("W00001", 100), "SUCCESS")
	_ = readOnly.Close()
}

func TestSecretsOnDisk(t *testing.T) {
	s, err := Open(Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	code := s.NewCode(Alipay, 0)
	for i, c := range []string{code, "287654321098765432"} {
		_, _ = s.pay(time.Now(), codeRequest(Alipay, "A0000"+string(rune('1'+i)), c)) // the second is refused
	}
	text, err := os.ReadFile(filepath.Join(s.config.Dir, "orders.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []string{code, "287654321098765432"} {
		if strings.Contains(string(text), c) {
			t.Error("a customer code is in the file")
		}
	}
	for _, name := range []string{"keys.json", "orders.jsonl"} {
		info, err := os.Stat(filepath.Join(s.config.Dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
}
