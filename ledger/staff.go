package ledger

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Role is what a person is allowed to be at this till.
type Role string

// The roles of the till's three kinds of users, and the till acting by itself.
const (
	RoleCashier    Role = "cashier"
	RoleSupervisor Role = "supervisor"
	RoleSupport    Role = "support"
	RoleTill       Role = "till" // workers: outcomes, time-outs, opening and closing
)

// StaffRoles are those that a person can have.
var StaffRoles = []Role{RoleCashier, RoleSupervisor, RoleSupport}

// Actor is who did it: on every intent and on every event.
type Actor struct {
	Person   string // the person's name in the shop; "trainee" in training
	Role     Role
	Place    string // where: "console", or an SSH session's number
	Approver string // the second person, where one was needed; only the Book writes it, when it has checked that person's PIN
}

// PlaceCommand is the place of whoever runs a command of the program on this machine.
const PlaceCommand = "command"

// Trainee is the built-in cashier of training mode.
var Trainee = Actor{Person: "trainee", Role: RoleCashier, Place: "console"}

// Trainer is the built-in second person of training mode. TrainerPIN is no secret: it stands on the screen that asks for it.
var Trainer = Actor{Person: "trainer", Role: RoleSupervisor, Place: "console"}

// TrainerPIN is Trainer's.
const TrainerPIN = "2580"

// Till is the till itself, acting through its workers.
var Till = Actor{Person: "till", Role: RoleTill}

// Right is one thing somebody may do. Book asks for it in every intent: a greyed key is never the only guard.
type Right string

// The rights asked for so far.
const (
	RightSell    Right = "sell"    // settle, charge, stop, clear a sale
	RightEpoch   Right = "epoch"   // say that this folder is the one that goes on
	RightRefund  Right = "refund"  // give money back on a sale
	RightResolve Right = "resolve" // settle an entry of the list of exceptions; give late money back
	RightStaff   Right = "staff"   // add, change and disable people, and set their PINs
	RightProve   Right = "prove"   // say that a bank transfer has arrived
	RightApprove Right = "approve" // be the second person of somebody else's intent

	RightShift       Right = "shift"       // open a shift, count and close one's own, hand it over; put cash in and take it out
	RightOthersShift Right = "other shift" // count and close somebody else's
	RightDrawer      Right = "drawer"      // let the drawer open
	RightReprint     Right = "reprint"     // print a receipt again
	RightReport      Right = "report"      // see what was taken, and what should be in the drawer: X and Z reports
	RightDay         Right = "day"         // end a period: make a Z report
	RightTrain       Right = "train"       // give the screen of a till that sells to training mode
	RightAlerts      Right = "alerts"      // see patterns of trades, and whose they are
	RightStatement   Right = "statement"   // bring a channel's statement of a day, and have it compared
	RightHand        Right = "hand"        // speak with whoever is inside, and say yes or no to what they ask for
	RightDoor        Right = "door"        // let people in before a lock of their door has run out
)

// permissions is the one table of who may do what.
var permissions = map[Right][]Role{
	RightSell:    {RoleCashier, RoleSupervisor},
	RightEpoch:   {RoleSupervisor},
	RightRefund:  {RoleCashier, RoleSupervisor},
	RightResolve: {RoleSupervisor},
	RightStaff:   {RoleSupervisor},
	RightProve:   {RoleSupervisor},
	RightApprove: {RoleSupervisor},

	RightShift:       {RoleCashier, RoleSupervisor},
	RightOthersShift: {RoleSupervisor},
	RightDrawer:      {RoleCashier, RoleSupervisor},
	RightReprint:     {RoleCashier, RoleSupervisor},
	RightReport:      {RoleSupervisor},
	RightDay:         {RoleSupervisor},
	RightTrain:       {RoleCashier, RoleSupervisor},
	RightAlerts:      {RoleSupervisor},
	RightStatement:   {RoleSupervisor, RoleTill},
	RightHand:        {RoleCashier, RoleSupervisor},
	RightDoor:        {RoleSupervisor},
}

// May returns nil when the actor's role has the right, else a Refusal; a visitor has none, whatever their role. Whether the actor is who
// they say is the Book's to check.
func (a Actor) May(right Right) error {
	if slices.Contains(permissions[right], a.Role) && !a.Visiting() {
		return nil
	}
	return Refuse(ReasonNotAllowed)
}

