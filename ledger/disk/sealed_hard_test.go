package disk

import (
	"os"
	"path/filepath"
	"testing"
)

// Each test here fails: it names something that happens to sealed files in silence (promise 8), and why that is wrong.

// TestABackupHasTheSealedFiles: the statements of a channel are kept (three months later the channel gives none). The journal of what is
// restored says that they are here, so they are never fetched again, and cannot be compared any more.
func TestABackupHasTheSealedFiles(t *testing.T) {
	dir, to := fillStatements(t), t.TempDir()+"/backup"
	s := openAt(t, dir)
	seal(t, s, "wechat-20261124-1-2.sealed", []byte("a statement"))
	wantNil(t, s.Close())
	_, err := Backup(dir, to)
	wantNil(t, err)
	again := filepath.Join(t.TempDir(), "again")
	_, err = Restore(to, again, []byte(readFile(t, filepath.Join(dir, ledgerKeyName))), "")
	wantNil(t, err)
	s = openAt(t, again)
	if got, err := unsealed(s, "wechat-20261124-1-2.sealed"); err != nil || string(got) != "a statement" {
		t.Errorf("after the restore: %q, %v", got, err)
	}
}

// TestASealedFileIsItsName: another day's sealed file in the place of one (both by this ledger) is a swapped record. Neither the seal
// nor anybody who reads the file notices: its hash in the journal is not compared with it.
func TestASealedFileIsItsName(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	seal(t, s, "wechat-20261124-1-2.sealed", []byte("monday"))
	seal(t, s, "wechat-20261125-1-2.sealed", []byte("tuesday"))
	at := func(name string) string { return filepath.Join(dir, sealedFolder, name) }
	wantNil(t, os.Rename(at("wechat-20261125-1-2.sealed"), at("wechat-20261124-1-2.sealed")))
	if got, err := unsealed(s, "wechat-20261124-1-2.sealed"); err == nil {
		t.Errorf("monday's file says %q", got)
	}
}
