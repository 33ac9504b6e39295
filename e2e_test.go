package main

import (
	"encoding/json"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"guitai/assets"
	"guitai/hardware/hwtest"
	"guitai/ledger"
)

// The stories of this file are told on the real binary in a real terminal, against the wire simulator.

// TestOutOfTheBox: nothing installed, nothing configured, an empty home. A trainee takes a payment both ways.
func TestOutOfTheBox(t *testing.T) {
	for _, lang := range assets.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			words := assets.For(lang)
			r := newRobot(t, 100, 30, "--lang", string(lang))
			r.start()
			r.sees(words.Training, words.NoSale.Says)
			r.sees(words.Channels[ledger.WeChat] + " " + words.Links[ledger.LinkUp])
			r.typed("12.5")
			r.keys("Enter")
			r.sees(words.Ready.Says)
			r.typed("t")
			r.sees(words.PracticeTitle)
			r.typed("w")
			r.sees(words.States[ledger.Paid].Word, words.Truths[ledger.TruthConfirmed])

			r.typed("66")
			r.keys("Enter")
			r.sees(words.Ready.Says)
			r.typed("a")
			r.sees(words.WaitingQR.Says)
			r.typed("t")
			r.sees(words.PracticeTitle)
			r.keys("Enter")
			r.sees(words.States[ledger.Paid].Word)

			r.keys("F10")
			screen := r.sees("12.50", "66.00")
			if strings.Count(screen, words.States[ledger.Paid].Short) < 2 {
				t.Errorf("the day does not show two paid sales:\n%s", screen)
			}
			r.keys("Escape")
			r.keys("C-c")
			r.sees(strings.Split(words.AskLeave.Says, "{")[0])
			r.keys("C-c")
			if code := r.ended(); code != 0 {
				t.Errorf("leaving gives exit code %d", code)
			}
		})
	}
}

// counter is a till of mode sandbox with a scanner, at a gateway of its own.
type counter struct {
	*robot
	*gateway
	gun   *hwtest.Gun
	words *assets.Phrases
	dir   string
}

func newCounter(t testing.TB, lang assets.Lang, w, h int) *counter {
	t.Helper()
	c := &counter{gateway: startGateway(t), gun: hwtest.NewGun(t), words: assets.For(lang), dir: t.TempDir()}
	c.robot = newRobot(t, w, h, "--config", c.config(), "--data-dir", c.dir, "--lang", string(lang), "--serial", c.gun.Path())
	c.robot.start()
	c.sees(c.words.NoSale.Says, c.words.Scanners[ledger.DeviceReady])
	return c
}

// settle keys an amount and settles it.
func (c *counter) settle(amount string) {
	c.robot.t.Helper()
	c.typed(amount)
	c.keys("Enter")
	c.sees(c.words.Ready.Says)
}

// scan has the scanner read a code. The till arms it when it begins to wait, so a hand needs a moment, too.
func (c *counter) scan(code string) {
	c.robot.t.Helper()
	time.Sleep(100 * time.Millisecond)
	c.gun.Type(code + "\r")
}

func (c *counter) seesState(state ledger.AttemptState) string {
	c.robot.t.Helper()
	return c.sees(c.words.States[state].Word)
}

// tail reads the sale's last four digits off the screen.
func (c *counter) tail() string {
	c.robot.t.Helper()
	frame := strings.Split(c.words.Tail, "{")[0]
	found := regexp.MustCompile(regexp.QuoteMeta(frame) + `(\d{4})`).FindStringSubmatch(c.screen())
	if found == nil {
		c.robot.t.Fatalf("no tail digits on the screen:\n%s", c.screen())
	}
	return found[1]
}

// leave ends the till in order.
func (c *counter) leave() {
	c.robot.t.Helper()
	c.signal(syscall.SIGTERM)
	if code := c.ended(); code != 0 {
		c.robot.t.Errorf("SIGTERM gives exit code %d:\n%s", code, c.screen())
	}
}

// dayOf is what `guitai day --json` says.
type dayOf struct {
	Sales []struct {
		Number, Tail, State, Truth, Channel string
		Amount                              int64
		Attempts                            []struct {
			Order, Channel, State, Owes string
			Late                        bool
		}
	}
	Totals []struct {
		Channel string
		Count   int
		Amount  int64
	}
}

