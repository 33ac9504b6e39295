package console

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/charmbracelet/x/term"
	"rsc.io/qr"

	"guitai/ledger"
	"guitai/ledger/disk"
)

const receiptUsage = `guitai receipt verify TEXT | - --key KEY                      check an e-receipt: it needs no ledger and no network
guitai receipt verify TEXT | - [--key KEY] --config FILE | --data-dir DIR
                                                              and compare the ledger with it, also beside an open till: 0 it holds,
                                                              1 it does not, or the ledger was cut or written anew, 2 cannot run
guitai receipt show --sale N [--config FILE] [--data-dir DIR]  the e-receipts of a sale, by its number or an order's
`

// receiptCall is a command line of guitai receipt.
type receiptCall struct {
	do, text, key, sale string
	config, dataDir     string
}

// Receipt checks or shows e-receipts. Whatever a receipt says is foreign until its signature holds, and nothing of it is printed.
func Receipt(ctx context.Context, args []string, find Find, stdin io.Reader, stdout, stderr io.Writer) int {
	c, err := parseReceiptCall(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, receiptUsage)
		return exitGood
	}
	if err != nil {
		fmt.Fprintf(stderr, "guitai receipt: %v\n%s", err, receiptUsage)
		return exitCannot
	}
	var place Place
	if c.do == "show" || c.key == "" || c.config != "" || c.dataDir != "" {
		place, err = find(c.config, c.dataDir)
		place.named("receipt", c.config, c.dataDir, stderr)
		if err == nil && !disk.Holds(place.Dir) {
			err = missing(place.Dir)
		}
	}
	code := exitGood
	switch {
	case err != nil:
	case c.do == "show":
		err = showReceipts(ctx, place, c.sale, stdout)
	default:
		code, err = c.verify(place, stdin, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "guitai receipt:", Sentence(err))
		return exitCannot
	}
	return code
}

func parseReceiptCall(args []string) (c receiptCall, err error) {
	if len(args) == 0 {
		return c, errors.New("it takes verify or show")
	}
	c.do, args = args[0], args[1:]
	flags := flag.NewFlagSet("guitai receipt", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&c.config, "config", "", "")
	flags.StringVar(&c.dataDir, "data-dir", "", "")
	switch c.do {
	case "verify":
		flags.StringVar(&c.key, "key", "", "")
	case "show":
		flags.StringVar(&c.sale, "sale", "", "")
	case "-h", "-help", "--help":
		return c, flag.ErrHelp
	default:
		return c, fmt.Errorf("there is no guitai receipt %q", c.do)
	}
	var words []string
	for rest := args; ; rest = flags.Args()[1:] { // flags may stand behind the text, too
		if err := flags.Parse(rest); err != nil {
			return c, FlagFault(flags, rest, err)
		}
		if flags.NArg() == 0 {
			break
		}
		words = append(words, flags.Arg(0))
	}
	switch {
	case c.do == "show" && len(words) > 0, c.do == "verify" && len(words) > 1:
		return c, errors.New("there is an argument too many; a receipt with blanks in it goes in quotes")
	case c.do == "show" && c.sale == "":
		return c, errors.New("it takes --sale")
	case c.do == "verify" && len(words) == 0:
		return c, errors.New("it takes a receipt's text, or - for what comes on standard input")
	case c.do == "verify":
		c.text = words[0]
	}
	return c, nil
}

// verify checks the signature, and, where a ledger was named, that the ledger still is what it was when the receipt was made.
func (c receiptCall) verify(place Place, stdin io.Reader, stdout io.Writer) (int, error) {
	if c.text == "-" {
		text, err := io.ReadAll(io.LimitReader(stdin, 1<<12))
		if err != nil {
			return exitCannot, err
		}
		c.text = string(text)
	}
	own := ""
	if place.Dir != "" {
		var err error
		if own, err = disk.PublicKey(place.Dir); err != nil {
			return exitCannot, err
		}
	}
	if c.key == "" {
		c.key = own
	}
	r, err := disk.CheckReceipt(typed(c.text), c.key)
	switch {
	case errors.Is(err, disk.ErrReceiptForged), errors.Is(err, ledger.ErrNoReceipt):
		fmt.Fprintln(stdout, "IT DOES NOT HOLD:", err)
		return exitDamaged, nil
	case err != nil:
		return exitCannot, err
	}
	fmt.Fprint(stdout, receiptText(r, c.key, place.Calendar))
	if own == "" {
		fmt.Fprintln(stdout, "no ledger was compared with it: name the till's with --config or --data-dir")
		return exitGood, nil
	}
	if _, err := disk.CheckReceipt(typed(c.text), own); err != nil {
		return exitCannot, fmt.Errorf("the ledger in %s has another key, %s: it has not signed this receipt", place.Dir, own)
	}
	return witness(place.Dir, r, stdout)
}

