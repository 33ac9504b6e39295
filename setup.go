package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/sync/channel"
	"guitai/ui/console"
)

const initUsage = `guitai init --config FILE [--data-dir DIR] [--shop NAME] [--till T1] [--mode production|sandbox] [--supervisor NAME]
    make a shop's till: what FILE does not say yet is asked for and written into it, each channel is asked with its keys for an
    order that does not exist, and the first supervisor gets a PIN. 0: done. 1: refused. 2: it could not.
guitai init --lost-pepper --config FILE [--data-dir DIR] [--supervisor NAME]
    after the key of the PINs (pepper.key) was lost and no copy is left: a new one is made, everybody's PIN is gone, and a supervisor
    gets one. It takes the ledger's keys, and is written down.
    The PIN is asked for twice, without an echo; without a terminal it is two lines of the standard input.
`

// setup is a call of guitai init.
type setup struct {
	options
	shop, till, mode, supervisor string
	lostPepper                   bool
	ask                          console.Asker
	stdout                       io.Writer
}

// errSetup is a refusal: things are as they were.
var errSetup = errors.New("")

// initialise makes a shop's till, once for a folder.
func initialise(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s := setup{ask: console.NewAsker(stdin, stderr), stdout: stdout}
	flags := flag.NewFlagSet("guitai init", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	for name, into := range map[string]*string{"config": &s.config, "data-dir": &s.dataDir, "shop": &s.shop, "till": &s.till, "mode": &s.mode, "supervisor": &s.supervisor} {
		flags.StringVar(into, name, "", "")
	}
	flags.BoolVar(&s.lostPepper, "lost-pepper", false, "")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, initUsage)
		return 0
	case err != nil:
		err = console.FlagFault(flags, args, err)
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case s.config == "":
		err = errors.New("--config FILE: where the shop's configuration is, or is to be written")
	}
	if err != nil {
		fmt.Fprintf(stderr, "guitai init: %v\n%s", err, initUsage)
		return 2
	}
	if err := s.run(ctx); err != nil {
		fmt.Fprintln(stderr, "guitai init:", console.Sentence(err))
		if errors.Is(err, errSetup) || ledger.ReasonOf(err) != "" {
			return 1
		}
		return 2
	}
	return 0
}

func (s *setup) run(ctx context.Context) error {
	cfg, err := s.configured()
	if err != nil {
		return err
	}
	if cfg.Mode == modeTraining {
		return fmt.Errorf("%s says mode = %q, which needs no people: choose sandbox or production%w", s.config, cfg.Mode, errSetup)
	}
	if err := checkKeys(ctx, cfg, s.stdout); err != nil {
		return err
	}
	dir, err := cfg.dataDir()
	if err != nil {
		return err
	}
	if err := s.firstPerson(ctx, cfg, dir); err != nil {
		return err
	}
	keys, err := cfg.staffKeys()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "the till %s of %s is ready. Its ledger is in %s.\n", cfg.Till.Name, cfg.Till.Shop, dir)
	fmt.Fprintf(s.stdout, "%s/%s is the key of the PINs: keep a copy of it where no copy of the ledger is.\n", keys.dir, pepperName)
	fmt.Fprintf(s.stdout, "next: guitai key recovery%[1]s, guitai staff add NAME%[1]s, and guitai%[1]s to sell\n", flagsOf(s.options))
	return nil
}

// configured reads the configuration, or asks for it and writes it.
func (s *setup) configured() (Config, error) {
	_, err := os.Stat(s.config)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := s.write(); err != nil {
			return Config{}, err
		}
	case err != nil:
		return Config{}, err
	case cmp.Or(s.shop, s.till, s.mode) != "":
		return Config{}, fmt.Errorf("%s is there already and says these things: leave out --shop, --till and --mode%w", s.config, errSetup)
	}
	cfg, err := configure(s.options)
	if err != nil {
		err = fmt.Errorf("%w\nmend that, and run guitai init again", err)
	}
	return cfg, err
}

// setting is one line of a channel's table that is asked for.
type setting struct{ key, about, usual string }

var channelSettings = []struct {
	table, name string
	settings    []setting
}{
	{"alipay", "Alipay", []setting{
		{"gateway_url", "gateway", "https://openapi.alipay.com/gateway.do"}, {"app_id", "app id", ""}, {"seller_id", "seller id (2088…)", ""},
		{"private_key_file", "file of the app's private key", ""}, {"public_key_file", "file of Alipay's public key", ""},
	}},
	{"wechatpay", "WeChat Pay", []setting{
		{"base_url", "gateway", "https://api.mch.weixin.qq.com"}, {"mchid", "merchant's number", ""}, {"appid", "app id", ""},
		{"merchant_serial", "serial number of the merchant's certificate", ""}, {"private_key_file", "file of the merchant's private key", ""},
		{"public_key_id", "id of WeChat Pay's public key", ""}, {"public_key_file", "file of WeChat Pay's public key", ""},
		{"apiv3_key_file", "file of the APIv3 key", ""}, {"store_id", "the shop's own number", ""}, {"notify_url", "address of notices (https)", ""},
	}},
}