func (c *counter) day() dayOf {
	c.robot.t.Helper()
	out, errs, code := program(c.robot.t, "day", "--data-dir", c.dir, "--json")
	var day dayOf
	if err := json.Unmarshal([]byte(out), &day); err != nil || code != 0 {
		c.robot.t.Fatalf("day: exit %d, %v, %s%s", code, err, out, errs)
	}
	return day
}

func (c *counter) verifies() {
	c.robot.t.Helper()
	if out, errs, code := program(c.robot.t, "verify", "--data-dir", c.dir); code != 0 {
		c.robot.t.Errorf("verify: exit %d: %s%s", code, out, errs)
	}
}

// TestEveryOutcomeOfACodeSale: what a cashier sees for each thing a channel or a customer can do.
func TestEveryOutcomeOfACodeSale(t *testing.T) {
	for _, tt := range []struct {
		name      string
		behaviour int
		want      ledger.AttemptState
		slow      bool // waits for a channel's limit
	}{
		{"pays", 0, ledger.Paid, false},
		{"balance", 71, ledger.Refused, false},
		{"expired code", 72, ledger.Refused, false},
		{"password", 73, ledger.Paid, false},
		{"answer lost", 76, ledger.Paid, false},
		{"error though executed", 78, ledger.Paid, false},
		{"cut answer", 80, ledger.Paid, false},
		{"bad signature", 81, ledger.Paid, false},
		{"no signature", 82, ledger.Paid, false},
		{"probe", 83, ledger.Paid, false},
		{"system error though executed", 85, ledger.Paid, false},
	} {
		for i, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
			lang := assets.Langs[(i+tt.behaviour)%len(assets.Langs)]
			t.Run(fmt.Sprintf("%s/%s/%s", tt.name, ch, lang), func(t *testing.T) {
				t.Parallel()
				c := newCounter(t, lang, 80, 24)
				c.settle("8")
				c.scan(code(string(ch), tt.behaviour))
				c.seesState(tt.want)
				tail := c.tail()
				c.leave()
				c.verifies()
				day := c.day()
				if len(day.Sales) != 1 || day.Sales[0].Tail != tail || day.Sales[0].State != tt.want.String() {
					t.Errorf("the ledger says %+v", day.Sales)
				}
				c.agrees(day)
			})
		}
	}
}

// agrees compares the ledger with the channels, order by order.
func (c *counter) agrees(day dayOf) {
	c.robot.t.Helper()
	held := c.orders()
	known := map[string]bool{}
	for _, sale := range day.Sales {
		var net int64
		named := false
		for _, a := range sale.Attempts {
			known[a.Order] = true
			order := held[a.Order]
			net += order.Paid - order.Refunded
			named = named || a.Late
			if a.State == "paid" && order.Paid-order.Refunded != sale.Amount {
				c.robot.t.Errorf("sale %s is PAID here; the channel keeps %d of %d fen on %s", sale.Tail, order.Paid-order.Refunded, sale.Amount, a.Order)
			}
			if a.State != "paid" && a.Owes == "none" && order.Paid > order.Refunded && !a.Late {
				c.robot.t.Errorf("sale %s: %s is %s here and owes nothing; the channel keeps %d fen", sale.Tail, a.Order, a.State, order.Paid-order.Refunded)
			}
		}
		if net > sale.Amount && !named {
			c.robot.t.Errorf("sale %s over %d fen was charged %d, and nothing names it", sale.Tail, sale.Amount, net)
		}
	}
	for number, order := range held {
		if !known[number] && order.Paid > 0 {
			c.robot.t.Errorf("the channel charged %s, which no sale of the ledger knows", number)
		}
	}
}

