// Guitai (柜台) is a counter cashier station in a terminal for scan-to-pay.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // the shop's zone is known on a machine without a zone database

	"github.com/charmbracelet/x/term"
	"golang.org/x/sync/errgroup"
	"gopkg.in/natefinch/lumberjack.v2"

	"guitai/assets"
	"guitai/hardware"
	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/sync/alipay"
	"guitai/sync/channel"
	"guitai/sync/notice"
	"guitai/sync/outbox"
	"guitai/sync/sandbox"
	"guitai/sync/wechatpay"
	"guitai/ui"
	"guitai/ui/console"
	"guitai/ui/remote"
)

// version is set by the linker in a release.
var version = "dev"

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// memoryLimit bounds the heap, in bytes: a compaction of Badger's would take several times as much and give it back later.
const memoryLimit = 128 << 20

// run is the table of contents of the program. It gives the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	forbidCoreDumps()
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP, os.Interrupt)
	defer stop()
	disk.AskPassphrase = console.Passphrase(os.Stdin, stderr)
	command := ""
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		command, args = args[0], args[1:]
	}
	switch command {
	case "":
		return till(ctx, args, stdout, stderr)
	case "verify":
		return console.Verify(args, find, stdout, stderr)
	case "repair":
		return console.Repair(args, find, stdout, stderr)
	case "epoch":
		return epoch(ctx, args, stdout, stderr)
	case "proof":
		return console.Proof(args, find, os.Stdin, stdout, stderr)
	case "key":
		return console.Key(args, find, os.Stdin, stdout, stderr)
	case "clearing":
		return console.Clearing(args, find, stdout, stderr)
	case "exceptions":
		return console.Exceptions(ctx, args, find, os.Stdin, stdout, stderr)
	case "statement":
		return console.Statement(ctx, args, find, os.Stdin, stdout, stderr)
	case "receipt":
		return console.Receipt(ctx, args, find, os.Stdin, stdout, stderr)
	case "voice":
		return hardware.VoiceCommand(ctx, args, stdout, stderr)
	case "init":
		return initialise(ctx, args, os.Stdin, stdout, stderr)
	case "staff":
		return console.Staff(ctx, args, find, os.Stdin, stdout, stderr)
	case "backup":
		return console.Backup(args, find, stdout, stderr)
	case "restore":
		return console.Restore(args, find, os.Stdin, stdout, stderr)
	case "export":
		return console.Export(args, find, stdout, stderr)
	case "day":
		return console.Day(args, find, stdout, stderr)
	case "alerts":
		return console.Alerts(args, find, stdout, stderr)
	case "doctor":
		return console.Doctor(ctx, args, doctor, stdout, stderr)
	case "bundle":
		return console.Bundle(ctx, args, bundle, stdout, stderr)
	case "attach":
		return attach(ctx, args, stdout, stderr)
	case "visits":
		return console.Visits(ctx, args, find, os.Stdin, stdout, stderr)
	case "display":
		return display(ctx, args, stdout, stderr)
	case "sandbox":
		return sandbox.Command(ctx, args, stdout, stderr)
	case "config":
		return console.Config(args, assets.ConfigExample, stdout, stderr)
	case "version":
		fmt.Fprintln(stdout, "guitai", version)
		return 0
	case "help":
		fmt.Fprint(stdout, usage)
		return 0
	}
	fmt.Fprintf(stderr, "guitai: there is no command %q\n\n%s", command, usage)
	return 2
}

