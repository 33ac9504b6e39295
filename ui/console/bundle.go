package console

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	agefile "filippo.io/age"
	"github.com/charmbracelet/x/term"

	"guitai/ledger"
)

const bundleUsage = "guitai bundle --to FILE [--config FILE] [--data-dir DIR]    what support needs to know of a till, encrypted to [support] recipient;\n" +
	"    without --to it goes to standard output. Also beside an open till. 0 made, 1 it would have had what may not leave, 2 cannot run\n" +
	"guitai bundle --plain     the same to standard output, as it is: for the shop's own eyes\n" +
	"guitai bundle --fields    everything that may be in a bundle, and why\n"

// bundleMost is how many bytes a bundle has at most, encrypted.
const bundleMost = 5 << 20

// BundleSource is where a bundle takes what it has. Nothing of it leaves but by way of the list of what may.
type BundleSource struct {
	Recipient string // of the configuration; empty: nobody
	Dir       string // the data folder
	Till      BundleTill
	Config    BundleConfig
	Checks    []Check                  // the doctor's
	Survey    func() *Survey           // of the ledger
	Board     func() *ledger.BoardView // of the till that makes it; nil where another process may have it
	End       func()                   // gives back what the checks share
}

// BundlePlan finds the sources of a till's bundle.
type BundlePlan func(Examination) (BundleSource, error)

// bundleCall is a command line that has been read.
type bundleCall struct {
	Examination
	to            string
	plain, fields bool
}

// Bundle makes a support bundle.
func Bundle(ctx context.Context, args []string, plan BundlePlan, stdout, stderr io.Writer) int {
	c, err := parseBundle(args)
	if done, code := usageOr(err, bundleUsage, "bundle", stdout, stderr); done {
		return code
	}
	if c.fields {
		fmt.Fprint(stdout, fieldsText())
		return exitGood
	}
	source, err := plan(c.Examination)
	if err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			fmt.Fprintln(stderr, harmless(line))
		}
		return exitCannot
	}
	defer source.End()
	if err := c.make(ctx, &source, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "guitai bundle:", harmless(err.Error()))
		if errors.Is(err, errMayNotLeave) {
			return exitDamaged
		}
		return exitCannot
	}
	return exitGood
}

func parseBundle(args []string) (c bundleCall, err error) {
	flags := flag.NewFlagSet("guitai bundle", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&c.Config, "config", "", "")
	flags.StringVar(&c.DataDir, "data-dir", "", "")
	flags.StringVar(&c.to, "to", "", "")
	flags.BoolVar(&c.plain, "plain", false, "")
	flags.BoolVar(&c.fields, "fields", false, "")
	if err := flags.Parse(args); err != nil {
		return c, FlagFault(flags, args, err)
	}
	switch {
	case flags.NArg() > 0:
		return c, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case c.plain && c.to != "":
		return c, errors.New("--plain goes to standard output alone: a file that is not encrypted gets lost")
	}
	return c, nil
}

var errMayNotLeave = errors.New("there is no bundle")

// make gathers a bundle and brings it where it is to go. Nothing is written before all of it is known to be good.
func (c *bundleCall) make(ctx context.Context, source *BundleSource, stdout, stderr io.Writer) error {
	var to []agefile.Recipient
	var err error
	switch file, isFile := stdout.(*os.File); {
	case c.plain:
	case source.Recipient == "":
		return errors.New("nobody is named who could read it: set recipient = \"age1…\" under [support], as whoever supports this till has given it; --plain shows what it would have")
	case c.to == "" && isFile && term.IsTerminal(file.Fd()):
		return errors.New("it is no text: name a file with --to, or look at it with --plain")
	default:
		if to, err = ParseRecipients(source.Recipient); err != nil {
			return err
		}
	}
	parts, err := gather(ctx, source, time.Now())
	switch {
	case err != nil:
		return err
	case c.plain:
		return writePlain(stdout, parts)
	}
	sealed, err := seal(parts, to)
	switch {
	case err != nil:
		return err
	case len(sealed) > bundleMost:
		return fmt.Errorf("%w: it would have %d bytes, and %d is the most", errMayNotLeave, len(sealed), bundleMost)
	case c.to == "":
		_, err = stdout.Write(sealed)
		return err
	}
	if err := writeNew(c.to, sealed); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "guitai bundle: %s: %d bytes, encrypted to %s; guitai bundle --plain shows what is in it\n", c.to, len(sealed), source.Recipient)
	return nil
}

