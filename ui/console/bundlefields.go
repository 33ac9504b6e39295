package console

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// form is what a field of a bundle may be.
type form string

// The forms.
const (
	formFlag   form = "flag"   // yes or no
	formNumber form = "number" // a count, a size, a time span
	formTime   form = "time"   // UTC, to the millisecond; or a day
	formWord   form = "word"   // one of the program's own words
	formName   form = "name"   // a version, or a till's number: letters and digits that the program or the configuration's check has made
	formText   form = "text"   // anything, cleaned of whatever looks like a code, a PIN or a key
)

// leave is a field that may leave the shop.
type leave struct {
	field string // the file, and the way to the field in it
	form  form
	why   string
}

// mayLeave is the allow-list: every field of every file of a bundle, and why support needs it. A field that is not here stops the bundle.
var mayLeave = []leave{
	{"till.version", formName, "which program it is"},
	{"till.go", formName, "what it was built with"},
	{"till.os", formWord, "faults of one system"},
	{"till.arch", formWord, "faults of one processor"},
	{"till.kernel", formName, "faults of drivers"},
	{"till.uptime_seconds", formNumber, "was the machine restarted"},
	{"till.terminal", formWord, "faults of the picture and the keys"},
	{"till.terminal_program", formWord, "the same"},
	{"till.locale", formWord, "faults of signs and language"},
	{"till.columns", formNumber, "faults of the layout"},
	{"till.rows", formNumber, "the same"},
	{"till.disk_free_mb", formNumber, "is there room for the ledger"},
	{"till.files_free", formNumber, "the same, of a disk that counts files"},
	{"till.files_limit", formNumber, "may it open enough of them"},
	{"till.made", formTime, "how old the bundle is"},
	{"till.open", formFlag, "made beside an open till"},

	{"config.mode", formWord, "real money or not"},
	{"config.till", formName, "which till it is: the number that bills show"},
	{"config.time_zone", formWord, "where a day ends"},
	{"config.settle", formWord, "how a sale is keyed"},
	{"config.quiet_ms", formNumber, "the same"},
	{"config.checkpoints", formFlag, "is a roll-back noticed; not where they are"},
	{"config.backup", formFlag, "is there one; not where"},
	{"config.keep_days", formNumber, "what the second copy still has"},
	{"config.staff_required", formFlag, "does anybody sign in"},
	{"config.lock_after", formNumber, "why a screen locks"},
	{"config.second_person", formWord, "what takes two people"},
	{"config.totp", formWord, "are codes asked for"},
	{"config.shifts", formFlag, "why nothing can be sold"},
	{"config.statements_fetch", formFlag, "are statements asked for"},
	{"config.statements_at", formWord, "when"},
	{"config.lang", formWord, "which words the screen has"},
	{"config.theme", formWord, "how it looks"},
	{"config.bell", formWord, "why it is silent"},
	{"config.scanner", formText, "the name of its device file"},
	{"config.scanner_baud", formNumber, "does its speed fit"},
	{"config.scanner_terminator", formWord, "where its lines end"},
	{"config.printer", formWord, "how it is connected; not its address"},
	{"config.printer_baud", formNumber, "does its speed fit"},
	{"config.printer_columns", formNumber, "how slips are laid out"},
	{"config.printer_charset", formWord, "why signs are wrong"},
	{"config.voice", formFlag, "does it speak"},
	{"config.pole", formWord, "which display it has"},
	{"config.pole_baud", formNumber, "does its speed fit"},
	{"config.page", formFlag, "is there a customer's page; not where"},
	{"config.notices", formFlag, "are notices received; not where"},
	{"config.code_rows", formNumber, "has the shop its own table of codes"},
	{"config.channels.channel", formWord, "which channels it sells on"},
	{"config.channels.gateway", formWord, "the channel's own address or another one; not which"},
	{"config.channels.qr_life", formNumber, "why a QR ends"},

	{"doctor.good", formFlag, "is there anything to look at"},
	{"doctor.checks.name", formWord, "what was looked at"},
	{"doctor.checks.state", formWord, "how it is"},
	{"doctor.checks.look", formFlag, "should somebody look"},
	{"doctor.checks.says", formText, "what was found; it names folders, files and hosts where one of them is the matter"},
	{"doctor.checks.next", formText, "what the shop was told to do; the same"},

	{"board.known", formFlag, "was it made by the open till"},
	{"board.why", formText, "why there is no board"},
	{"board.backlog", formNumber, "how much is owed to the channels"},
	{"board.doing", formNumber, "how many requests are under way"},
	{"board.clock_skew_ms", formNumber, "why answers are refused"},
	{"board.disk_low", formFlag, "is there room"},
	{"board.disk_full", formFlag, "the same"},
	{"board.checkpoint_fault", formText, "why heads stay here"},
	{"board.checkpoint_at", formTime, "since when"},
	{"board.ledger_fault", formText, "what damage was found"},
	{"board.backup_fault", formText, "why the backup is old"},
	{"board.displays", formNumber, "does a customer see anything"},
	{"board.display_gone", formFlag, "the same"},
	{"board.voice_hushed", formFlag, "why it is silent"},
	{"board.notices.taken", formNumber, "do notices come"},
	{"board.notices.repeated", formNumber, "does the channel hear the answers"},
	{"board.notices.forged", formNumber, "does somebody else send them"},
	{"board.notices.foreign", formNumber, "do another till's come here"},
	{"board.notices.failed", formNumber, "are they taken"},
	{"board.notices.fault", formText, "why none can come"},
	{"board.links.name", formWord, "which channel"},
	{"board.links.state", formWord, "how its line is"},
	{"board.links.since", formTime, "since when"},
	{"board.links.cause", formText, "why"},
	{"board.links.latency_ms", formNumber, "how fast it answers"},
	{"board.devices.name", formWord, "which device"},
	{"board.devices.state", formWord, "how it is"},
	{"board.devices.since", formTime, "since when"},
	{"board.devices.cause", formText, "why"},
	{"board.statements.name", formWord, "which channel"},
	{"board.statements.state", formWord, "how far its statements are"},
	{"board.statements.since", formTime, "since when"},
	{"board.statements.cause", formText, "why"},

	{"ledger.looked", formFlag, "could it be read"},
	{"ledger.fault", formText, "why not"},
	{"ledger.events", formNumber, "how long it is"},
	{"ledger.epoch", formNumber, "was it copied or restored"},
	{"ledger.closed_in_order", formFlag, "was the last end a crash"},
	{"ledger.damage", formText, "what does not hold"},
	{"ledger.newest", formTime, "does the clock run back"},
	{"ledger.clock_back_ms", formNumber, "did it ever"},
	{"ledger.kinds.kind", formWord, "what happens at this till"},
	{"ledger.kinds.count", formNumber, "how often"},
	{"ledger.last.seq", formNumber, "the order of the last events"},
	{"ledger.last.kind", formWord, "what they were; not what they say"},
	{"ledger.last.at", formTime, "when"},
	{"ledger.last.day", formTime, "on which business day"},
	{"ledger.last.role", formWord, "a person's role or the till; no name"},
	{"ledger.exceptions.kind", formWord, "what the till could not settle; not of which sale"},
	{"ledger.exceptions.owner", formWord, "who has to act"},
	{"ledger.exceptions.count", formNumber, "how many"},
	{"ledger.exceptions.oldest_hours", formNumber, "how long it waits"},
	{"ledger.exceptions.newest_hours", formNumber, "does it still happen"},
	{"ledger.statements.channel", formWord, "whose statement"},
	{"ledger.statements.day", formTime, "of which day"},
	{"ledger.statements.kind", formWord, "trades or balance"},
	{"ledger.statements.source", formWord, "fetched or brought"},
	{"ledger.statements.compared", formFlag, "how far it is"},
	{"ledger.statements.complete", formFlag, "the same"},
	{"ledger.statements.differences", formNumber, "how many rows do not agree; not which"},
	{"ledger.statements.missing", formNumber, "how much no statement has; not what"},

	{"log.found", formFlag, "is there a log"},
	{"log.why", formText, "why not"},
	{"log.at", formTime, "when it was last written"},
	{"log.lines", formText, "what the till said of itself"},
	{"log.removed.kind", formWord, "what was taken out of it"},
	{"log.removed.count", formNumber, "how often"},
	{"crash.found", formFlag, "is there a report"},
	{"crash.why", formText, "why not"},
	{"crash.at", formTime, "when"},
	{"crash.lines", formText, "where in the program"},
	{"crash.removed.kind", formWord, "what was taken out of it"},
	{"crash.removed.count", formNumber, "how often"},
}

