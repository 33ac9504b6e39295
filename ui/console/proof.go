package console

import (
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"guitai/ledger"
	"guitai/ledger/disk"
)

const proofUsage = `guitai proof --order ORDER [--config FILE] [--data-dir DIR]    prove one payment of a sealed day
guitai proof --check FILE --key KEY                            check a proof; it needs no ledger and no network
`

const proofPrefix = "guitai-proof-1:"

// Proof makes or checks the proof of one payment. 0: made, or it holds. 1: it does not hold. 2: it could not look.
func Proof(args []string, find Find, stdin io.Reader, stdout, stderr io.Writer) int {
	var config, dataDir, order, file, key string
	flags := flag.NewFlagSet("guitai proof", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	for name, value := range map[string]*string{"config": &config, "data-dir": &dataDir, "order": &order, "check": &file, "key": &key} {
		flags.StringVar(value, name, "", "")
	}
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, proofUsage)
		return exitGood
	case err != nil:
		err = FlagFault(flags, args, err)
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case (order == "") == (file == ""), file != "" && key == "":
		err = errors.New("it takes --order, or --check with --key")
	}
	if err != nil {
		fmt.Fprintf(stderr, "guitai proof: %v\n%s", err, proofUsage)
		return exitCannot
	}
	if file != "" {
		return checkProof(file, key, stdin, stdout, stderr)
	}
	place, err := find(config, dataDir)
	place.named("proof", config, dataDir, stderr)
	if err == nil && !disk.Holds(place.Dir) {
		err = missing(place.Dir)
	}
	if err == nil {
		err = makeProof(place.Dir, ledger.OrderNo(order), stdout, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "guitai proof:", Sentence(err))
		return exitCannot
	}
	return exitGood
}

func makeProof(dir string, order ledger.OrderNo, stdout, stderr io.Writer) (err error) {
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	proof, err := store.ProvePaid(order)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, proofPrefix+base64.RawURLEncoding.EncodeToString(proof.Encode()))
	fmt.Fprintln(stderr, "guitai proof: check it anywhere: guitai proof --check FILE --key", store.VerifierKey())
	return nil
}

func checkProof(file, key string, stdin io.Reader, stdout, stderr io.Writer) int {
	in := stdin
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			fmt.Fprintln(stderr, "guitai proof:", err)
			return exitCannot
		}
		defer opened.Close()
		in = opened
	}
	text, err := io.ReadAll(io.LimitReader(in, 1<<17))
	if err != nil {
		fmt.Fprintln(stderr, "guitai proof:", err)
		return exitCannot
	}
	encoded, ok := strings.CutPrefix(strings.TrimSpace(string(text)), proofPrefix)
	data, err := base64.RawURLEncoding.DecodeString(encoded)
	if !ok || err != nil {
		fmt.Fprintf(stderr, "guitai proof: this is no proof: one begins with %s\n", proofPrefix)
		return exitCannot
	}
	proof, err := ledger.DecodeProof(data)
	var event ledger.Event
	if err == nil {
		event, err = disk.CheckProof(proof, key)
	}
	if err != nil {
		fmt.Fprintln(stdout, "IT DOES NOT HOLD:", err)
		return exitDamaged
	}
	fmt.Fprintln(stdout, proven(&event, proof.Seal))
	return exitGood
}

// proven says what a proof proves.
func proven(event *ledger.Event, seal ledger.Seal) string {
	what := fmt.Sprintf("event %d", event.Seq)
	if b, ok := event.Body.(*ledger.AttemptAnswered); ok && b.Became == ledger.Paid {
		what = fmt.Sprintf("order %s was paid: %s %s, the channel's number %s", b.Order, b.Named.Amount, b.Named.Amount.Currency, b.Named.ChannelNo)
	}
	return fmt.Sprintf("it holds: %s; event %d of %s, which was sealed with %d events", what, event.Seq, seal.Day, seal.Last-seal.First+1)
}
