package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// asProcess makes the test binary run Command instead of tests, for the test that kills it.
const asProcess = "GUITAI_TEST_SANDBOX_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(asProcess); dir != "" {
		os.Exit(Command(context.Background(), []string{"--listen", "127.0.0.1:0", "--dir", dir}, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// Whatever was answered "paid" is still paid after SIGKILL, at any instant.
func TestKilledProcess(t *testing.T) {
	dir, answered := t.TempDir(), 0
	for round := range 5 {
		process := exec.Command(os.Args[0])
		process.Env = append(os.Environ(), asProcess+"="+dir)
		out, err := process.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		if text, err := bufio.NewReader(out).ReadString('\n'); text != "ready\n" {
			t.Fatalf("said %q, %v", text, err)
		}
		w := fromFiles(t, dir)
		for n := range answered {
			w.same("after SIGKILL", w.alipayQuery(fmt.Sprintf("N%05d", n)), "TRADE_SUCCESS")
		}
		var last sync.WaitGroup
		for range 7 + round {
			code, err := makeCode(Alipay, 0, answered)
			if err != nil {
				t.Fatal(err)
			}
			w.same("pay", w.alipayPay(fmt.Sprintf("N%05d", answered), "1.00", code), "10000")
			answered++
		}
		for i := range 4 { // the kill falls into these
			code, _ := makeCode(Alipay, 0, 900_000+10*round+i)
			last.Go(func() { w.alipayPay(fmt.Sprintf("X%02d%02d", round, i), "1.00", code) })
		}
		if err := process.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		last.Wait()
		_ = process.Wait() // killed, on purpose
	}
}

// start runs Command until it says ready; stop ends it and gives its exit code. What it has told a person by then must
// name the folder and the address in it.
func start(t *testing.T, dir string) (stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	code, said := make(chan int, 1), new(bytes.Buffer)
	go func() {
		code <- Command(ctx, []string{"--listen", "127.0.0.1:0", "--dir", dir}, in, said)
		_ = in.Close()
	}()
	text, err := bufio.NewReader(out).ReadString('\n')
	if text != "ready\n" {
		t.Fatalf("said %q, %v", text, err)
	}
	rest := make(chan string, 1)
	go func() { more, _ := io.ReadAll(out); rest <- string(more) }()
	return func() int {
		t.Helper()
		cancel()
		end := <-code
		address, err := os.ReadFile(filepath.Join(dir, "wechatpay", "base_url"))
		if err != nil || !strings.Contains(said.String(), string(address)) || !strings.Contains(said.String(), filepath.Join(dir, "guitai.toml")) {
			t.Errorf("a person reads %q, %v", said, err)
		}
		if more := <-rest; more != "" {
			t.Errorf("after ready came %q", more)
		}
		return end
	}
}

// fromFiles builds the libraries' clients from nothing but the files, as a third party would.
func fromFiles(t *testing.T, dir string) *world {
	t.Helper()
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if newline := bytes.HasSuffix(text, []byte("\n")); newline != strings.HasSuffix(name, ".pem") {
			t.Errorf("%s: newline at its end: %v", name, newline)
		}
		return string(text)
	}
	base := read("wechatpay/base_url")
	if read("alipay/gateway_url") != base+"/gateway.do" || read("alipay/seller_id") != SellerID || len(read("wechatpay/apiv3_key")) != 32 {
		t.Error("addresses or values are wrong")
	}
	return connect(t, base, Credentials{
		Alipay: AlipayCredentials{AppID: read("alipay/app_id"), AppPrivateKey: read("alipay/app_private_key.pem"),
			AlipayPublicKey: read("alipay/alipay_public_key.pem")},
		WechatPay: WechatPayCredentials{MchID: read("wechatpay/mchid"), AppID: read("wechatpay/appid"),
			MerchantSerial: read("wechatpay/merchant_serial"), MerchantPrivateKey: read("wechatpay/merchant_private_key.pem"),
			PublicKeyID: read("wechatpay/public_key_id"), PublicKey: read("wechatpay/public_key.pem")},
	}, &http.Transport{})
}

func TestCommand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "柜台 \"x\"")
	stop := start(t, dir)
	w := fromFiles(t, dir)
	first, _ := makeCode(Alipay, 0, 1)
	second, _ := makeCode(WechatPay, 0, 2)
	w.same("alipay", w.alipayPay("A00001", "1.00", first), "10000")
	w.same("wechat", w.wechatPay("W00001", 100, second), "SUCCESS")
	if code := stop(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	stop = start(t, dir)
	w = fromFiles(t, dir)
	w.same("alipay after a restart", w.alipayQuery("A00001"), "TRADE_SUCCESS")
	w.same("wechat after a restart", w.wechatQuery("W00001", 100), "SUCCESS")
	w.same("a used code", w.alipayPay("A00002", "1.00", first), "40004 ACQ.PAYMENT_AUTH_CODE_INVALID")
	if code := stop(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	for name, private := range map[string]bool{"alipay/app_private_key.pem": true, "wechatpay/merchant_private_key.pem": true,
		"wechatpay/apiv3_key": true, "wechatpay/public_key.pem": false} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || (info.Mode().Perm() == 0o600) != private {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "guitai.toml"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Mode              string
		Alipay, Wechatpay map[string]string
	}
	if err := toml.Unmarshal(text, &config); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if config.Mode != "sandbox" || len(config.Alipay) != 5 || len(config.Wechatpay) != 10 ||
		config.Wechatpay["notify_url"] != "https://notify.guitai.invalid/wechatpay" || config.Wechatpay["store_id"] != "SANDBOX-STORE" {
		t.Errorf("configuration %+v", config)
	}
	for name, path := range config.Wechatpay {
		if _, err := os.Stat(path); strings.HasSuffix(name, "_file") && err != nil {
			t.Error(err)
		}
	}
}

func TestCommandRefuses(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end() // what is not refused ends at once, with 0
	for _, args := range [][]string{
		{"--dir", "x", "--listen", "0.0.0.0:0"}, {"--dir", "x", "--listen", ":0"}, {"--dir", "x", "--listen", "192.168.1.2:80"},
		{"--dir", "x", "--listen", "example.com:80"}, {"--dir", "x", "--listen", "127.0.0.1"}, {"--listen", "127.0.0.1:0"},
		{"--dir", "x", "extra"}, {"--unknown"}, {"-unknown=1"}, {"--dir"}, {"---dir"},
	} {
		var errors bytes.Buffer
		if code := Command(ended, args, io.Discard, &errors); code != 2 || !strings.Contains(errors.String(), "guitai sandbox --listen") {
			t.Errorf("%v: %d %q", args, code, errors.String())
		}
		if last, _, _ := strings.Cut(args[len(args)-1], "="); last[0] == '-' && !strings.Contains(errors.String(), `"`+last+`"`) {
			t.Errorf("%v is not named in %q", args, errors.String())
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code := Command(t.Context(), []string{"--listen", "127.0.0.1:0", "--dir", file}, io.Discard, io.Discard); code != 1 {
		t.Errorf("a file for a folder: %d", code)
	}
	var help, errors bytes.Buffer
	if code := Command(t.Context(), []string{"--help"}, &help, &errors); code != 0 || !strings.Contains(help.String(), "--no-tombstone") || errors.Len() != 0 {
		t.Errorf("help: %d, %q, %q", code, help.String(), errors.String())
	}
}