const usage = `guitai                                the till; without a configuration in training mode
guitai init --config FILE             make a shop's till: its configuration, its channels' keys checked, its first supervisor
guitai staff list|add|lift|disable|enable|reset|badge|totp   who works at a till
guitai verify [--chain] [--checkpoint FILE]  compare both copies with each other and with checkpoints: 0 good, 1 damaged
                                      --chain: the journal alone, also beside an open till
guitai repair [--yes]                 mend the ledger's copies from each other; without --yes only say how
guitai epoch [--yes] [--why TEXT]     say that a copied or restored folder is the till that goes on
guitai clearing [--json]              what the channels have taken and not paid out, and late money, by age
guitai exceptions [--json]            what the till could not settle by itself
guitai exceptions --resolve ID --note TEXT [--returned]   say how one of them was settled
guitai statement fetch|import FILE|match   the channels' statements of a day: get them, compare them with the ledger
guitai statement show [--day D] [--json | --csv]   what they say of each day, to the fen, and what does not agree
guitai backup --to PLACE              bring a backup up to date, also beside an open till: a folder, or NAME.tar
guitai restore --from PLACE           make an empty folder the till's from a backup
guitai key show|recovery|rotate|recover   the ledger's master key, and what opens the ledger without it
guitai proof --order N                prove one payment of a sealed day to whoever has the ledger's public key
guitai proof --check FILE --key KEY   check such a proof, without a ledger
guitai receipt verify TEXT --key KEY | show --sale N   check an e-receipt, alone or against the ledger; show a sale's
guitai voice make|list|say            what the till says: make its recordings, name them, hear them
guitai export                         every event that can be read, also of a damaged ledger
guitai day [--date D] [--json]        a day's sales, refunds and totals
guitai alerts [--day D] [--json]      patterns of trades that a supervisor should look at
guitai doctor [--test] [--json]       is everything there that the till needs? each device is tried, also beside an open till
guitai bundle --to FILE               what support needs to know of a till, encrypted; --plain shows it, --fields lists all that may be in it
guitai attach [--key FILE] [COMMAND]  look into the open till from a second terminal, or have it answer a command that reads
guitai visits list [--json]           who has looked in over SSH, and whether the recordings are good
guitai visits replay N [--speed X] [--plain]   what a visitor was shown, once more
guitai display                        the customer's screen, in a second terminal beside the till's
guitai sandbox --listen A --dir D     the channels' simulator as a process of its own
guitai config example                 a commented configuration
guitai version

The till:    --config FILE  --data-dir DIR  --lang zh|en  --serial PATH  --training  --renderer own|stock  --plain
display:     --config FILE  --data-dir DIR  --lang zh|en  --training  --renderer own|stock
attach:      --config FILE  --data-dir DIR
the ledger's commands: --config FILE  --data-dir DIR
`

// options is the till's command line.
type options struct {
	config, dataDir, lang, serial string
	renderer                      string
	training, plain, version      bool
	within                        bool // training on the screen of a till that sells, begun by it
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("guitai", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller says what is wrong, once
	flags.StringVar(&o.config, "config", "", "")
	flags.StringVar(&o.dataDir, "data-dir", "", "")
	flags.StringVar(&o.lang, "lang", "", "")
	flags.StringVar(&o.serial, "serial", "", "")
	flags.StringVar(&o.renderer, "renderer", "", "")
	flags.BoolVar(&o.training, "training", false, "")
	flags.BoolVar(&o.within, "within", false, "")
	flags.BoolVar(&o.plain, "plain", false, "")
	flags.BoolVar(&o.version, "version", false, "")
	if err := flags.Parse(args); err != nil {
		return o, console.FlagFault(flags, args, err)
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.renderer != "" && o.renderer != ui.RendererOwn && o.renderer != ui.RendererStock {
		return o, fmt.Errorf("--renderer is %s or %s", ui.RendererOwn, ui.RendererStock)
	}
	return o, nil
}

// configure reads the configuration and lays the command line over it.
func configure(o options) (Config, error) {
	cfg, err := loadConfig(o.config)
	if err != nil {
		return cfg, err
	}
	if o.training {
		cfg.Mode, cfg.Alipay, cfg.WechatPay, cfg.DataDir = modeTraining, nil, nil, ""
		cfg.Notices, cfg.Ledger = notice.Config{}, LedgerConfig{} // they are the real till's
		scanner := cfg.Scanner
		cfg.noDevices() // so are they: its drawer, its voice, what its customers see
		cfg.Scanner = scanner
	}
	if o.within {
		cfg.noDevices() // the till that sells has them
	}
	if o.dataDir != "" {
		cfg.DataDir = o.dataDir
	}
	if o.serial != "" {
		cfg.Scanner.Serial = o.serial
	}
	if o.lang != "" {
		cfg.Screen.Lang = assets.Lang(o.lang)
		if err := cfg.Screen.Check(); err != nil {
			return cfg, fmt.Errorf("--lang: %w", err)
		}
	}
	return cfg, nil
}

// find tells a command where the ledger is, and what it needs to open it.
func find(config, dataDir string) (console.Place, error) {
	cfg, err := configure(options{config: config, dataDir: dataDir})
	if err != nil {
		return console.Place{}, err
	}
	dir, err := cfg.dataDir()
	return console.Place{
		Dir: dir, Calendar: ledger.Calendar{Zone: cfg.zone()}, Outside: cfg.Ledger.Checkpoints, Backup: cfg.Ledger.Backup,
		Book: bookConfig(cfg), Who: whoCommands(), Staff: cfg.people(), Statements: &shopStatements{cfg, dir},
		Door: filepath.Join(dir, remote.SocketName),
	}, err
}

// till runs the till and gives the exit code.
func till(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "guitai: %v\n\n%s", err, usage)
		return 2
	}
	if o.version {
		fmt.Fprintln(stdout, "guitai", version)
		return 0
	}
	cfg, err := configure(o)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if !o.plain && (!term.IsTerminal(os.Stdin.Fd()) || !term.IsTerminal(os.Stdout.Fd())) {
		fmt.Fprintln(stderr, "guitai: the till needs a terminal for its keys and its screen; --plain, verify and day need none")
		return 2
	}
	signal.Ignore(syscall.SIGPIPE) // a reader of plain lines that goes away must not keep the till from closing in order
	if err := sell(ctx, cfg, o); err != nil {
		words := assets.For(ui.Language(cfg.Screen, os.Getenv))
		fmt.Fprintln(stderr, "guitai:", words.Refusal(err)+lookIn(words, cfg, o, err))
		return 1
	}
	return 0
}