// Person is somebody who works at the till, as the ledger knows them.
type Person struct {
	Name    string
	Role    Role
	Learner bool // works in training mode only, until a supervisor lifts it
	Gone    bool // disabled: signs in no more
	Badge   Mark // of the badge; it names the person and never replaces the PIN
	Check   PINCheck
	Failed  uint32 // wrong PINs in a row
	// FailedCommand counts those at PlaceCommand apart: who stands at the counter cannot lock out whoever has the machine.
	FailedCommand uint32
}

// HasPIN reports whether a PIN was ever set.
func (p *Person) HasPIN() bool { return len(p.Check.Hash) > 0 }

// Session is who works at one place.
type Session struct {
	Person string
	Locked bool // the screen waits for this person's PIN
}

// maxPerson bounds a person's name, in characters: it stands on every row that names one.
const maxPerson = 12

// validPerson reports whether a name can be given to somebody: Chinese and Latin letters and digits, and what stands inside names,
// beginning with a letter. Other scripts have letters that look like these, or like nothing. Digits alone may be a PIN that was keyed
// in the place of a name. The till's own names cannot be taken.
func validPerson(name string) bool {
	if n := utf8.RuneCountInString(name); n == 0 || n > maxPerson || !utf8.ValidString(name) || name != strings.Join(strings.Fields(name), " ") {
		return false
	}
	for _, taken := range []Actor{Till, Trainee, Trainer} {
		if strings.EqualFold(name, taken.Person) {
			return false
		}
	}
	first, _ := utf8.DecodeRuneInString(name)
	return nameLetter(first) && !strings.ContainsFunc(name, func(r rune) bool {
		return !nameLetter(r) && (r < '0' || r > '9') && !strings.ContainsRune(" .-_·", r)
	})
}

// nameLetter takes the Han letters but those that are other ones once more (CJK Compatibility Ideographs), and of the Latin ones
// capitals and small letters that are neither two in one sign nor drawn like another one.
func nameLetter(r rune) bool {
	switch {
	case r >= 0xF900 && r <= 0xFAFF, r >= 0x2F800 && r <= 0x2FA1F, r < 0x250 && strings.ContainsRune("ıſŉĸĲĳĿŀǄǆǇǉǊǌǱǳƖƚ", r):
		return false
	}
	return unicode.Is(unicode.Han, r) && unicode.IsLetter(r) || r < 0x250 && unicode.Is(unicode.Latin, r) && (unicode.IsUpper(r) || unicode.IsLower(r))
}

// sameName finds somebody whose name differs from another one by case alone, or by nothing that an eye tells apart.
func (s *State) sameName(name string) string {
	for known := range s.people {
		if strings.EqualFold(known, name) || looksOfName(known) == looksOfName(name) {
			return known
		}
	}
	return name
}

var drawnAlike = strings.NewReplacer("I", "l", "1", "l", "0", "o", "O", "o", "·", ".")

// looksOfName is the same for names that look alike in a terminal's letters.
func looksOfName(name string) string { return strings.ToLower(drawnAlike.Replace(name)) }

// People lists everybody who was ever added, by name.
func (s *State) People() []Person {
	people := make([]Person, 0, len(s.people))
	for _, p := range s.people {
		people = append(people, *p)
	}
	slices.SortFunc(people, func(a, b Person) int { return strings.Compare(a.Name, b.Name) })
	return people
}

// Person finds somebody by name; ok is false when there is no such person.
func (s *State) Person(name string) (p Person, ok bool) {
	if found := s.people[name]; found != nil {
		p = *found
		p.Check.Salt, p.Check.Hash = slices.Clone(p.Check.Salt), slices.Clone(p.Check.Hash)
		return p, true
	}
	return Person{}, false
}

// Session gives who works at a place; ok is false when nobody does.
func (s *State) Session(place string) (session Session, ok bool) {
	session, ok = s.sessions[place]
	return session, ok
}

