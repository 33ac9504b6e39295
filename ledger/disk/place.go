package disk

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// placeName is the file that says where a data folder is at home. A folder found elsewhere is a copy, a restored backup, or
// a disk in another machine, and may be one of two.
const placeName = "place"

// restoredPlace is nowhere: what a restored backup carries.
const restoredPlace = "restored\n"

// herePlace names this folder on this machine: the machine's identity and the folder's inode, which a copy never shares with
// what it was copied from. A disk that was copied block by block and put into the same machine is not noticed; the random
// part of the order numbers is for that.
func herePlace(dir string) (string, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return "", err
	}
	inode := uint64(0)
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = uint64(stat.Ino)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "guitai place %s %d", machine(), inode))
	return hex.EncodeToString(sum[:16]) + "\n", nil
}

// machine is the operating system's name for this installation (machine-id(5)). A container may have none, and a name that
// changes each time; there the inode has to do.
func machine() string {
	for _, path := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		if id, err := os.ReadFile(path); err == nil && len(id) >= 32 {
			return strings.TrimSpace(string(id))
		}
	}
	return ""
}

// elsewhere reports whether a data folder is not where it is at home. A folder without the file is: it is from before there
// was one.
func elsewhere(dir string) (bool, error) {
	home, err := os.ReadFile(filepath.Join(dir, placeName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, settlePlace(dir)
	}
	if err != nil {
		return false, fmt.Errorf("where the data folder is at home: %w", err)
	}
	here, err := herePlace(dir)
	return string(home) != here, err
}

// settlePlace makes this folder the ledger's home.
func settlePlace(dir string) error {
	here, err := herePlace(dir)
	if err == nil {
		err = errors.Join(writeWhole(filepath.Join(dir, placeName), []byte(here)), syncFolder(dir))
	}
	if err != nil {
		return fmt.Errorf("noting where the data folder is at home: %w", err)
	}
	return nil
}

// Copied reports whether the folder is a copy, a restored backup, or has come to another machine: two tills may have it. It
// must not be written before somebody has opened a new epoch.
func (s *Store) Copied() bool { return s.copied }

// Settle makes this folder the ledger's home, once its new epoch is durable.
func (s *Store) Settle() error {
	if err := settlePlace(s.dir); err != nil {
		return err
	}
	s.copied = false
	return nil
}