// ParseRecipients reads the age recipients of a configuration, blanks between them. What is wrong is said without the text itself, which may
// be a secret key.
func ParseRecipients(text string) ([]agefile.Recipient, error) {
	recipients, err := agefile.ParseRecipients(strings.NewReader(strings.Join(strings.Fields(text), "\n")))
	switch {
	case strings.Contains(strings.ToUpper(text), "AGE-SECRET-KEY"):
		return nil, errors.New("recipient is a secret key: keep that where bundles are read, and put its public half here, age1…")
	case err != nil || len(recipients) == 0:
		return nil, errors.New("recipient: one or more age recipients such as age1…, with blanks between them")
	}
	_, err = agefile.Encrypt(io.Discard, recipients...) // some do not go together
	if err != nil {
		return nil, errors.New("recipient: these age recipients do not go together: all of them of one kind")
	}
	return recipients, nil
}

// part is one file of a bundle.
type part struct {
	name    string
	content []byte
}

// gather makes the parts of a bundle; the first is the list of the others.
func gather(ctx context.Context, source *BundleSource, now time.Time) ([]part, error) {
	doctor := bundleChecks{Good: true}
	examine(ctx, source.Checks, false, func(f finding) {
		doctor.Good = doctor.Good && !f.Look
		doctor.Checks = append(doctor.Checks, f)
	})
	if ctx.Err() != nil {
		return nil, errors.New("it was stopped before its end")
	}
	var view *ledger.BoardView
	if source.Board != nil {
		view = source.Board()
	}
	till, config, board, book := source.Till, source.Config, boardPart(view), ledgerPart(source.Survey(), now)
	till.Made = moment(now)
	log, crash := logPart(source.Dir), crashPart(source.Dir)
	return pack(till, []named{{"till", &till}, {"config", &config}, {"doctor", &doctor}, {"board", &board}, {"ledger", &book}, {"log", &log}, {"crash", &crash}})
}

// named is the content of a part, a pointer.
type named struct {
	name    string
	content any
}

// pack passes each part through the list of what may leave, and puts the list of parts before them.
func pack(till BundleTill, contents []named) ([]part, error) {
	parts := make([]part, 1, len(contents)+1)
	var list bytes.Buffer
	fmt.Fprintf(&list, "guitai bundle\nversion %s\nmade %s\nbytes, sha256 and name of each part:\n", fitted(till.Version, formName), fitted(till.Made, formTime))
	for _, c := range contents {
		if err := permit(c.name, c.content); err != nil {
			return nil, fmt.Errorf("%w: %w", errMayNotLeave, err)
		}
		var text bytes.Buffer
		writeJSON(&text, c.content)
		if !json.Valid(text.Bytes()) {
			return nil, fmt.Errorf("%w: %s cannot be written", errMayNotLeave, c.name)
		}
		parts = append(parts, part{c.name + ".json", text.Bytes()})
		fmt.Fprintf(&list, "%8d  %x  %s.json\n", text.Len(), sha256.Sum256(text.Bytes()), c.name)
	}
	parts[0] = part{"MANIFEST", list.Bytes()}
	return parts, nil
}

// seal packs the parts as tar and encrypts them.
func seal(parts []part, to []agefile.Recipient) ([]byte, error) {
	var sealed bytes.Buffer
	encrypted, err := agefile.Encrypt(&sealed, to...)
	if err != nil {
		return nil, fmt.Errorf("encrypting it: %w", err)
	}
	packed := tar.NewWriter(encrypted)
	for _, p := range parts {
		err = errors.Join(err, packed.WriteHeader(&tar.Header{Name: p.name, Mode: 0o600, Size: int64(len(p.content)), Format: tar.FormatUSTAR}))
		_, writeErr := packed.Write(p.content)
		err = errors.Join(err, writeErr)
	}
	err = errors.Join(err, packed.Close(), encrypted.Close())
	return sealed.Bytes(), err
}

// writePlain shows the parts one after the other.
func writePlain(out io.Writer, parts []part) error {
	for _, p := range parts {
		if _, err := fmt.Fprintf(out, "== %s\n%s\n", p.name, p.content); err != nil {
			return err
		}
	}
	return nil
}

// writeNew writes a file for its owner alone, and never over another one. What could not be written whole is taken away again.
func writeNew(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("it is written to a new file only: %w", err)
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", path, err), os.Remove(path))
	}
	return nil
}

// fieldsText is the list of what may leave.
func fieldsText() string {
	var b strings.Builder
	for _, l := range mayLeave {
		fmt.Fprintf(&b, "%-30s  %-7s  %s\n", l.field, l.form, l.why)
	}
	return b.String()
}