// allowed is mayLeave by field.
var allowed = func() map[string]form {
	forms := make(map[string]form, len(mayLeave))
	for _, l := range mayLeave {
		forms[l.field] = l.form
	}
	return forms
}()

// shapes are what a text of a form looks like; a formText may look like anything.
var shapes = map[form]*regexp.Regexp{
	formWord: regexp.MustCompile(`^[A-Za-z0-9 ._/:@+-]{0,40}$`),
	formTime: regexp.MustCompile(`^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)?)?$`),
	formName: regexp.MustCompile(`^[A-Za-z0-9 ._+:-]{0,80}$`),
}

// permit passes a part of a bundle: each field of its type has to stand in the allow-list with the form that it has, and each text is made
// what its form allows. part is a pointer. An error names the field that may not leave; then nothing may.
func permit(name string, part any) error {
	v := reflect.ValueOf(part).Elem()
	if err := permitType(name, v.Type()); err != nil {
		return err
	}
	fitAll(name, v)
	return nil
}

// permitType goes by types alone, so that a list that is empty today hides nothing.
func permitType(field string, t reflect.Type) error {
	switch t.Kind() {
	case reflect.Slice:
		return permitType(field, t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			name := jsonName(f)
			if name == "" || name == "-" || !f.IsExported() || f.Anonymous {
				return fmt.Errorf("%s has a field %s without a name that the list of what may leave could have", field, f.Name)
			}
			if err := permitType(field+"."+name, f.Type); err != nil {
				return err
			}
		}
		return nil
	}
	form, ok := allowed[field]
	if !ok {
		return fmt.Errorf("the field %s is not on the list of what may leave", field)
	}
	is := map[reflect.Kind]bool{reflect.Bool: form == formFlag, reflect.Int: form == formNumber, reflect.Int64: form == formNumber,
		reflect.String: form != formFlag && form != formNumber}
	if !is[t.Kind()] {
		return fmt.Errorf("the field %s is of the type %s, and only a %s of that name may leave", field, t, form)
	}
	return nil
}

// jsonName is the name of a field in its file.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// fitAll makes every text of a part what its form allows.
func fitAll(field string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		if v.IsNil() { // an empty list is written as one
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		for i := range v.Len() {
			fitAll(field, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fitAll(field+"."+jsonName(v.Type().Field(i)), v.Field(i))
		}
	case reflect.String:
		v.SetString(fitted(v.String(), allowed[field]))
	}
}

// textMost is how many characters one text of a bundle has at most.
const textMost = 1000

// fitted makes a text what its form allows.
func fitted(text string, form form) string {
	if shape := shapes[form]; shape != nil && !shape.MatchString(text) {
		return "[no " + string(form) + "]"
	}
	if form == formTime || form == formName {
		return text
	}
	return scrubber{}.clean(text, textMost)
}
