package sandbox

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Command is `guitai sandbox --listen 127.0.0.1:PORT --dir DIR`: the simulator as a process of its own. It writes into
// DIR what a client needs, prints "ready" and nothing else on stdout when it listens (a person finds the address and the
// folder on stderr), and ends with 0 when ctx is cancelled. Other results: 1 it could not run, 2 it was called wrongly.
//
// Each file under DIR/alipay and DIR/wechatpay holds one value. Plain values have no newline at their end; PEM files
// end with the one newline that PEM has. Private keys and the APIv3 key are readable by the owner only.
func Command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("guitai sandbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the words are ours, below
	address := flags.String("listen", "127.0.0.1:9710", "")
	dir := flags.String("dir", "", "")
	noTombstone := flags.Bool("no-tombstone", false, "")
	unsigned := flags.Bool("unsigned-errors", false, "")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		_, _ = fmt.Fprint(stdout, usage)
		return 0
	}
	if err != nil {
		err = wrongFlag(flags, args, err)
	} else {
		err = checkCall(*address, *dir, flags.Args())
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "guitai sandbox: %v\n\n%s", err, usage)
		return 2
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	config := Config{Dir: *dir, NoTombstone: *noTombstone, UnsignedErrors: *unsigned, Log: log}
	if err := run(ctx, *address, config, stdout, stderr); err != nil {
		_, _ = fmt.Fprintln(stderr, "guitai sandbox:", err)
		return 1
	}
	return 0
}

const usage = `guitai sandbox --listen 127.0.0.1:PORT --dir DIR [--no-tombstone] [--unsigned-errors]

--listen ADDRESS    loopback only; port 0 takes a free one; 127.0.0.1:9710 when missing
--dir DIR           the folder for keys, orders and what clients need
--no-tombstone      a cancel of an order that does not exist leaves nothing behind
--unsigned-errors   WeChat Pay's error answers carry no signature
`

// wrongFlag names the flag that could not be read as it was written: package flag forgets how many dashes it had.
func wrongFlag(flags *flag.FlagSet, args []string, err error) error {
	read := len(args) - flags.NArg()
	if strings.HasPrefix(err.Error(), "bad flag syntax") { // the one fault that leaves the flag unread
		return fmt.Errorf("there is no flag %q", args[read])
	}
	written, _, _ := strings.Cut(args[read-1], "=")
	if flags.Lookup(strings.TrimLeft(written, "-")) == nil {
		return fmt.Errorf("there is no flag %q", written)
	}
	return fmt.Errorf("%q is without its value, or with a wrong one", written)
}

func checkCall(address, dir string, rest []string) error {
	host, _, err := net.SplitHostPort(address)
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case dir == "":
		return errors.New("--dir is missing: the folder for keys and orders")
	case err != nil:
		return fmt.Errorf("--listen %q: want 127.0.0.1:PORT", address)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("--listen %q: only a loopback address such as 127.0.0.1 is allowed", address)
	}
	return nil
}

func run(ctx context.Context, address string, config Config, stdout, stderr io.Writer) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer func() { _ = listener.Close() }() // closed already when serving has ended
	world, err := Open(config)
	if err != nil {
		return err
	}
	defer func() { _ = world.Close() }() // every line was written before its answer left
	if err := writeClientFiles(config.Dir, "http://"+listener.Addr().String(), world.Client()); err != nil {
		return err
	}
	server := &http.Server{
		Handler: world.Handler(), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(config.Log.Handler(), slog.LevelWarn),
	}
	_, _ = fmt.Fprintf(stderr, "guitai sandbox: listening on http://%s; what a client needs is in %s, a till's configuration in %s\n",
		listener.Addr(), config.Dir, filepath.Join(config.Dir, "guitai.toml"))
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	if _, err := fmt.Fprintln(stdout, "ready"); err != nil {
		_ = server.Close() // nobody can know that we listen
		return fmt.Errorf("say ready: %w", err)
	}
	select {
	case err := <-done:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second) // answers on their way, not slow ones
	defer cancel()
	if server.Shutdown(grace) != nil {
		_ = server.Close()
	}
	return nil
}

// writeClientFiles writes what a client library needs, and a till configuration that points to it.
func writeClientFiles(dir, base string, c Credentials) error {
	for _, sub := range []string{"alipay", "wechatpay"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find folder: %w", err)
	}
	for _, file := range []struct {
		name, text string
		mode       fs.FileMode
	}{
		{"alipay/gateway_url", base + "/gateway.do", 0o644},
		{"alipay/app_id", c.Alipay.AppID, 0o644},
		{"alipay/seller_id", c.Alipay.SellerID, 0o644},
		{"alipay/app_private_key.pem", c.Alipay.AppPrivateKey, 0o600},
		{"alipay/alipay_public_key.pem", c.Alipay.AlipayPublicKey, 0o644},
		{"wechatpay/base_url", base, 0o644},
		{"wechatpay/mchid", c.WechatPay.MchID, 0o644},
		{"wechatpay/appid", c.WechatPay.AppID, 0o644},
		{"wechatpay/merchant_serial", c.WechatPay.MerchantSerial, 0o644},
		{"wechatpay/merchant_private_key.pem", c.WechatPay.MerchantPrivateKey, 0o600},
		{"wechatpay/public_key_id", c.WechatPay.PublicKeyID, 0o644},
		{"wechatpay/public_key.pem", c.WechatPay.PublicKey, 0o644},
		{"wechatpay/apiv3_key", c.WechatPay.APIv3Key, 0o600},
		{"guitai.toml", clientConfig(root, base, c), 0o644},
	} {
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(file.name)), []byte(file.text), file.mode); err != nil {
			return err
		}
	}
	return nil
}

// clientConfig is the till's configuration for this simulator; root is the absolute folder of the key files.
func clientConfig(root, base string, c Credentials) string {
	var b strings.Builder
	section := func(name string) { fmt.Fprintf(&b, "\n[%s]\n", name) }
	entry := func(name, value string) { fmt.Fprintf(&b, "%s = %s\n", name, strconv.Quote(value)) }
	file := func(name, path string) { entry(name, filepath.Join(root, filepath.FromSlash(path))) }

	b.WriteString("# Written by guitai sandbox at every start; changes made here are lost.\n")
	entry("mode", "sandbox")
	section("alipay")
	entry("gateway_url", base+"/gateway.do")
	entry("app_id", c.Alipay.AppID)
	entry("seller_id", c.Alipay.SellerID)
	file("private_key_file", "alipay/app_private_key.pem")
	file("public_key_file", "alipay/alipay_public_key.pem")
	section("wechatpay")
	entry("base_url", base)
	entry("mchid", c.WechatPay.MchID)
	entry("appid", c.WechatPay.AppID)
	entry("merchant_serial", c.WechatPay.MerchantSerial)
	file("private_key_file", "wechatpay/merchant_private_key.pem")
	entry("public_key_id", c.WechatPay.PublicKeyID)
	file("public_key_file", "wechatpay/public_key.pem")
	file("apiv3_key_file", "wechatpay/apiv3_key")
	entry("store_id", "SANDBOX-STORE")
	entry("notify_url", "https://notify.guitai.invalid/wechatpay")
	return b.String()
}
