package ui

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheDeskIsTheOnlyWay: nothing in this package calls on a Book or a Board what asks for no actor, but through a desk. share.go posts
// how many customers' displays there are, and has no keys.
func TestTheDeskIsTheOnlyWay(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	direct := regexp.MustCompile(`(?i)\bbook\.(Key|Back|Repeat|ClearDraft|SetPart|DropSuspect|SignIn|SignOut|LockScreen|LockDoor|Tell|Halt|Close|SetAccount|Sweep|TakeCode|Report|StopOrder|BeginVisit|EndVisit|EndTraining|MissStatement)\(|Board\(\)\.Post`)
	through := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || name == "desk.go" || name == "share.go" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if at := direct.FindString(string(text)); at != "" {
			t.Errorf("%s: %s", name, at)
		}
		through += strings.Count(string(text), "desk.")
	}
	if through < 15 {
		t.Errorf("only %d calls through a desk: is it still called so?", through)
	}
}
