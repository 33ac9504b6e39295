package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTOTPOfTheRFC: the test vectors of RFC 6238, appendix B, for SHA-1.
func TestTOTPOfTheRFC(t *testing.T) {
	for seconds, want := range map[uint64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got := totp([]byte("12345678901234567890"), seconds/30, 8); got != want {
			t.Errorf("at %d: %s, not %s", seconds, got, want)
		}
	}
}

// aStaffFolder is a folder of people's keys at a clock that a test sets.
func aStaffFolder(t *testing.T) (*staffKeys, *time.Time) {
	now := time.Unix(1_800_000_015, 0)
	return &staffKeys{dir: filepath.Join(t.TempDir(), "till.staff"), now: func() time.Time { return now }}, &now
}

// TestACodeServesOnce: within its window and after a restart; one step off is near enough, two are not.
func TestACodeServesOnce(t *testing.T) {
	keys, now := aStaffFolder(t)
	if _, err := keys.enroll("li", "Guitai"); err != nil {
		t.Fatal(err)
	}
	secret, err := readOwn(filepath.Join(keys.dir, "li.totp"))
	if err != nil {
		t.Fatal(err)
	}
	at := func(steps int) string { return totp(secret, uint64(int(now.Unix())/30+steps), codeDigits) }
	try := func(code string) bool {
		again := &staffKeys{dir: keys.dir, now: keys.now} // every try is another process
		return again.check(true)("li", code) == nil
	}
	for _, code := range []string{"", "000000", at(-2), at(2), at(0)[:5], at(0) + "0"} {
		if try(code) {
			t.Errorf("%d characters that are no code of now are taken", len(code))
		}
	}
	if !try(at(0)) || try(at(0)) {
		t.Fatal("a code serves once")
	}
	if try(at(-1)) {
		t.Error("a code from before one that was used")
	}
	if !try(at(1)) {
		t.Error("a clock one step off")
	}
	*now = now.Add(90 * time.Second)
	if !try(at(-1)) {
		t.Error("a step later")
	}
}

// TestWhoIsAskedForACode: those who have an authenticator, or everybody; a secret that others can read is none.
func TestWhoIsAskedForACode(t *testing.T) {
	keys, now := aStaffFolder(t)
	if keys.check(false)("wang", "") != nil || keys.check(true)("wang", "") == nil {
		t.Fatal("somebody without an authenticator")
	}
	if _, err := keys.enroll("wang", "Guitai"); err != nil {
		t.Fatal(err)
	}
	if keys.check(false)("wang", "") == nil {
		t.Fatal("somebody with an authenticator was asked for nothing")
	}
	path := filepath.Join(keys.dir, "wang.totp")
	secret, _ := os.ReadFile(path)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if keys.check(false)("wang", totp(secret, uint64(now.Unix())/30, codeDigits)) == nil {
		t.Fatal("a secret that others can read was believed")
	}
	if err := keys.forget("wang"); err != nil || keys.check(false)("wang", "") != nil {
		t.Fatal("an authenticator that was taken away", err)
	}
}

// TestPepper: made once, for its owner's eyes; none is no error, one that others can read or that has another size is.
func TestPepper(t *testing.T) {
	keys, _ := aStaffFolder(t)
	if key, err := keys.pepper(); key != nil || err != nil {
		t.Fatal(key != nil, err)
	}
	made, err := keys.makePepper()
	if err != nil || len(made) != pepperSize {
		t.Fatal(err)
	}
	path := filepath.Join(keys.dir, pepperName)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	if again, err := keys.makePepper(); err != nil || !bytes.Equal(again, made) {
		t.Fatal("a second one was drawn", err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.pepper(); err == nil || !strings.Contains(err.Error(), "chmod 600") || bytes.Contains([]byte(err.Error()), made) {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, made[:16], 0o600); err != nil {
		t.Fatal(err)
	}
	os.Chmod(path, 0o600)
	if _, err := keys.pepper(); err == nil {
		t.Fatal("half a key was taken")
	}
}
