package console

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"guitai/ledger"
	"guitai/ledger/disk"
)

const staffUsage = `guitai staff list [--json]                 who works at this till
guitai staff add NAME [--role cashier|supervisor|support] [--trained]
                                           somebody new; a cashier works in training until a supervisor lifts it, or --trained
guitai staff lift NAME                     lets somebody work who has been in training
guitai staff disable|enable NAME           lets somebody sign in no more, or again
guitai staff reset NAME                    gives somebody a new PIN
guitai staff badge NAME                    a badge that names somebody when it is scanned; it never replaces the PIN
guitai staff totp NAME [--remove]          a new authenticator for somebody, or none any more
All take --config FILE and --data-dir DIR. The till must be left. A supervisor's name and PIN are asked for, never given as
arguments; without a terminal they are lines of the standard input.
`

// staffCall is a command line of guitai staff.
type staffCall struct {
	Place
	do, name string
	role     string
	trained  bool
	remove   bool
	json     bool
}

// Staff shows and changes who works at a till. 0: done. 1: refused. 2: it could not.
func Staff(ctx context.Context, args []string, find Find, stdin io.Reader, stdout, stderr io.Writer) int {
	c, err := parseStaff(args, find, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, staffUsage)
		return exitGood
	case err != nil:
		fmt.Fprintf(stderr, "guitai staff: %v\n%s", err, staffUsage)
		return exitCannot
	case !disk.Holds(c.Dir):
		fmt.Fprintln(stderr, "guitai staff:", missing(c.Dir))
		return exitCannot
	case c.do == "list":
		err = c.list(stdout)
	default:
		err = c.change(ctx, NewAsker(stdin, stderr), stdout, stderr)
	}
	if err == nil {
		return exitGood
	}
	fmt.Fprintln(stderr, "guitai staff:", Sentence(err))
	if reason := ledger.ReasonOf(err); reason != "" && reason != ledger.ReasonDiskInUse {
		return exitDamaged
	}
	return exitCannot
}

// staffDoes are the commands, and whether they take a name.
var staffDoes = map[string]bool{"list": false, "add": true, "lift": true, "disable": true, "enable": true, "reset": true, "badge": true, "totp": true}

func parseStaff(args []string, find Find, stderr io.Writer) (c staffCall, err error) {
	if len(args) == 0 {
		return c, errors.New("it takes list, add, lift, disable, enable, reset, badge or totp")
	}
	c.do, args = args[0], args[1:]
	if c.do == "-h" || c.do == "-help" || c.do == "--help" {
		return c, flag.ErrHelp
	}
	named, known := staffDoes[c.do]
	if !known {
		return c, fmt.Errorf("there is no guitai staff %s", c.do)
	}
	if named && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		c.name, args = args[0], args[1:]
	}
	var config, dataDir string
	flags := flag.NewFlagSet("guitai staff", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&config, "config", "", "")
	flags.StringVar(&dataDir, "data-dir", "", "")
	switch c.do {
	case "list":
		flags.BoolVar(&c.json, "json", false, "")
	case "add":
		flags.StringVar(&c.role, "role", string(ledger.RoleCashier), "")
		flags.BoolVar(&c.trained, "trained", false, "")
	case "totp":
		flags.BoolVar(&c.remove, "remove", false, "")
	}
	if err := flags.Parse(args); err != nil {
		return c, FlagFault(flags, args, err)
	}
	if rest := flags.Args(); named && c.name == "" && len(rest) == 1 {
		c.name = rest[0]
	} else if len(rest) > 0 {
		return c, fmt.Errorf("unexpected argument %q", rest[0])
	}
	if named && c.name == "" {
		return c, fmt.Errorf("guitai staff %s needs a name", c.do)
	}
	c.Place, err = find(config, dataDir)
	c.named("staff", config, dataDir, stderr)
	return c, err
}

// personRow is one line of `guitai staff list --json`.
type personRow struct {
	Name  string `json:"name"`
	Role  string `json:"role"`
	State string `json:"state"` // working, training, disabled, or no-pin
	Badge bool   `json:"badge"`
	TOTP  bool   `json:"totp"`
	Wrong uint32 `json:"wrong_pins"` // in a row
}

