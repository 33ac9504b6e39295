//go:build !failpoints

package main

import (
	"bytes"
	"os"
	"testing"

	"guitai/ledger/ledgertest"
)

// TestNoFailpointIsLeft: without the build tag not even a failpoint's name is in the program.
func TestNoFailpointIsLeft(t *testing.T) {
	names := ledgertest.Failpoints(t, ".")
	if len(names) < 20 {
		t.Fatalf("only %d failpoints are named in the source", len(names))
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(program, []byte("not even a failpoint's name: "+"the program can be searched")) {
		t.Fatal("the program does not hold what it says")
	}
	for name, at := range names {
		if bytes.Contains(program, []byte(name)) {
			t.Errorf("%s: %q is in the program", at, name)
		}
	}
}
