package hardware

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"guitai/assets"
	"guitai/ledger"
)

const voiceUsage = `guitai voice make --dir DIR [--lang zh|en|both] [--voice V] [--replace]
guitai voice say AMOUNT [--dir DIR] [--lang zh|en] [--player P]
guitai voice list [--lang zh|en|both]

make    makes the clips with espeak-ng, which has to be installed; what is in the folder already stays, unless --replace
say     says an amount once, marked as training
list    names every clip and what is spoken in it, for a shop that records its own: WAV, 16 bits, mono, all at one rate

--dir DIR      the folder of the clips, with zh and en in it: what clips under [voice] in the configuration names
--lang L       zh and en both where it is missing; say takes zh
--voice V      a voice of espeak-ng (espeak-ng --voices); cmn for Chinese and en for English when missing
--player P     a program that plays a WAV file from its standard input; the first of aplay, paplay, pw-play when missing
`

// voiceCall is what the command line asks for.
type voiceCall struct {
	verb                     string
	dir, lang, voice, player string
	replace                  bool
	amount                   ledger.Money
}

// VoiceCommand is `guitai voice make`, `say` and `list`. Results: 0 done, 1 it could not be done, 2 it was called wrongly.
func VoiceCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	call, err := parseVoiceCall(args)
	if errors.Is(err, flag.ErrHelp) {
		_, _ = fmt.Fprint(stdout, voiceUsage)
		return 0
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "guitai voice: %v\n\n%s", err, voiceUsage)
		return 2
	}
	switch call.verb {
	case "list":
		err = listClips(call, stdout)
	case "say":
		err = sayAmount(ctx, call, stdout)
	case "make":
		err = makeClips(ctx, call, stdout)
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "guitai voice:", err)
		return 1
	}
	return 0
}

func parseVoiceCall(args []string) (call voiceCall, err error) {
	if len(args) == 0 {
		return call, errors.New("make, say or list?")
	}
	call.verb, args = args[0], args[1:]
	flags := flag.NewFlagSet("guitai voice", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the words are ours, above
	flags.StringVar(&call.lang, "lang", "", "")
	switch call.verb {
	case "list":
	case "make":
		flags.StringVar(&call.dir, "dir", "", "")
		flags.StringVar(&call.voice, "voice", "", "")
		flags.BoolVar(&call.replace, "replace", false, "")
	case "say":
		flags.StringVar(&call.dir, "dir", "", "")
		flags.StringVar(&call.player, "player", "", "")
	case "help", "-h", "-help", "--help":
		return call, flag.ErrHelp
	default:
		return call, fmt.Errorf("there is no %q", call.verb)
	}
	amount := ""
	if call.verb == "say" && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		amount, args = args[0], args[1:]
	}
	if err := flags.Parse(args); err != nil {
		return call, err
	}
	rest := flags.Args()
	if call.verb == "say" && amount == "" && len(rest) > 0 {
		amount, rest = rest[0], rest[1:]
	}
	if len(rest) > 0 {
		return call, fmt.Errorf("unexpected argument %q", rest[0])
	}
	return checkVoiceCall(call, amount)
}

func checkVoiceCall(call voiceCall, amount string) (voiceCall, error) {
	if call.lang == "" && call.verb == "say" {
		call.lang = string(assets.Zh)
	}
	both := call.lang == "" || call.lang == "both"
	switch {
	case !both && call.lang != string(assets.Zh) && call.lang != string(assets.En), both && call.verb == "say":
		return call, fmt.Errorf("--lang %q: there is zh and en", call.lang)
	case call.verb == "make" && call.dir == "":
		return call, errors.New("--dir is missing: the folder for the clips")
	case call.verb == "make" && both && call.voice != "":
		return call, errors.New("--voice: a voice speaks one language: name it with --lang")
	case strings.HasPrefix(call.voice, "-"):
		return call, fmt.Errorf("--voice %q is no name of a voice", call.voice)
	case call.verb != "say":
		return call, nil
	}
	if err := (VoiceConfig{Clips: call.dir, Player: call.player}).Check(); err != nil {
		return call, err
	}
	var keyed ledger.Keyed
	for _, key := range amount {
		var err error
		if keyed, err = keyed.Key(key); err != nil {
			return call, fmt.Errorf("%q is no amount in yuan such as 12.50", amount)
		}
	}
	var err error
	if call.amount, err = keyed.Money(); err != nil {
		return call, errors.New("say which amount, in yuan such as 12.50")
	}
	return call, nil
}

// langs are those that the call names.
func (c voiceCall) langs() []assets.Lang {
	if c.lang == "" || c.lang == "both" {
		return assets.Langs
	}
	return []assets.Lang{assets.Lang(c.lang)}
}

func listClips(call voiceCall, stdout io.Writer) error {
	for _, lang := range call.langs() {
		for _, clip := range assets.For(lang).Voice.Clips {
			if _, err := fmt.Fprintf(stdout, "%s/%s.wav\t%s\n", lang, clip.Name, clip.Says); err != nil {
				return err
			}
		}
	}
	return nil
}

// sayAmount says the amount as a payment of training, so that nobody at the counter takes it for money.
func sayAmount(ctx context.Context, call voiceCall, stdout io.Writer) error {
	lang := assets.Lang(call.lang)
	a := Announcement{Kind: AnnouncePaid, Fen: call.amount.Fen, Training: true}
	texts := map[string]string{}
	for _, clip := range assets.For(lang).Voice.Clips {
		texts[clip.Name] = clip.Says
	}
	var says []string
	for _, name := range wordsOf(lang, a) {
		says = append(says, texts[name])
	}
	_, _ = fmt.Fprintln(stdout, strings.Join(says, " "))
	v := NewVoice(VoiceConfig{On: true, Clips: call.dir, Player: call.player}, lang, nil, func(Status) {})
	o := v.perform(ctx, a)
	if o.err != nil {
		return o.err
	}
	_, _ = fmt.Fprintln(stdout, o.detail)
	return nil
}
