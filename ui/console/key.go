package console

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/charmbracelet/x/term"

	"guitai/ledger/disk"
)

const keyUsage = `guitai key show                                    which key the ledger has, and its public key
guitai key recovery [--again]                      the recovery code, to write down and keep away from the till
guitai key rotate [--passphrase|--credential NAME] a new master key: a file, a passphrase, or a systemd credential
guitai key recover [--passphrase|--credential NAME] a new master key with the recovery code
All take --config FILE and --data-dir DIR. Codes and passphrases are asked for, never given as arguments.
`

// keyCall is a command line of guitai key.
type keyCall struct {
	Place
	do         string
	again      bool
	passphrase bool
	credential string
}

// Key shows, changes and recovers the ledger's master key. The till must be left. 0: done. 1: refused. 2: it could not.
func Key(args []string, find Find, stdin io.Reader, stdout, stderr io.Writer) int {
	c, err := parseKey(args, find, stderr)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, keyUsage)
		return exitGood
	}
	if err != nil {
		fmt.Fprintf(stderr, "guitai key: %v\n%s", err, keyUsage)
		return exitCannot
	}
	if !disk.Holds(c.Dir) {
		fmt.Fprintln(stderr, "guitai key:", missing(c.Dir))
		return exitCannot
	}
	ask := NewAsker(stdin, stderr)
	err = map[string]func() error{
		"show": func() error { return showKey(c, stdout) }, "recovery": func() error { return giveRecovery(c, stdout) },
		"rotate": func() error { return rotate(c, ask, stdout) }, "recover": func() error { return recoverKey(c, ask, stdout) },
	}[c.do]()
	switch {
	case err == nil:
		return exitGood
	case errors.Is(err, disk.ErrRecoveryTaken):
		fmt.Fprintln(stderr, "guitai key: the recovery code was given out before; if it is lost, say --again: that is written down, too")
		return exitDamaged
	}
	fmt.Fprintln(stderr, "guitai key:", Sentence(err))
	return exitCannot
}

func parseKey(args []string, find Find, stderr io.Writer) (c keyCall, err error) {
	if len(args) == 0 {
		return c, errors.New("it takes show, recovery, rotate or recover")
	}
	var config, dataDir string
	c.do, args = args[0], args[1:]
	flags := flag.NewFlagSet("guitai key", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&config, "config", "", "")
	flags.StringVar(&dataDir, "data-dir", "", "")
	switch c.do {
	case "show":
	case "recovery":
		flags.BoolVar(&c.again, "again", false, "")
	case "rotate", "recover":
		flags.BoolVar(&c.passphrase, "passphrase", false, "")
		flags.StringVar(&c.credential, "credential", "", "")
	case "-h", "-help", "--help":
		return c, flag.ErrHelp
	default:
		return c, fmt.Errorf("there is no guitai key %s", c.do)
	}
	if err := flags.Parse(args); err != nil {
		return c, FlagFault(flags, args, err)
	}
	if flags.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if c.passphrase && c.credential != "" {
		return c, errors.New("a passphrase or a credential, not both")
	}
	c.Place, err = find(config, dataDir)
	c.named("key", config, dataDir, stderr)
	return c, err
}

func showKey(c keyCall, stdout io.Writer) error {
	info, err := disk.ShowKey(c.Dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "the master key is %s, fingerprint %s\n", info.Kind, info.Fingerprint)
	fmt.Fprintf(stdout, "checkpoints, proofs and e-receipts are signed with %s\n", info.Public)
	if !disk.RecoveryTaken(c.Dir) {
		fmt.Fprintln(stdout, "nobody has taken the recovery code yet: without it a lost key is a lost ledger (guitai key recovery)")
	}
	return nil
}

func giveRecovery(c keyCall, stdout io.Writer) error {
	code, err := disk.RecoveryCode(c.Dir, c.again)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, code)
	fmt.Fprintln(stdout, "Write it down and keep it away from the till: whoever has it and the disk can read the whole ledger.")
	return nil
}

