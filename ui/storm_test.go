package ui

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// This file holds for every screen there is: each one has a picture, and with it the golden frames, the storm of sizes, the budgets
// of bytes, and a bug planted in each of its methods.

// sources gives the package's declarations, without those of tests.
func sources(t *testing.T) (decls []ast.Decl) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		decls = append(decls, file.Decls...)
	}
	return decls
}

// steps are the types of the steps that screens have.
var steps = []string{"shiftStep", "refundStep", "whoStep", "entryTurn", "tenderWay", "askStep"}

// countSteps counts the constants of those types.
func countSteps(t *testing.T) map[string]int {
	t.Helper()
	n := map[string]int{}
	for _, decl := range sources(t) {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		of := ""
		for _, spec := range group.Specs {
			v := spec.(*ast.ValueSpec)
			if name, typed := v.Type.(*ast.Ident); typed {
				of = name.Name
			}
			if slices.Contains(steps, of) && v.Names[0].Name != "tenderWays" { // which is how many there are
				n[of]++
			}
		}
	}
	return n
}

// seeSteps notes the steps that stand in a screen, also in what it is made of.
func seeSteps(v reflect.Value, seen map[string]map[int64]bool) {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		field := v.Field(i)
		name := field.Type().Name()
		if slices.Contains(steps, name) {
			if seen[name] == nil {
				seen[name] = map[int64]bool{}
			}
			seen[name][field.Int()] = true
		} else if v.Type().Field(i).Anonymous {
			seeSteps(field, seen)
		}
	}
}

// screenTypes gives the types that can lie on top, read off the source: whoever has draw, next and act is a screen.
func screenTypes(t *testing.T) map[string]bool {
	t.Helper()
	has := map[string]map[string]bool{}
	for _, decl := range sources(t) {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Recv == nil {
			continue
		}
		of := f.Recv.List[0].Type
		if star, ok := of.(*ast.StarExpr); ok {
			of = star.X
		}
		name := of.(*ast.Ident).Name
		if has[name] == nil {
			has[name] = map[string]bool{}
		}
		has[name][f.Name.Name] = true
	}
	types := map[string]bool{}
	for name, methods := range has {
		if methods["draw"] && methods["next"] && methods["act"] {
			types["*ui."+name] = true
		}
	}
	return types
}

// TestEveryScreenHasAPicture: of every screen's type, of every place that keys know, and of every step that a screen has.
func TestEveryScreenHasAPicture(t *testing.T) {
	types, places, seen := screenTypes(t), map[place]bool{}, map[string]map[int64]bool{}
	if len(types) < 15 || !types["*ui.saleScreen"] {
		t.Fatalf("only %v are screens", types)
	}
	missing := map[string]bool{}
	for name := range types {
		missing[name] = true
	}
	for _, pic := range pictures() {
		a := drawnApp(t, assets.En, false, 80, 24)
		a.scene = baseScene()
		pic.set(a)
		places[a.top().place()] = true
		seeSteps(reflect.ValueOf(a.top()), seen)
		name := fmt.Sprintf("%T", a.top())
		if !types[name] {
			t.Errorf("%s lies on top in %q, and is not found in the source", name, pic.name)
		}
		delete(missing, name)
	}
	for name := range missing {
		t.Errorf("%s has no picture", name)
	}
	for at := atSale; at < everywhere; at <<= 1 {
		if everywhere&at != 0 && !places[at] {
			t.Errorf("place %b has no picture", at)
		}
	}
	counted := countSteps(t)
	for _, name := range steps {
		if counted[name] < 2 || len(seen[name]) != counted[name] {
			t.Errorf("%s has %d values, and pictures of %v", name, counted[name], seen[name])
		}
	}
}

// faulty is a screen with a bug in one of its methods.
type faulty struct {
	screen
	in string
}

// planted is what a planted bug says.
const planted = "planted"

func (f *faulty) bug(in string) {
	if f.in == in {
		panic(planted)
	}
}

func (f *faulty) draw(a *App, width, height int) []string {
	f.bug("draw")
	return f.screen.draw(a, width, height)
}

func (f *faulty) next(a *App) string {
	f.bug("next")
	return f.screen.next(a)
}

func (f *faulty) act(a *App, do action) tea.Cmd {
	f.bug("act")
	return f.screen.act(a, do)
}

func (f *faulty) typed(a *App, char rune) tea.Cmd {
	f.bug("typed")
	return f.screen.typed(a, char)
}

func (f *faulty) hear(a *App, msg tea.Msg) tea.Cmd {
	f.bug("hear")
	if l, ok := f.screen.(listener); ok {
		return l.hear(a, msg)
	}
	return nil
}

func (f *faulty) sees(*App, press) (bool, tea.Cmd) {
	f.bug("sees")
	return false, nil
}

func (f *faulty) suspected(*App) {}

func (f *faulty) wrote(*App, string) tea.Cmd {
	f.bug("wrote")
	return nil
}

func (f *faulty) stepBack(*App) bool {
	f.bug("stepBack")
	return true
}

func (f *faulty) asks(a *App) (assets.Sentence, bool) {
	f.bug("asks")
	return assets.Sentence{}, false
}

// wants sends what leads to each method; a picture's screen has methods that no key reaches, such as typed where words are written.
func (f *faulty) wants(a *App) []tea.Msg {
	at := a.top().place()
	esc := keyMsg("esc")
	for key := range strings.SplitSeq("up down enter backspace left n", " ") {
		if do := a.keys.find(at, key); do != 0 && f.in == "act" {
			return []tea.Msg{keyMsg(key)}
		}
	}
	return map[string][]tea.Msg{
		"hear": {readMsg{}}, "sees": {keyMsg("down")}, "stepBack": {esc}, "wrote": {keyMsg("李")},
		"typed": {keyMsg("7"), keyMsg("up")}, // the second ends the burst of the first
	}[f.in]
}

