package ui

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"guitai/assets"
	"guitai/ledger"
)

// TestQRIsReadOffARealTerminal paints frames into xterm on a virtual screen, takes a picture of it, and has zbar read it:
// fonts, cells and colours of a terminal that is not ours.
func TestQRIsReadOffARealTerminal(t *testing.T) {
	for _, tool := range []string{"Xvfb", "xterm", "import", "zbarimg"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed; it takes xvfb, xterm, imagemagick and zbar-tools", tool)
		}
	}
	display := virtualScreen(t)
	payloads := map[ledger.Channel]string{ledger.Alipay: testQR, ledger.WeChat: "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"}
	for n, size := range [][2]int{{60, 20}, {80, 24}, {120, 40}} {
		for i, theme := range Themes {
			for _, whole := range []bool{false, true} {
				if size[0] == 60 && !whole {
					continue
				}
				book := drawnApp(t, assets.En, false, size[0], size[1]).book
				a := newApp(t.Context(), Config{Lang: assets.En, Theme: theme}, Options{Book: book, Training: true, Getenv: func(string) string { return "" }}, terminal{colors: 256})
				a.width, a.height, a.now, a.scene = size[0], size[1], noon, baseScene()
				channel := ledger.Channels[(n+i)%2] // every size and every theme meets both
				if whole {
					channel = ledger.Channels[(n+i+1)%2]
				}
				withSale(func(at *ledger.Attempt) {
					byQR(at)
					at.Channel, at.QR = channel, payloads[channel]
				}, ledger.Waiting)(a)
				a.zoomed(whole)
				picture := photograph(t, display, a.frame(), size[0], size[1])
				out, err := exec.Command("zbarimg", "--quiet", "--raw", picture).Output()
				if got := strings.TrimSpace(string(out)); err != nil || got != payloads[channel] {
					t.Errorf("%s at %dx%d, theme %q, whole window %v: %q, %v", channel, size[0], size[1], theme, whole, got, err)
				}
			}
		}
	}
}

// virtualScreen starts an X server that draws into memory, and gives its display.
func virtualScreen(t *testing.T) string {
	t.Helper()
	server := exec.Command("Xvfb", "-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp")
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Kill(); server.Wait() })
	number, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb gives no screen: %v", err)
	}
	return ":" + strings.TrimSpace(number)
}

// photograph shows a frame in xterm, as our painter sends it, and gives the file of the screen's picture.
func photograph(t *testing.T, display, frame string, width, height int) string {
	t.Helper()
	dir := t.TempDir()
	content, ready, picture := filepath.Join(dir, "frame"), filepath.Join(dir, "ready"), filepath.Join(dir, "screen.png")
	text := "\x1b[?25l" + painting(newCanvas("xterm-256color", colorprofile.TrueColor), width, height, frame)
	if err := os.WriteFile(content, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	// The terminal answers where its cursor is once it has drawn everything before the question.
	script := fmt.Sprintf(`stty -echo -icanon; cat '%s'; printf '\033[6n'; dd bs=1 count=4 2>/dev/null >/dev/null; echo > '%s'; sleep 60`, content, ready)
	var said bytes.Buffer
	xterm := exec.Command("xterm", "-u8", "-geometry", fmt.Sprintf("%dx%d+0+0", width, height), "-xrm", "*allowWindowOps: true", "-e", "sh", "-c", script)
	xterm.Env = append(os.Environ(), "DISPLAY="+display, "LC_ALL=C.UTF-8")
	xterm.Stderr = &said
	if err := xterm.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { xterm.Process.Kill(); xterm.Wait() }()
	for tries := 0; ; tries++ {
		if _, err := os.Stat(ready); err == nil {
			break
		}
		if tries == 300 {
			t.Fatalf("xterm does not draw: %s", said.String())
		}
		time.Sleep(50 * time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond) // xterm answers before the server has its last rectangles
	shot := exec.Command("import", "-window", "root", picture)
	shot.Env = append(os.Environ(), "DISPLAY="+display)
	if out, err := shot.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return picture
}
