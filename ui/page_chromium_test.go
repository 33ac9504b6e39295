package ui

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/png"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// browser is a headless Chromium that is spoken to over its pipe: JSON with a zero byte behind each message.
type browser struct {
	t       *testing.T
	in      *os.File
	out     *bufio.Reader
	session string // of the window
	last    int
}

// openBrowser opens an address in a window. Without a Chromium the test is skipped.
func openBrowser(t *testing.T, address string, width, height int) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		t.Skip("no Chromium here: apt-get install chromium-headless-shell")
	}
	theirIn, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
		"--disable-component-update", "--no-first-run", "--no-proxy-server", "--force-device-scale-factor=1", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(), "about:blank")
	command.ExtraFiles = []*os.File{theirIn, theirOut} // 3 and 4, as it wants them
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	stuck := time.AfterFunc(time.Minute, func() { command.Process.Kill() }) // a browser that hangs must not hang the tests
	b := &browser{t: t, in: in, out: bufio.NewReader(out)}
	t.Cleanup(func() {
		in.Close() // it ends with its pipe
		out.Close()
		command.Wait()
		stuck.Stop()
	})
	var target struct{ TargetID, SessionID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank", "width": width, "height": height}, &target)
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &target)
	b.session = target.SessionID
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.call("Page.navigate", map[string]any{"url": address}, nil)
	return b
}

// call asks the browser one thing, and passes over what it tells besides.
func (b *browser) call(method string, params map[string]any, result any) {
	b.t.Helper()
	b.last++
	message, err := json.Marshal(map[string]any{"id": b.last, "method": method, "params": params, "sessionId": b.session})
	if b.session == "" {
		message, err = json.Marshal(map[string]any{"id": b.last, "method": method, "params": params})
	}
	if err == nil {
		_, err = b.in.Write(append(message, 0))
	}
	for err == nil {
		var line []byte
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if line, err = b.out.ReadBytes(0); err != nil {
			break
		}
		if err = json.Unmarshal(bytes.TrimSuffix(line, []byte{0}), &answer); err != nil || answer.ID != b.last {
			continue
		}
		if answer.Error != nil {
			b.t.Fatalf("%s: %s", method, answer.Error.Message)
		}
		if result != nil {
			err = json.Unmarshal(answer.Result, result)
		}
		if err == nil {
			return
		}
	}
	b.t.Fatalf("%s: %v", method, err)
}

// says gives the value of an expression in the page, as text.
func (b *browser) says(expression string) string {
	b.t.Helper()
	var answer struct{ Result struct{ Value any } }
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &answer)
	return fmt.Sprint(answer.Result.Value)
}

// waitFor waits until the page is in a state, and gives what a person can read on it.
func (b *browser) waitFor(state string) string {
	b.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); b.says("document.body && document.body.dataset.state") != state; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("%s never comes: %s", state, b.says("document.body.innerText"))
		}
	}
	return b.says("document.body.innerText")
}

// shot takes a picture of the window; with GUITAI_SHOTS it is kept there to be looked at.
func (b *browser) shot(name string) string {
	b.t.Helper()
	var picture struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"format": "png"}, &picture)
	content, err := base64.StdEncoding.DecodeString(picture.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	dir := b.t.TempDir()
	if kept := os.Getenv("GUITAI_SHOTS"); kept != "" {
		dir = kept
	}
	path := filepath.Join(dir, name+".png")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

// codesIn gives the QR codes of a picture, by two decoders where both are here.
func codesIn(t *testing.T, path string) []string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	if code, err := decodeQR(picture); err == nil {
		codes = append(codes, code)
	}
	if _, err := exec.LookPath("zbarimg"); err == nil {
		out, _ := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path).Output() // 4: there is none
		if code := strings.TrimSpace(string(out)); code != "" || len(codes) > 0 {
			codes = append(codes, code)
		}
	}
	return codes
}

// sale is the number of the sale on the screen.
func (s *testTill) sale() (id ledger.SaleID) {
	s.book.Read(func(state *ledger.State) { id = state.Current })
	return id
}