// TestQRSale: a phone reads the QR off the terminal's cells and pays.
func TestQRSale(t *testing.T) {
	for i, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		for _, size := range [][2]int{{80, 24}, {120, 40}} {
			t.Run(fmt.Sprintf("%s/%dx%d", ch, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				c := newCounter(t, assets.Langs[i], size[0], size[1])
				c.settle("66")
				key := map[ledger.Channel]string{ledger.Alipay: "a", ledger.WeChat: "w"}[ch]
				ended := map[ledger.Channel]ledger.AttemptState{ledger.Alipay: ledger.Withdrawn, ledger.WeChat: ledger.ClosedOff}[ch]
				c.typed(key)
				c.sees(c.words.WaitingQR.Says[:12])
				payload, err := c.readQR()
				if err != nil { // no decoder reads every code: a second QR decides whether it is the till's fault
					t.Logf("the first QR is not read: %v", err)
					c.keys("F4")
					c.seesState(ended)
					c.typed(key)
					c.sees(c.words.WaitingQR.Says[:12])
					if payload, err = c.readQR(); err != nil {
						t.Fatalf("no QR can be read off the screen: %v\n%s", err, c.screen())
					}
				}
				c.post("/sandbox/scan", map[string]any{"qr": payload})
				c.seesState(ledger.Paid)
				c.leave()
				c.agrees(c.day())
			})
		}
	}
}

// readQR looks at the terminal as a phone's camera does: cells become pixels, and an independent decoder reads them.
func (c *counter) readQR() (payload string, err error) {
	c.robot.t.Helper()
	for deadline := time.Now().Add(patience / 4); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		cells, _ := c.tmux("capture-pane", "-p", "-e", "-N")
		rows := readCells(cells)
		mendQuietZone(rows, c.w)
		var text string
		if text, err = decodeQR(photograph(rows, c.w, c.h)); err == nil {
			return text, nil
		}
	}
	return "", err
}

// decodeQR tries what a phone tries: both ways to tell dark from light, then harder.
func decodeQR(img image.Image) (string, error) {
	source := gozxing.NewLuminanceSourceFromImage(img)
	var err error
	for _, binarizer := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(source), gozxing.NewGlobalHistgramBinarizer(source)} {
		for _, hints := range []map[gozxing.DecodeHintType]any{nil, {gozxing.DecodeHintType_TRY_HARDER: true}} {
			var bitmap *gozxing.BinaryBitmap
			if bitmap, err = gozxing.NewBinaryBitmap(binarizer); err != nil {
				return "", err
			}
			var result *gozxing.Result
			if result, err = qrcode.NewQRCodeReader().Decode(bitmap, hints); err == nil {
				return result.GetText(), nil
			}
		}
	}
	return "", err
}

// TestScannerComesBack: unplugged and plugged in again without a restart; the screen says so, and the next scan sells.
func TestScannerComesBack(t *testing.T) {
	t.Parallel()
	c := newCounter(t, assets.En, 100, 30)
	c.gun.Unplug()
	c.sees(strings.Split(c.words.Scanners[ledger.DeviceAbsent], ",")[0])
	c.gun.Replug()
	c.sees(c.words.Scanners[ledger.DeviceReady])
	c.settle("5")
	c.scan(code("wechat", 0))
	c.seesState(ledger.Paid)
}

// TestRefusedScansAreNamed: what is no customer's code, or comes at the wrong time, is refused by name and charges
// nothing.
func TestRefusedScansAreNamed(t *testing.T) {
	t.Parallel()
	c := newCounter(t, assets.En, 100, 30)
	c.scan(code("wechat", 0))
	c.sees(string(ledger.ReasonNoAmount))
	c.settle("5")
	for _, tt := range []struct {
		text  string
		looks ledger.Looks
	}{
		{"6212345678901234567", ledger.LooksUnionPay},
		{"6901234567892", ledger.LooksProduct},
		{"https://qr.alipay.com/abc", ledger.LooksPayeeLink},
	} {
		c.scan(tt.text)
		c.sees(c.words.Looks[tt.looks])
	}
	c.leave()
	if held := c.orders(); len(held) != 0 {
		t.Errorf("something was charged: %+v", held)
	}
}

// TestSecondProcess: the data folder belongs to one till at a time, and the second says so in one sentence.
func TestSecondProcess(t *testing.T) {
	t.Parallel()
	c := newCounter(t, assets.En, 100, 30)
	holder := strconv.Itoa(c.pid())
	second := newRobot(t, 100, 30, "--config", c.config(), "--data-dir", c.dir, "--lang", "en")
	second.start()
	second.sees(string(ledger.ReasonDiskInUse), holder)
	if code := second.ended(); code != 1 {
		t.Errorf("the second till ends with %d", code)
	}
	for _, args := range [][]string{
		{"day", "--data-dir", c.dir},
		{"verify", "--data-dir", c.dir},
	} {
		out, errs, exit := program(t, args...)
		if exit == 0 || strings.Count(strings.TrimSpace(errs), "\n") > 0 || !strings.Contains(errs, holder) {
			t.Errorf("guitai %v: exit %d, %q, %q", args, exit, out, errs)
		}
	}
}

