package remote

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"
)

// hostKeyName is the file with the key by which visitors know this till.
const hostKeyName = "remote.hostkey"

// Fingerprint tells the fingerprint of the till's own key, as ssh shows it at the first visit. The error is fs.ErrNotExist where the
// door was never opened; nothing is made.
func Fingerprint(dir string) (string, error) {
	key, err := readHostKey(dir)
	if err != nil {
		return "", err
	}
	return ssh.FingerprintSHA256(key.PublicKey()), nil
}

// hostKey gives the till's key, and makes one where there is none. One that cannot be read is never replaced: a till with a new key
// looks like somebody else.
func hostKey(dir string) (ssh.Signer, error) {
	key, err := readHostKey(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the till's key for visitors: %w", err)
	}
	block, err := ssh.MarshalPrivateKey(private, "guitai")
	if err != nil {
		return nil, fmt.Errorf("making the till's key for visitors: %w", err)
	}
	if err := keep(dir, hostKeyName, pem.EncodeToMemory(block)); err != nil {
		return nil, fmt.Errorf("keeping the till's key for visitors: %w", err)
	}
	return readHostKey(dir)
}

// readHostKey reads a key that its owner alone may read. Its content is never part of an error.
func readHostKey(dir string) (ssh.Signer, error) {
	path := filepath.Join(dir, hostKeyName)
	info, err := os.Lstat(path)
	if err != nil {
		return nil, fmt.Errorf("the till's key for visitors: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the till's key for visitors: %s can be read by others, or is no file: chmod 600 %s", path, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the till's key for visitors: %w", err)
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil || key.PublicKey().Type() != ssh.KeyAlgoED25519 {
		return nil, fmt.Errorf("the till's key for visitors: %s is not one that the till has made", path)
	}
	return key, nil
}

// keep writes a file beside its place, makes it durable, and links it there: a file that is there already stays. If the power goes
// before the link there is no key yet, and after it a whole one.
func keep(dir, name string, content []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, name)
	file, err := os.CreateTemp(dir, name+".new-*") // its mode is 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Link(file.Name(), path)
	}
	if errors.Is(err, fs.ErrExist) {
		err = nil // somebody was faster; theirs is read
	}
	if err != nil {
		return err
	}
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
