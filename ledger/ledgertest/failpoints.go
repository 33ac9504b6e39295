package ledgertest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Failpoints gives every failpoint that is named in the source under a folder, with the place of its call. A name that is no
// plain text, or that stands twice, is an error.
func Failpoints(t testing.TB, folder string) map[string]token.Position {
	t.Helper()
	found, files := map[string]token.Position{}, token.NewFileSet()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && callsFailpoint(call) {
				noteFailpoint(t, found, call, files.Position(call.Pos()))
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func callsFailpoint(call *ast.CallExpr) bool {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name == "Failpoint"
	case *ast.SelectorExpr:
		return f.Sel.Name == "Failpoint"
	}
	return false
}

func noteFailpoint(t testing.TB, found map[string]token.Position, call *ast.CallExpr, at token.Position) {
	t.Helper()
	if len(call.Args) != 1 {
		return
	}
	text, ok := call.Args[0].(*ast.BasicLit)
	if !ok {
		t.Errorf("%s: a failpoint is named by a plain text", at)
		return
	}
	name, err := strconv.Unquote(text.Value)
	if before, twice := found[name]; err != nil || twice {
		t.Errorf("%s: the failpoint %q stands at %s, too (%v)", at, name, before, err)
	}
	found[name] = at
}
