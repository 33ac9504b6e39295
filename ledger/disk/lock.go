package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"guitai/ledger"
)

// folderLock is held by the one process that has the data folder. The kernel lets it go when the process dies, however
// it dies; the file stays, because removing it would let two processes lock two files of one name.
type folderLock struct{ file *os.File }

const lockName = "lock"

// lockFolder takes the folder and writes this process's number into the lock file. Another holder is named in a
// refusal with ReasonDiskInUse.
func lockFolder(dir string) (*folderLock, error) {
	file, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the data folder: %w", err)
	}
	l := &folderLock{file}
	if err := l.flock(dir, syscall.LOCK_EX); err != nil {
		return nil, err
	}
	err = file.Truncate(0)
	if err == nil {
		_, err = file.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("naming this process in the lock file: %w", err), file.Close())
	}
	return l, nil
}

// shareFolder keeps writers out while the folder is only read. It writes nothing and works on read-only media. Without a
// lock file no process has ever opened this folder: there is nobody to keep out.
func shareFolder(dir string) (*folderLock, error) {
	file, err := os.Open(filepath.Join(dir, lockName))
	if errors.Is(err, fs.ErrNotExist) {
		return &folderLock{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("locking the data folder: %w", err)
	}
	l := &folderLock{file}
	if err := l.flock(dir, syscall.LOCK_SH); err != nil {
		return nil, err
	}
	return l, nil
}

// flock takes the lock without waiting; when it cannot, the file is closed.
func (l *folderLock) flock(dir string, how int) error {
	err := syscall.Flock(int(l.file.Fd()), how|syscall.LOCK_NB)
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ledger.RefuseBecause(ledger.ReasonDiskInUse, fmt.Errorf("the data folder %s is in use by %s", dir, l.holder()))
	} else {
		err = fmt.Errorf("locking the data folder: %w", err)
	}
	return errors.Join(err, l.file.Close())
}

func (l *folderLock) holder() string {
	text, err := io.ReadAll(io.LimitReader(l.file, 32))
	pid, numErr := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || numErr != nil || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return "another process" // it has not written its name yet, or only reads, and the name is a dead one's
	}
	return fmt.Sprintf("process %d", pid)
}

func (l *folderLock) release() error {
	if l.file == nil {
		return nil
	}
	if err := l.file.Close(); err != nil {
		return fmt.Errorf("releasing the data folder: %w", err)
	}
	return nil
}
