package ledger

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// constants gives the values of a file's constants of a type.
func constants(t *testing.T, path, typeName string) (values []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == typeName {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	return values
}

// TestPermissions: every right for every role, written out. A right or role that is missing here fails.
func TestPermissions(t *testing.T) {
	want := map[Right]map[Role]bool{
		RightSell:    {RoleCashier: true, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
		RightEpoch:   {RoleCashier: false, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
		RightRefund:  {RoleCashier: true, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
		RightResolve: {RoleCashier: false, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
		RightStaff:   {RoleCashier: false, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
		RightProve:   {RoleCashier: false, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
		RightApprove: {RoleCashier: false, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},

		RightShift:       {RoleCashier: true, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
		RightOthersShift: {RoleCashier: false, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
		RightDrawer:      {RoleCashier: true, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
		RightReprint:     {RoleCashier: true, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
		RightReport:      {RoleCashier: false, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
		RightDay:         {RoleCashier: false, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
		RightTrain:       {RoleCashier: true, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
		RightAlerts:      {RoleCashier: false, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
		RightStatement:   {RoleCashier: false, RoleSupervisor: true, RoleSupport: false, RoleTill: true, "": false},
		RightHand:        {RoleCashier: true, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
		RightDoor:        {RoleCashier: false, RoleSupervisor: true, RoleSupport: false, RoleTill: false, "": false},
	}
	for _, right := range constants(t, "staff.go", "Right") {
		roles, ok := want[Right(right)]
		if !ok {
			t.Errorf("nobody has said who may %q", right)
		}
		for _, role := range append(constants(t, "staff.go", "Role"), "") {
			may, ok := roles[Role(role)]
			if err := (Actor{Person: "x", Role: Role(role)}).May(Right(right)); !ok || (err == nil) != may || err != nil && ReasonOf(err) != ReasonNotAllowed {
				t.Errorf("%s for %q: %v", right, role, err)
			}
		}
	}
	if err := (Actor{Role: RoleSupervisor}).May("fly"); ReasonOf(err) != ReasonNotAllowed {
		t.Errorf("a right that does not exist: %v", err)
	}
}

// TestListsAreComplete: what other rooms walk to demand a phrase for each has every constant, once.
func TestListsAreComplete(t *testing.T) {
	for _, tt := range []struct {
		file, typeName string
		list           []string
	}{
		{"errors.go", "Reason", texts(Reasons)}, {"paycode.go", "Looks", texts(AllLooks)}, {"answer.go", "Channel", texts(Channels)},
	} {
		found := map[string]int{}
		for _, value := range tt.list {
			found[value]++
		}
		values := constants(t, tt.file, tt.typeName)
		for _, value := range values {
			if found[value] != 1 {
				t.Errorf("%s %q stands %d times in its list", tt.typeName, value, found[value])
			}
		}
		if len(values) == 0 || len(values) != len(tt.list) {
			t.Errorf("%s: %d constants, %d in the list", tt.typeName, len(values), len(tt.list))
		}
	}
}

func texts[T ~string](list []T) (out []string) {
	for _, value := range list {
		out = append(out, string(value))
	}
	return out
}
