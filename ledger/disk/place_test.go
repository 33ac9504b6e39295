package disk

import (
	"os"
	"path/filepath"
	"testing"
)

// TestACopiedFolderIsNoticed: a copy beside the original, and one whose original is gone; not a folder that was only renamed.
func TestACopiedFolderIsNoticed(t *testing.T) {
	dir, _ := fill(t, 1)
	s := openAt(t, dir)
	if s.Copied() {
		t.Fatal("the first is no copy")
	}
	wantNil(t, s.Close())
	again := filepath.Join(t.TempDir(), "copy")
	wantNil(t, os.CopyFS(again, os.DirFS(dir)))
	tidyKeys(t, again)
	renamed := filepath.Join(filepath.Dir(dir), "renamed")
	wantNil(t, os.Rename(dir, renamed))
	if s := openAt(t, renamed); s.Copied() {
		t.Error("a renamed folder is no copy")
	}
	s = openAt(t, again)
	if !s.Copied() {
		t.Fatal("a copy was not noticed")
	}
	wantNil(t, s.Settle())
	wantNil(t, s.Close())
	if s := openAt(t, again); s.Copied() {
		t.Error("it is at home now")
	}
}
