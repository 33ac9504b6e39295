package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/crypto/ssh"

	"guitai/ledger"
	"guitai/ui/remote"
)

// This file is the till's side of `guitai attach`: whoever has the machine's user may come in by the socket without being named in the
// configuration. What proves that user is a key that is made at each start, and kept where that user alone can read it.

// attachKeyName is the file with that key. Two tills may share a folder of keys, so it is named after the data folder.
func attachKeyName(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole
	}
	name := sha256.Sum256([]byte(dir))
	return fmt.Sprintf("attach-%x.key", name[:6])
}

// letAttach adds the till's own user to those who may come in, where there is a socket. The role is support: whoever has the machine's
// user is not therefore a supervisor of the shop.
func (k *staffKeys) letAttach(cfg *remote.Config, dir string) error {
	if !cfg.Socket {
		return nil
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("making this start's key: %w", err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		return fmt.Errorf("making this start's key: %w", err)
	}
	if err := k.keep(attachKeyName(dir), pem.EncodeToMemory(block)); err != nil {
		return err
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		return fmt.Errorf("making this start's key: %w", err)
	}
	var taken []string
	for _, p := range cfg.Person {
		taken = append(taken, p.Name)
	}
	self := remote.Person{Name: ownName(systemUser(os.Getuid()), taken), Role: string(ledger.RoleSupport),
		Keys: []string{strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))}, From: []string{"socket"}}
	cfg.Person = append(slices.Clone(cfg.Person), self)
	return nil
}

// systemUser is a user's name on this machine; where it has none, its number.
func systemUser(uid int) string {
	if known, err := user.LookupId(strconv.Itoa(uid)); err == nil && known.Username != "" {
		return known.Username
	}
	return "uid " + strconv.Itoa(uid)
}

// ownNameMost is how long a person's name may be, in characters.
const ownNameMost = 12

// ownName makes a system's user a person's name that nobody else has: what the shop calls somebody is never what the machine does. A user who
// is called as the till itself is, or only by digits, would be let in by nobody.
func ownName(name string, taken []string) string {
	signs := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, strings.TrimSpace(name)))
	cut := func(tail string) string {
		return strings.TrimSpace(string(signs[:min(len(signs), ownNameMost-len(tail))])) + tail
	}
	if !ledger.MayVisit(cut("")) {
		signs = append([]rune("user "), signs...)
	}
	for n := 0; ; n++ {
		tail := ""
		if n > 0 {
			tail = "~" + strconv.Itoa(n)
		}
		if own := cut(tail); !slices.Contains(taken, own) {
			return own
		}
	}
}