// TestSignalsLeaveInOrder: SIGTERM and SIGHUP end the till cleanly, and the sale in hand is there again.
func TestSignalsLeaveInOrder(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			c := newCounter(t, assets.Zh, 80, 24)
			c.settle("7")
			c.scan(code("alipay", 73)) // keys a password for six seconds
			c.seesState(ledger.Waiting)
			tail := c.tail()
			c.signal(s)
			if exit := c.ended(); exit != 0 {
				t.Errorf("exit code %d", exit)
			}
			c.verifies()
			c.again()
			c.sees(tail)
			c.seesState(ledger.Paid)
			c.leave()
			c.agrees(c.day())
		})
	}
}

// TestNothingOfACodeIsKept looks for a charged customer code in everything the till wrote.
func TestNothingOfACodeIsKept(t *testing.T) {
	t.Parallel()
	c := newCounter(t, assets.En, 100, 30)
	secret := code("alipay", 0)
	c.settle("5")
	c.scan(secret)
	c.seesState(ledger.Paid)
	c.settle("6")
	c.typed("c")
	c.sees(c.words.CodeTitle)
	typed := code("wechat", 0)
	c.typed(typed)
	c.keys("Enter")
	c.seesState(ledger.Paid)
	out, _ := c.tmux("capture-pane", "-p", "-S", "-")
	for _, s := range []string{secret, typed} {
		if strings.Contains(out, s) {
			t.Error("a customer code is on the screen or in its history")
		}
	}
	c.leave()
	for _, dir := range []string{c.dir, c.home} {
		for _, s := range []string{secret, typed} {
			if found, _ := exec.Command("grep", "-rlaF", s, dir).Output(); len(found) > 0 {
				t.Errorf("a customer code is in %s", found)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(c.dir, "log", "guitai.log")); err != nil {
		t.Errorf("there is no log to look into: %v", err)
	}
}

// TestQROutcomes: a QR whose first request went wrong is asked for again under the same number, a QR nobody scanned is
// taken back, and a scanned code takes the place of a QR.
func TestQROutcomes(t *testing.T) {
	for i, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		key := map[ledger.Channel]string{ledger.Alipay: "a", ledger.WeChat: "w"}[ch]
		ended := map[ledger.Channel]ledger.AttemptState{ledger.Alipay: ledger.Withdrawn, ledger.WeChat: ledger.ClosedOff}[ch]
		lang := assets.Langs[1-i]
		t.Run(string(ch)+"/first request went wrong", func(t *testing.T) {
			t.Parallel()
			c := newCounter(t, lang, 120, 40)
			c.post("/sandbox/faults", map[string]any{"channel": "*", "operation": "order", "fault": "commit_drop", "count": 1})
			c.settle("66")
			c.typed(key)
			c.sees(c.words.WaitingQR.Says[:12])
			for _, order := range c.orders() {
				c.post("/sandbox/scan", map[string]any{"qr": order.QR})
			}
			c.seesState(ledger.Paid)
			c.leave()
			day := c.day()
			if len(day.Sales[0].Attempts) != 1 {
				t.Errorf("another number was used: %+v", day.Sales[0].Attempts)
			}
			c.agrees(day)
		})
		t.Run(string(ch)+"/taken back", func(t *testing.T) {
			t.Parallel()
			c := newCounter(t, lang, 80, 24)
			c.settle("66")
			c.typed(key)
			c.sees(c.words.WaitingQR.Says[:12])
			c.keys("F4")
			c.seesState(ended)
			c.leave()
			c.agrees(c.day())
		})
		t.Run(string(ch)+"/a code instead", func(t *testing.T) {
			t.Parallel()
			c := newCounter(t, lang, 80, 24)
			c.settle("66")
			c.typed(key)
			c.sees(c.words.WaitingQR.Says[:12])
			c.scan(code("wechat", 0))
			c.seesState(ledger.Paid)
			c.leave()
			day := c.day()
			if len(day.Sales[0].Attempts) != 2 || len(day.Totals) != 1 || day.Totals[0].Amount != 6600 {
				t.Errorf("%+v", day)
			}
			c.agrees(day)
		})
	}
}