// TestPageInABrowser: the real page over real HTTP in a real browser, at three sizes and in both languages: what a customer reads, what a
// phone reads off the picture, that no script or style was refused, and that the page goes silent when the till does.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	for i, size := range [][2]int{{1024, 600}, {800, 1280}, {1920, 1080}} {
		lang := assets.Langs[i%2]
		till := openTill(t, t.TempDir())
		address, leave := till.openPage(lang)
		b := openBrowser(t, "http://"+address+"/", size[0], size[1])
		name := fmt.Sprintf("%dx%d-", size[0], size[1])
		first := assets.For(lang)
		reads := func(state customerState, wants ...string) {
			t.Helper()
			text := b.waitFor(string(state))
			for _, want := range append(wants, "<b>Longjing</b>", first.Training) {
				if !strings.Contains(squeeze(text), squeeze(want)) {
					t.Errorf("%s%s does not say %q:\n%s", name, state, want, text)
				}
			}
			if b.says("document.getElementById('amount').scrollWidth <= document.getElementById('amount').clientWidth && document.getElementById('amount').getClientRects().length <= 1") != "true" {
				t.Errorf("%s%s: the amount is not whole", name, state)
			}
			if over := b.says("document.documentElement.scrollHeight > innerHeight + 1 || document.documentElement.scrollWidth > innerWidth + 1"); over != "false" {
				t.Errorf("%s%s does not fit into the window:\n%s", name, state, text)
			}
		}
		shows := func(what string, codes ...string) {
			t.Helper()
			found := codesIn(t, b.shot(name+what))
			for _, got := range found {
				if len(codes) == 0 || got != codes[0] {
					t.Errorf("%s%s: the picture reads %q", name, what, got)
				}
			}
			if len(found) == 0 && len(codes) > 0 {
				t.Errorf("%s%s: no phone reads the picture", name, what)
			}
		}
		reads(customerIdle, assets.For(assets.Zh).Display.Idle.Word, assets.For(assets.En).Display.Idle.Word)
		shows("idle")
		till.sell("12.5")
		reads(customerReady, "¥12.50", assets.Fill(first.Tail, "tail", till.sale().Tail()))
		till.showQR()
		reads(customerScan, "¥12.50", first.Display.Scan.Word)
		shows("scan", testQR)
		till.report(ledger.RequestQuery, ledger.ClassPaid)
		reads(customerPaid, "¥12.50", "PAID", "付款成功")
		till.until(func() bool { return b.says("document.getElementById('qr').hasAttribute('hidden')") == "false" })
		receipt, err := till.book.Receipt(t.Context(), till.sale())
		till.must(err)
		reads(customerPaid, first.Receipt.Scan)
		shows("paid", receipt)
		if text := b.says("getComputedStyle(document.getElementById('qr').firstElementChild).fill + getComputedStyle(document.getElementById('qr').lastElementChild).fill"); text != "rgb(255, 255, 255)rgb(0, 0, 0)" {
			t.Errorf("the QR is %s", text)
		}
		if left := b.says("document.querySelectorAll('style, script').length + ' ' + getComputedStyle(document.body).display"); left != "2 flex" {
			t.Errorf("%sa style was refused: %s", name, left)
		}
		till.sell("9999999.99")
		reads(customerReady, "¥9999999.99")
		till.showQR()
		reads(customerScan, "¥9999999.99")
		shows("most", testQR)
		if i > 0 { // silence takes its three seconds
			continue
		}
		leave()
		text := b.waitFor("silent")
		if !strings.Contains(text, first.Page.Silent.Word) || strings.Contains(text, "12.50") {
			t.Errorf("%ssilent: %s", name, text)
		}
		shows("silent")
	}
}

// TestPageComesBack: a browser that was there before the till finds it again by itself, also another version of it.
func TestPageComesBack(t *testing.T) {
	t.Parallel()
	till := openTill(t, t.TempDir())
	address, leave := till.openPage(assets.En)
	b := openBrowser(t, "http://"+address+"/", 800, 600)
	b.waitFor(string(customerIdle))
	leave()
	b.waitFor("silent")
	b.says("document.documentElement.dataset.page = 'another'; window.before = true")
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		ended <- Page(ctx, PageConfig{Listen: address}, Shared{Book: till.book, Lang: assets.En, Log: slog.New(slog.DiscardHandler)}, nil)
	}()
	defer func() { end(); <-ended }()
	b.waitFor(string(customerIdle))
	if before := b.says("window.before"); before == "true" {
		t.Error("a page of another version was not loaded anew")
	}
}