func (c *staffCall) list(stdout io.Writer) (err error) {
	store, err := disk.Open(c.Dir, disk.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	state, err := ledger.LoadState(store)
	if err != nil {
		return err
	}
	rows := []personRow{}
	for _, p := range state.People() {
		row := personRow{p.Name, string(p.Role), "working", p.Badge != (ledger.Mark{}), c.Staff != nil && c.Staff.NeedsCode(p.Name), p.Failed}
		switch {
		case p.Gone:
			row.State = "disabled"
		case !p.HasPIN():
			row.State = "no-pin"
		case p.Learner:
			row.State = "training"
		}
		rows = append(rows, row)
	}
	if c.json {
		writeJSON(stdout, rows)
		return nil
	}
	if len(rows) == 0 {
		fmt.Fprintln(stdout, "nobody works here yet")
	}
	for _, row := range rows {
		fmt.Fprintf(stdout, "%-12s  %-10s  %s", row.Name, row.Role, row.State)
		if row.Badge {
			fmt.Fprint(stdout, ", badge")
		}
		if row.TOTP {
			fmt.Fprint(stdout, ", authenticator")
		}
		if row.Wrong > 0 {
			fmt.Fprintf(stdout, ", %d wrong PINs in a row", row.Wrong)
		}
		fmt.Fprintln(stdout)
	}
	return nil
}

// change does what takes a supervisor. Every change is an event.
func (c *staffCall) change(ctx context.Context, ask Asker, stdout, stderr io.Writer) error {
	check := func(s *ledger.State) error {
		switch _, known := s.Person(c.name); {
		case len(s.People()) == 0:
			return errNobody
		case c.do == "add" && known:
			return fmt.Errorf("%s is here already: guitai staff list", c.name)
		case c.do != "add" && !known:
			return fmt.Errorf("nobody here is called %s: guitai staff list", c.name)
		}
		return nil
	}
	return c.write(ctx, "staff", "people were changed", ask, stderr, check, func(book *ledger.Book, who ledger.Actor) error {
		if err := who.May(ledger.RightStaff); err != nil { // before anybody keys a new PIN for nothing; the Book refuses it, too
			return err
		}
		wish, err := c.wish(ask, book)
		if err == nil {
			err = book.SetStaff(ctx, who, wish)
		}
		if err != nil {
			return err
		}
		return c.done(stdout)
	})
}

// wish is how somebody is to stand from now on.
func (c *staffCall) wish(ask Asker, book *ledger.Book) (wish ledger.StaffWish, err error) {
	wish = ledger.StaffWish{Person: c.name, Role: ledger.Role(c.role)}
	if people := peopleOf(book); c.do != "add" {
		p := people[slices.IndexFunc(people, func(p ledger.Person) bool { return p.Name == c.name })]
		wish.Role, wish.Learner, wish.Gone = p.Role, p.Learner, p.Gone
	}
	switch c.do {
	case "add":
		wish.Learner = !c.trained && wish.Role == ledger.RoleCashier
	case "lift":
		wish.Learner = false
	case "disable":
		wish.Gone = true
	case "enable":
		wish.Gone = false
	case "badge":
		wish.Badge, err = ask.Line("scan the badge of " + c.name + ", or type what it reads as: ")
	}
	if c.do == "add" || c.do == "reset" {
		var pin ledger.PIN
		pin, err = ask.NewPIN(c.name)
		wish.PIN = &pin
	}
	return wish, err
}

// done says what was done, and does what is kept beside the ledger.
func (c *staffCall) done(stdout io.Writer) error {
	switch {
	case c.do == "totp" && c.remove:
		if err := c.Staff.Forget(c.name); err != nil {
			return err
		}
	case c.do == "totp":
		address, err := c.Staff.Enroll(c.name)
		if err != nil {
			return err
		}
		fmt.Fprintln(stdout, address)
		fmt.Fprintln(stdout, "Put this into the authenticator now; it is not shown again, and whoever has it has the codes.")
	}
	fmt.Fprintf(stdout, "%s: %s\n", c.name, map[string]string{
		"add": "added", "lift": "works here from now on", "disable": "signs in no more", "enable": "can sign in again",
		"reset": "has a new PIN", "badge": "has a badge", "totp": "the authenticator is changed",
	}[c.do])
	if c.do == "add" && !c.trained && c.role == string(ledger.RoleCashier) {
		name := c.name
		if strings.Contains(name, " ") {
			name = `"` + name + `"`
		}
		fmt.Fprintf(stdout, "%s works in training mode (y at the till) until: guitai staff lift %s%s\n", c.name, name, c.flags)
	}
	return nil
}