// readMsg is a message that no screen knows.
type readMsg struct{}

// withFault lays a bug over the picture's screen, under which a real sale waits in a real Book.
func withFault(book *ledger.Book, pic picture, in string) (*App, *faulty) {
	a := appOn(book)
	a.scene = baseScene()
	pic.set(a)
	a.scene.staffed, a.scene.broken, a.actor, a.flight = false, nil, ledger.Trainee, 0 // as the Book under it says
	if in == "next" || in == "asks" {
		a.note, a.asked = note{}, askNothing // they would come first
	}
	f := &faulty{screen: a.top(), in: in}
	a.stack[len(a.stack)-1] = f
	return a, f
}

func appOn(book *ledger.Book) *App {
	a := newApp(context.Background(), Config{Lang: assets.En}, Options{
		Book: book, Actor: ledger.Trainee, Training: true, Getenv: func(string) string { return "" }, Practice: twoCustomers{},
	}, terminal{colors: 256})
	a.width, a.height, a.now = 80, 24, noon
	return a
}

func bookOn(t *testing.T, store ledger.Store) *ledger.Book {
	t.Helper()
	book, err := ledger.OpenBook(context.Background(), store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// aSaleInHand settles ¥43.21 and gives the sale's tail.
func aSaleInHand(t *testing.T, book *ledger.Book) (tail string) {
	t.Helper()
	for _, key := range "43.21" {
		book.Key(key)
	}
	if err := book.Settle(context.Background(), ledger.Trainee, false); err != nil {
		t.Fatal(err)
	}
	book.Read(func(s *ledger.State) { tail = s.CurrentSale().ID.Tail() })
	return tail
}

// standsBefore fails unless a new start on a Book shows the sale.
func standsBefore(t *testing.T, book *ledger.Book, tail string) {
	t.Helper()
	a := appOn(book)
	a.see(a.feed.look().scene)
	if frame := ansi.Strip(a.frame()); !strings.Contains(frame, a.put(a.words.Tail, "tail", tail)) || a.scene.sale.Amount != ledger.Fen(4321) {
		t.Errorf("the next start does not stand before the same sale:\n%s", frame)
	}
}

// listKeys walk in what lies on top; they never send anything.
var listKeys = strings.Fields("down pgdown up pgup left right")

// TestListKeysInATinyWindow: a key is looked at with the window's measures too, so every picture's screen is walked in windows that
// show none of it. What is drawn then is looked at by TestResizeStorm.
func TestListKeysInATinyWindow(t *testing.T) {
	book := bookOn(t, ledger.NewMemory())
	defer book.Close("test")
	aSaleInHand(t, book)
	walked := 0
	for _, pic := range pictures() {
		for width := 1; width <= 12; width++ {
			for _, height := range []int{1, 3, 24} {
				a, _ := withFault(book, pic, "")
				a.Update(sizeMsg(width, height))
				for _, key := range listKeys {
					if a.keys.find(a.top().place(), key) != 0 {
						walked++
					}
					a.Update(keyMsg(key))
					a.View()
				}
				if a.failed != nil {
					t.Fatalf("%s at %d×%d: %v\n%s", pic.name, width, height, a.failed, a.failed.Stack)
				}
				a.forget()
			}
		}
	}
	if walked < 36*len(pictures()) {
		t.Errorf("only %d keys meant something", walked)
	}
}

// faultyMethods are where a bug is planted.
var faultyMethods = []string{"draw", "next", "asks", "act", "typed", "hear", "sees", "wrote", "stepBack"}

// TestABugInAnyScreen ends the program in order, whichever method of whichever screen it is in: the failure is kept, nothing more is
// drawn, nothing was written, and the next start stands before the same sale.
func TestABugInAnyScreen(t *testing.T) {
	store := ledger.NewMemory()
	book := bookOn(t, store)
	tail := aSaleInHand(t, book)
	var head uint64
	book.Read(func(s *ledger.State) { head = s.Head.Seq })
	met := map[string]int{}
	for _, pic := range pictures() {
		for _, in := range faultyMethods {
			a, f := withFault(book, pic, in)
			var cmd tea.Cmd
			for _, msg := range f.wants(a) {
				_, cmd = a.Update(msg)
			}
			if in == "draw" || in == "next" || in == "asks" {
				a.View()
				_, cmd = a.Update(readMsg{})
			}
			if a.failed == nil { // nothing leads there on this screen
				continue
			}
			met[in]++
			met[fmt.Sprintf("%T", f.screen)]++
			if a.failed.Value != planted || !strings.Contains(a.failed.Stack, "faulty") {
				t.Fatalf("%s, %s: %v\n%s", pic.name, in, a.failed, a.failed.Stack)
			}
			if _, quits := cmd().(tea.QuitMsg); !quits || a.View().Content != "" {
				t.Errorf("%s, %s: the till goes on", pic.name, in)
			}
			a.forget() // as Run does at its end
		}
	}
	for _, in := range faultyMethods {
		if met[in] == 0 {
			t.Errorf("no bug in %s was met", in)
		}
	}
	for name := range screenTypes(t) {
		if met[name] < 4 {
			t.Errorf("%d bugs in %s were met", met[name], name)
		}
	}
	t.Logf("bugs met: %v", met)
	book.Read(func(s *ledger.State) {
		if s.Head.Seq != head || book.Err() != nil {
			t.Errorf("%d events were written, %v", s.Head.Seq-head, book.Err())
		}
	})
	book.Close("a bug")
	book = bookOn(t, store)
	defer book.Close("test")
	standsBefore(t, book, tail)
}