func rotate(c keyCall, ask Asker, stdout io.Writer) error {
	if !disk.RecoveryTaken(c.Dir) {
		return errors.New("take the recovery code first (guitai key recovery" + c.flags + "): the old key is not kept, and backups that are not at hand open with the old key or the code only")
	}
	to, err := c.master(ask)
	if err == nil {
		err = disk.Rekey(c.Dir, to)
	}
	if err == nil {
		fmt.Fprintln(stdout, "the master key is changed. The old one opens old backups only; the recovery code is the same as before.")
	}
	return err
}

func recoverKey(c keyCall, ask Asker, stdout io.Writer) error {
	if err := disk.Free(c.Dir); err != nil {
		return err
	}
	code, err := ask.Line("recovery code (shown while it is typed): ")
	if err != nil {
		return err
	}
	to, err := c.master(ask)
	if err == nil {
		err = disk.RecoverKey(c.Dir, string(code), to)
	}
	if err == nil {
		fmt.Fprintln(stdout, "the ledger has a new master key; open the till again")
	}
	return err
}

// master is the kind of key to change to. A passphrase is asked for twice.
func (c keyCall) master(ask Asker) (disk.Master, error) {
	if !c.passphrase {
		return disk.Master{Credential: c.credential}, nil
	}
	first, err := ask.Secret("new passphrase: ")
	if err != nil {
		return disk.Master{}, err
	}
	again, err := ask.Secret("once more: ")
	switch {
	case err != nil:
		return disk.Master{}, err
	case string(first) != string(again):
		return disk.Master{}, errors.New("the two are not the same; nothing was changed")
	case len(first) < passphraseLeast:
		return disk.Master{}, fmt.Errorf("a passphrase has at least %d characters; nothing was changed", passphraseLeast)
	}
	return disk.Master{Passphrase: first}, nil
}

// passphraseLeast keeps a stolen disk from being opened by trying: NIST SP 800-63B section 5.1.1 asks for 8 where tries are
// limited, and here nobody limits them.
const passphraseLeast = 12

// Asker asks a person, and for secrets: without an echo on a terminal, else line by line.
type Asker struct {
	in    io.Reader
	out   io.Writer
	lines *bufio.Reader
}

// NewAsker asks at in; prompts go to out where in is a terminal.
func NewAsker(in io.Reader, out io.Writer) Asker { return Asker{in, out, bufio.NewReader(in)} }

// Secret asks for what must not be seen while it is typed. The caller wipes it.
func (a Asker) Secret(prompt string) ([]byte, error) {
	if file, ok := a.in.(*os.File); ok && term.IsTerminal(file.Fd()) {
		fmt.Fprint(a.out, prompt)
		defer a.endsOnInterrupt(file)()
		secret, err := term.ReadPassword(file.Fd())
		fmt.Fprintln(a.out)
		return secret, err
	}
	return a.Line(prompt)
}

// endsOnInterrupt lets Ctrl-C end the process, with the terminal as it was, until the returned function is called.
func (a Asker) endsOnInterrupt(file *os.File) func() {
	was, err := term.GetState(file.Fd())
	pressed, answered := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(pressed, os.Interrupt)
	go func() {
		select {
		case <-pressed:
			if err == nil {
				_ = term.Restore(file.Fd(), was)
			}
			fmt.Fprintln(a.out)
			os.Exit(130)
		case <-answered:
		}
	}()
	return func() { signal.Stop(pressed); close(answered) }
}

// Line asks for something that may be seen.
func (a Asker) Line(prompt string) ([]byte, error) {
	if file, ok := a.in.(*os.File); ok && term.IsTerminal(file.Fd()) {
		fmt.Fprint(a.out, prompt)
		defer a.endsOnInterrupt(file)()
	}
	line, err := a.lines.ReadBytes('\n')
	if err != nil && len(line) == 0 {
		return nil, errors.New("nobody has answered")
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

// Passphrase asks for the ledger's passphrase, once for a process, at the terminal it was started from.
func Passphrase(in *os.File, out io.Writer) func(again bool) ([]byte, error) {
	if !term.IsTerminal(in.Fd()) {
		return nil
	}
	var known []byte
	return func(again bool) (_ []byte, err error) {
		if again {
			fmt.Fprintln(out, "this passphrase does not open the ledger")
		}
		if known == nil || again {
			known, err = Asker{in, out, nil}.Secret("the ledger's passphrase: ")
		}
		return known, err
	}
}
