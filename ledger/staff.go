package ledger

// Role is what a person is allowed to be at this till.
type Role string

// The roles of the till's three kinds of users, and the till acting by itself.
const (
	RoleCashier    Role = "cashier"
	RoleSupervisor Role = "supervisor"
	RoleSupport    Role = "support"
	RoleTill       Role = "till" // workers: outcomes, time-outs, opening and closing
)

// Actor is who did it: on every intent and on every event.
type Actor struct {
	Person   string // the person's name in the shop; "trainee" in training
	Role     Role
	Place    string // where: "console", or an SSH session's number
	Approver string // the second person, where one was needed
}

// Trainee is the built-in cashier of training mode.
var Trainee = Actor{Person: "trainee", Role: RoleCashier, Place: "console"}

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
)

// permissions is the one table of who may do what.
var permissions = map[Right][]Role{
	RightSell:    {RoleCashier, RoleSupervisor},
	RightEpoch:   {RoleSupervisor},
	RightRefund:  {RoleCashier, RoleSupervisor},
	RightResolve: {RoleSupervisor},
}

// May returns nil when the actor has the right, else a Refusal.
func (a Actor) May(right Right) error {
	for _, role := range permissions[right] {
		if role == a.Role {
			return nil
		}
	}
	return Refuse(ReasonNotAllowed)
}