// may tells whether an actor may do something now: a person of the staff, signed in at that place, whose screen is not locked.
func (s *State) may(actor Actor, right Right) error {
	p := s.people[actor.Person]
	session, in := s.sessions[actor.Place]
	switch {
	case p == nil || p.Gone || !in || session.Person != actor.Person || p.Role != actor.Role:
		return Refuse(ReasonSignedOut)
	case session.Locked:
		return Refuse(ReasonLocked)
	case p.Learner && right != RightTrain:
		return Refuse(ReasonLearner)
	}
	return actor.May(right)
}

// manages reports whether somebody can sign in and manage people.
func (p *Person) manages() bool {
	return p.Role == RoleSupervisor && !p.Gone && !p.Learner && p.HasPIN()
}

// managers counts those who do.
func (s *State) managers() (n int) {
	for _, p := range s.people {
		if p.manages() {
			n++
		}
	}
	return n
}

// applyStaff folds what happens to people.
func (s *State) applyStaff(e *Event) (err error) {
	switch b := e.Body.(type) {
	case *StaffSet:
		err = s.staffSet(b)
	case *PINSet:
		err = s.pinSet(e, b)
	case *SignedIn:
		err = s.signedIn(e)
	case *SignedOut:
		delete(s.sessions, e.Actor.Place)
	case *ScreenLocked:
		err = s.screenLocked(e)
	case *PINFailed:
		s.pinFailed(e, b)
	case *PINsLost:
		s.pinsLost()
	default:
		err = fmt.Errorf("no fold for %T", e.Body)
	}
	if err == nil {
		s.startDay(e.Day)
	}
	return err
}

// staffSet takes any name that was once a good one: what can be given to somebody may change, what was given stays.
func (s *State) staffSet(b *StaffSet) error {
	if b.Person == "" || b.Role == "" {
		return RefuseBecause(ReasonStateForbidden, errPerson)
	}
	p := s.people[b.Person]
	if p == nil {
		p = &Person{Name: b.Person}
		s.people[b.Person] = p
	}
	p.Role, p.Learner, p.Gone, p.Badge = b.Role, b.Learner, b.Gone, b.Badge
	if p.Gone {
		s.signOut(b.Person, "")
	}
	return nil
}

// signOut ends somebody's sessions everywhere but at one place.
func (s *State) signOut(person, except string) {
	for place, session := range s.sessions {
		if session.Person == person && place != except {
			delete(s.sessions, place)
		}
	}
}

// pinSet: whoever knew the old PIN is out.
func (s *State) pinSet(e *Event, b *PINSet) error {
	p := s.people[b.Person]
	if p == nil {
		return RefuseBecause(ReasonStateForbidden, errPerson)
	}
	p.Check, p.Failed, p.FailedCommand = b.Check, 0, 0
	s.signOut(b.Person, e.Actor.Place)
	return nil
}

func (s *State) signedIn(e *Event) error {
	p := s.people[e.Actor.Person]
	if p == nil || p.Gone || e.Actor.Place == "" {
		return RefuseBecause(ReasonStateForbidden, errPerson)
	}
	*p.failed(e.Actor.Place) = 0
	s.sessions[e.Actor.Place] = Session{Person: p.Name}
	return nil
}

func (s *State) screenLocked(e *Event) error {
	session, in := s.sessions[e.Actor.Place]
	if !in {
		return RefuseBecause(ReasonStateForbidden, errPerson)
	}
	session.Locked = true
	s.sessions[e.Actor.Place] = session
	return nil
}

// pinsLost takes everybody's PIN away, and ends what was begun with them.
func (s *State) pinsLost() {
	for _, p := range s.people {
		p.Check, p.Failed, p.FailedCommand = PINCheck{}, 0, 0
	}
	clear(s.sessions)
}

// failed is the count of wrong PINs in a row at a place.
func (p *Person) failed(place string) *uint32 {
	if place == PlaceCommand {
		return &p.FailedCommand
	}
	return &p.Failed
}

// pinFailed counts a wrong PIN of somebody who exists.
func (s *State) pinFailed(e *Event, b *PINFailed) {
	if p := s.people[b.Person]; p != nil {
		n := p.failed(e.Actor.Place)
		*n = max(*n, *n+1) // and no further at the end of all numbers
	}
}

// consented counts an approver's right PIN.
func (s *State) consented(actor Actor) {
	if p := s.people[actor.Approver]; p != nil {
		*p.failed(actor.Place) = 0
	}
}