// display shows the customer what the till does, until it is left, and gives the exit code.
func display(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return 0
	}
	if err == nil && (o.serial != "" || o.plain || o.version) {
		err = errors.New("a display has no scanner, no plain lines and no version of its own")
	}
	if err != nil {
		fmt.Fprintf(stderr, "guitai display: %v\n\n%s", err, usage)
		return 2
	}
	cfg, err := configure(o)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	dir, err := cfg.dataDir()
	if err == nil && (!term.IsTerminal(os.Stdin.Fd()) || !term.IsTerminal(os.Stdout.Fd())) {
		err = errors.New("the display needs a terminal")
	}
	if err == nil {
		err = ui.Display(ctx, ui.DisplayOptions{
			Dir: dir, Lang: cfg.Screen.Lang, Theme: cfg.Screen.Theme, Calendar: ledger.Calendar{Zone: cfg.zone()}, In: os.Stdin, Out: os.Stdout,
			Renderer: o.renderer, Getenv: os.Getenv,
		})
	}
	if err != nil {
		fmt.Fprintln(stderr, "guitai display:", err)
		return 1
	}
	return 0
}

// sell opens everything in order, runs the till, and closes in reverse.
func sell(ctx context.Context, cfg Config, o options) (err error) {
	dir, err := cfg.dataDir()
	if err != nil {
		return err
	}
	store, err := openLedger(dir, cfg)
	if err != nil {
		return err
	}
	defer closing(&err, store.close)
	log, restore, err := openLog(dir)
	if err != nil && store.stopped == nil {
		return err
	}
	defer restore()

	about := bookConfig(cfg)
	about.Log = log
	if err := cfg.staff(&about); err != nil && store.stopped == nil {
		return err
	}
	store.book(&about)
	book, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), about)
	switch {
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return nil // told to end before it had begun
	case err != nil:
		return err
	}
	why := "left"
	defer func() { store.farewell(book, cfg, log) }()
	defer closing(&err, func() error { return book.Close(why) })
	defer func() { _ = book.SignOut(context.Background(), consolePlace, ledger.SignOutDone) }() // an opening signs everybody out, too
	if err := errors.Join(provable(book, about), store.written(log)); err != nil {
		return err
	}
	for _, ch := range store.channels(cfg) {
		book.Board().Post(func(v *ledger.BoardView) {
			v.Links[ch] = ledger.Link{State: ledger.LinkStarting, Since: time.Now()}
		})
	}
	worker := outbox.New(book, outbox.Config{Subject: cfg.Till.Shop, Seed: uint64(os.Getpid()), Log: log})
	receiver := notice.New(book, cfg.Notices, log)
	statements := store.statements(book, cfg, log)
	introduce := func(c channel.Connector) { worker.Add(c); receiver.Add(c); statements.Add(c) }
	var practice *practice
	if store.stopped == nil { // a till that only shows talks to no channel
		if practice, err = channels(cfg, dir, introduce, log); err != nil {
			return err
		}
	}

	group, running := errgroup.WithContext(ctx)
	running, leave := context.WithCancel(running)
	defer leave()
	defer within(o, leave, book)()
	shared := ui.Shared{Book: book, Dir: dir, Shop: cfg.Till.Shop, Lang: ui.Language(cfg.Screen, os.Getenv), Log: log}
	hub := &ui.Hub{}
	door, err := newDoor(cfg, o, &store, book, dir, hub, log)
	if err != nil {
		return err
	}
	devices := newCounterTop(cfg, dir, book, log)
	devices.run(running, group, book, shared)
	door.run(running, group)
	group.Go(func() error { return worker.Run(running) })
	group.Go(func() error { return receiver.Run(running) })
	group.Go(func() error { return statements.Run(running) })
	store.keep(running, group, book, cfg)
	if cfg.Mode != modeTraining { // there is no supervisor in training
		group.Go(func() error {
			book.FollowAlerts(running)
			return nil
		})
	}
	group.Go(func() error {
		ui.Share(running, shared)
		return nil
	})
	group.Go(func() error {
		defer leave() // the screen's end is the till's end
		screen := ui.Options{
			Book: book, Hub: hub, Door: door.orNil(), Hand: door.carryOut(devices), Health: door.health, Practice: practice.orNil(), Counter: devices, Actor: book.At(consolePlace), Training: cfg.Mode == modeTraining, Codes: cfg.codeTable(),
			LockAfter: cfg.Staff.lockAfter(), NeedsCode: cfg.needsCode(),
			In: os.Stdin, Out: os.Stdout, Renderer: o.renderer, FirstFrame: practice.begin(running, group, introduce), Getenv: os.Getenv,
		}
		release, err := ui.Hold(os.Stdin)
		if err != nil {
			return err
		}
		defer release()
		return shows(running, func() error {
			defer func() { screen.FirstFrame = nil }()
			if !o.plain {
				if err := ui.Run(running, cfg.screen(), screen); !errors.Is(err, ui.ErrNoCursor) {
					return err
				}
			}
			return ui.RunPlain(running, cfg.screen(), screen)
		}, func(ctx context.Context) (ledger.Tally, error) {
			return train(ctx, o, dir, string(ui.Language(cfg.Screen, os.Getenv)))
		}, book, log)
	})
	err = group.Wait()
	if ctx.Err() != nil {
		why = "signal"
	}
	return err
}