func witness(dir string, r ledger.Receipt, stdout io.Writer) (int, error) {
	w, err := disk.Witness(dir, r)
	if err != nil {
		return exitCannot, err
	}
	if w.Fault == "" {
		fmt.Fprintf(stdout, "the ledger still has event %d with this hash, and %d behind it\n", r.Seq, w.Events-r.Seq)
		return exitGood, nil
	}
	fmt.Fprintln(stdout, "THE RECEIPT STANDS AGAINST THE LEDGER:", w.Fault)
	if w.GaveUp != "" {
		fmt.Fprintln(stdout, w.GaveUp)
	}
	return exitDamaged, nil
}

// typed makes the text of a receipt out of what somebody has pasted, or typed from paper: blanks and small letters do no harm.
func typed(text string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text))
}

// receiptText says what a receipt says that is verified.
func receiptText(r ledger.Receipt, key string, calendar ledger.Calendar) string {
	var out strings.Builder
	what := "was paid"
	if r.Kind == ledger.ReceiptRefund {
		what = "got money back"
	}
	fmt.Fprintf(&out, "it holds: sale %s %s: %s CNY\n", r.Sale, what, ledger.Fen(r.Amount))
	if r.Mode != "production" {
		fmt.Fprintf(&out, "%s: no money has moved\n", strings.ToUpper(r.Mode))
	}
	line := func(name, value string) { fmt.Fprintf(&out, "%-6s %s\n", name, value) }
	line("till", r.Till)
	for _, p := range r.Parts {
		way := string(p.Channel)
		if way == "" {
			way = p.Tender.String()
		}
		line("by", way+" "+ledger.Fen(p.Fen).String())
	}
	if r.Order != "" {
		line("order", string(r.Order))
	}
	line("time", calendar.In(r.At).Format(time.RFC3339))
	line("event", fmt.Sprintf("%d, hash %x", r.Seq, r.Hash))
	line("key", strings.TrimSpace(key))
	return out.String()
}

func showReceipts(ctx context.Context, place Place, number string, stdout io.Writer) (err error) {
	store, err := disk.Open(place.Dir, disk.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	state, err := ledger.LoadState(store)
	if err != nil {
		return err
	}
	sale, ok, err := store.SaleOf(ledger.OrderNo(number))
	found := &sale
	if err == nil && !ok {
		found, err = ledger.FindSale(ctx, store, ledger.SaleID(number), place.Calendar.Today())
	}
	if err != nil {
		return err
	}
	from := ledger.ReceiptsFrom{Journal: store, Till: state.Till, Mode: state.Mode, Signer: store}
	texts, err := from.Refunds(found)
	paid, notPaid := from.Of(found)
	switch {
	case err != nil:
		return err
	case notPaid == nil:
		texts = append([]string{paid}, texts...)
	case ledger.ReasonOf(notPaid) != ledger.ReasonNotPaid || len(texts) == 0:
		return fmt.Errorf("sale %s has no receipt: %w", found.ID, Cause(notPaid))
	}
	for _, text := range texts {
		showReceipt(text, stdout)
	}
	return nil
}

// showReceipt prints a receipt, and on a terminal its QR.
func showReceipt(text string, stdout io.Writer) {
	if file, ok := stdout.(interface{ Fd() uintptr }); ok && term.IsTerminal(file.Fd()) {
		fmt.Fprint(stdout, terminalQR(text))
	}
	fmt.Fprintln(stdout, text)
}

// terminalQR draws a code in half blocks, black on white whatever the terminal's theme is, with its quiet zone of four modules.
func terminalQR(text string) string {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return ""
	}
	const quiet = 4
	var out strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		for x := -quiet; x < code.Size+quiet; x++ {
			upper, lower := 107, 97 // of a cell: its ground, and the half block in front of it
			if code.Black(x, y) {
				upper = 40
			}
			if code.Black(x, y+1) {
				lower = 30
			}
			fmt.Fprintf(&out, "\x1b[%d;%dm▄", lower, upper)
		}
		out.WriteString("\x1b[m\n")
	}
	return out.String()
}