// write asks for what a configuration needs, and writes it for its owner's eyes. What is wrong with it is said when it is read.
func (s *setup) write() error {
	var text bytes.Buffer
	var failed error
	line := func(key, about, usual, given string) {
		value := given
		if value == "" && failed == nil {
			value, failed = s.answer(about, usual)
		}
		fmt.Fprintf(&text, "%s = %s\n", key, strconv.Quote(value))
	}
	line("mode", "mode, production or sandbox", modeProduction, s.mode)
	fmt.Fprint(&text, "\n[till]\n")
	line("name", "the till's number, one to four of A-Z and 0-9", "T1", s.till)
	line("shop", "the shop's name, as bills show it", "", s.shop)
	for _, ch := range channelSettings {
		yes := ""
		if failed == nil {
			yes, failed = s.answer("sell with "+ch.name+"? yes or no", "no")
		}
		if yes != "yes" && yes != "y" {
			continue
		}
		fmt.Fprintf(&text, "\n[%s]\n", ch.table)
		for _, set := range ch.settings {
			line(set.key, ch.name+": "+set.about, set.usual, "")
		}
	}
	if failed != nil {
		return failed
	}
	file, err := os.OpenFile(s.config, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text.Bytes())
	return errors.Join(err, file.Close())
}

// answer asks one question; an empty line takes what is usual.
func (s *setup) answer(about, usual string) (string, error) {
	prompt := about + ": "
	if usual != "" {
		prompt = about + " [" + usual + "]: "
	}
	text, err := s.ask.Line(prompt)
	return cmp.Or(strings.TrimSpace(string(text)), usual), err
}

// checkKeys asks each channel for an order that cannot exist. Only an answer that the channel has signed with the configured key, and
// that understood ours, says that there is none.
func checkKeys(ctx context.Context, cfg Config, stdout io.Writer) (err error) {
	introduce := func(c channel.Connector) {
		ctx, cancel := context.WithTimeout(ctx, c.Schedule(ledger.ByCode).Timeout)
		defer cancel()
		answer := c.Query(ctx, channel.Order{Number: noOrder(), Way: ledger.ByCode, Amount: ledger.Fen(1), Subject: cfg.Till.Shop, Expires: time.Now()})
		if answer.Class == ledger.ClassAbsent && answer.Verified {
			fmt.Fprintf(stdout, "%s: the keys are good: the channel has signed that it does not know this order\n", c.Channel())
			return
		}
		err = errors.Join(err, fmt.Errorf("%s: no signed answer that an order which cannot exist does not exist (signed: %t, code %q): compare the numbers and key files, and look at the line%w",
			c.Channel(), answer.Verified, answer.Code, errSetup))
	}
	if _, fault := channels(cfg, "", introduce, nil); fault != nil {
		return fault
	}
	return err
}

// noOrder is a number that no till gives.
func noOrder() ledger.OrderNo {
	random := make([]byte, 12)
	rand.Read(random)
	return ledger.OrderNo("INIT" + strings.ToUpper(hex.EncodeToString(random)))
}

// firstPerson writes the first supervisor into the till's ledger, which is made if it is not there.
func (s *setup) firstPerson(ctx context.Context, cfg Config, dir string) (err error) {
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		return err
	}
	defer closing(&err, store.Close)
	if store.Copied() {
		return ledger.Refuse(ledger.ReasonCopied)
	}
	state, err := ledger.LoadState(store)
	if err != nil {
		return err
	}
	switch known := len(state.People()) > 0; {
	case s.lostPepper && !known:
		return fmt.Errorf("nobody works at the till in %s yet: leave out --lost-pepper%w", dir, errSetup)
	case s.lostPepper:
		if err := s.pepperGone(cfg); err != nil {
			return err
		}
	case known:
		return fmt.Errorf("people work at the till in %s already: guitai staff%s changes them%w", dir, flagsOf(s.options), errSetup)
	}
	name := s.supervisor
	if name == "" {
		if name, err = s.answer("the supervisor's name", ""); err != nil {
			return err
		}
	}
	pin, err := s.ask.NewPIN(name)
	if err != nil {
		return err
	}
	defer pin.Wipe()
	keys, err := cfg.staffKeys()
	if err == nil {
		_, err = keys.makePepper()
	}
	about := bookConfig(cfg)
	if err == nil {
		err = cfg.staff(&about)
	}
	if err != nil {
		return err
	}
	about.TillKey, about.Maintained, about.PepperLost = store.TillKey(), store.Maintained(), s.lostPepper
	book, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), about)
	if err != nil {
		return err
	}
	defer closing(&err, func() error { return book.Close("initialised") })
	if err := store.Recorded(); err != nil {
		return err
	}
	if s.lostPepper {
		if err := book.LosePINs(ctx, whoCommands()); err != nil {
			return err
		}
		fmt.Fprintln(s.stdout, "nobody's PIN is valid any more: guitai staff reset NAME gives each person a new one")
	}
	return book.SetStaff(ctx, whoCommands(), ledger.StaffWish{Person: name, Role: ledger.RoleSupervisor, PIN: &pin})
}

// pepperGone refuses to give up a key of the PINs that is still there.
func (s *setup) pepperGone(cfg Config) error {
	keys, err := cfg.staffKeys()
	if err != nil {
		return err
	}
	if key, err := keys.pepper(); key != nil || err != nil {
		return errors.Join(err, fmt.Errorf("%s/%s is there: move it away first, if it is not the right one%w", keys.dir, pepperName, errSetup))
	}
	return nil
}