// consolePlace is the place of whoever works at the till's own screen and scanner.
var consolePlace = ledger.Trainee.Place

// provable refuses to open a till whose people cannot prove who they are.
func provable(book *ledger.Book, about ledger.BookConfig) error {
	people := 0
	book.Read(func(s *ledger.State) { people = len(s.People()) })
	if about.Stopped == nil && people > 0 && book.Staffed() && about.Pepper == nil {
		return ledger.Refuse(ledger.ReasonNoPepper)
	}
	return nil
}

// bookConfig is what the configuration tells the Book, but for what is about people.
func bookConfig(cfg Config) ledger.BookConfig {
	limit, _ := cfg.Refunds.autoLimit() // check has made sure that it can be read
	about := ledger.BookConfig{
		Till: cfg.Till.Name, Mode: cfg.Mode, Version: version, Calendar: ledger.Calendar{Zone: cfg.zone()},
		Codes: cfg.codeTable(), Channels: cfg.channels(),
		QuietSettle: cfg.Sale.Settle == "quiet", QuietAfter: time.Duration(cfg.Sale.QuietMS) * time.Millisecond,
		AskAbove: cfg.Sale.AskAbove, ReturnUpTo: limit, Alerts: cfg.Alerts.thresholds(),
		Own: ledger.OwnCodes{Coupons: strings.Fields(cfg.Scanner.Coupons), Cards: strings.Fields(cfg.Scanner.Cards)},
	}
	cfg.drawer(&about)
	return about
}

func closing(err *error, close func() error) {
	*err = errors.Join(*err, close())
}

// channels introduces the configured channels; in training it gives the simulator that will be one.
func channels(cfg Config, dir string, introduce func(channel.Connector), log *slog.Logger) (*practice, error) {
	if cfg.Mode == modeTraining {
		return &practice{dir: filepath.Join(dir, "sandbox"), log: log}, nil
	}
	if cfg.Alipay != nil {
		c, err := alipay.New(*cfg.Alipay)
		if err != nil {
			return nil, fmt.Errorf("alipay: %w", err)
		}
		introduce(c)
	}
	if cfg.WechatPay != nil {
		c, err := wechatpay.New(*cfg.WechatPay)
		if err != nil {
			return nil, fmt.Errorf("wechatpay: %w", err)
		}
		introduce(c)
	}
	return nil, nil
}

// openLog opens the rotated log and sends the process's stderr to a file beside it: from here on the terminal belongs
// to the screen, and a stack trace must not be written over it. restore gives stderr back. On an error the log goes nowhere.
func openLog(dir string) (*slog.Logger, func(), error) {
	logs := filepath.Join(dir, "log")
	if err := os.MkdirAll(logs, 0o700); err != nil {
		return slog.New(slog.DiscardHandler), func() {}, fmt.Errorf("log folder: %w", err)
	}
	file := &lumberjack.Logger{Filename: filepath.Join(logs, "guitai.log"), MaxSize: 10, MaxBackups: 5}
	restore, err := redirectStderr(filepath.Join(logs, "stderr.log"))
	if err != nil {
		return slog.New(slog.DiscardHandler), func() {}, err
	}
	log := slog.New(slog.NewTextHandler(file, nil))
	log.Info("the till opens", "version", version)
	return log, func() { restore(); file.Close() }, nil
}
