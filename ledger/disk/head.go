package disk

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"guitai/ledger"
)

// A chain does not notice that its end was cut off, and whoever has the key can write another one. So heads leave the till,
// signed: a checkpoint in the form of a signed note (C2SP signed-note, signature type Ed25519), with the lines of a C2SP
// tlog-checkpoint: origin, size, hash. The hash is the chain's head and not a tree's root, which the origin says; the lines
// after it are the till, the epoch and the time.
//
//	guitai-ledger/5f1d0c8a9be40377
//	4711
//	nND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+QeI=
//	till T1
//	epoch 1
//	time 2026-11-25T12:00:00Z
//
//	— guitai-ledger/5f1d0c8a9be40377 az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

// Checkpoint is a head that has left the folder.
type Checkpoint struct {
	Till  string
	Epoch uint32
	Head  ledger.Head
	At    time.Time // seconds, UTC
}

const originPrefix = "guitai-ledger/"

// headSigner signs checkpoints. Its key is made of the data key, so it is as old as the ledger and is lost only with it.
type headSigner struct {
	note.Verifier
	key  ed25519.PrivateKey
	vkey string
}

func (k *folderKeys) headSigner() headSigner {
	key := ed25519.NewKeyFromSeed(k.data.derive(nil, "guitai checkpoint signature"))
	public := key.Public().(ed25519.PublicKey)
	sum := sha256.Sum256(public)
	vkey, err := note.NewEd25519VerifierKey(originPrefix+hex.EncodeToString(sum[:8]), public)
	if err != nil {
		panic(err) // a name of hex digits, a key of 32 bytes
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		panic(err) // what was just written
	}
	return headSigner{verifier, key, vkey}
}

// Sign implements note.Signer.
func (s headSigner) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// sign gives the signed note.
func (c Checkpoint) sign(signer headSigner) ([]byte, error) {
	text := fmt.Sprintf("%s\n%d\n%s\ntill %s\nepoch %d\ntime %s\n", signer.Name(), c.Head.Seq,
		base64.StdEncoding.EncodeToString(c.Head.Hash[:]), c.Till, c.Epoch, c.At.UTC().Format(time.RFC3339))
	return note.Sign(&note.Note{Text: text}, signer)
}

// readCheckpoint reads one signed note. One that another till has signed, or nobody, is an error.
func readCheckpoint(signed []byte, verifier note.Verifier) (c Checkpoint, err error) {
	n, err := note.Open(signed, note.VerifierList(verifier))
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		origin, _, _ := strings.Cut(unverified.Note.Text, "\n")
		return c, fmt.Errorf("it is signed by %q and not by this ledger, %s", origin, verifier.Name())
	}
	if err != nil {
		return c, fmt.Errorf("it is not a signed checkpoint: %w", err)
	}
	lines := strings.Split(strings.TrimSuffix(n.Text, "\n"), "\n")
	if len(lines) < 6 || lines[0] != verifier.Name() {
		return c, errors.New("it is not a checkpoint of a ledger")
	}
	return c, c.read(lines)
}

// read fills c from the lines of a note that is verified.
func (c *Checkpoint) read(lines []string) error {
	var errs [4]error
	c.Head.Seq, errs[0] = strconv.ParseUint(lines[1], 10, 64)
	hash, err := base64.StdEncoding.DecodeString(lines[2])
	if errs[1] = err; err == nil && len(hash) != len(c.Head.Hash) {
		errs[1] = errors.New("a hash of another length")
	}
	copy(c.Head.Hash[:], hash)
	for _, line := range lines[3:] { // lines of a later version are passed over
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "till":
			c.Till = value
		case "epoch":
			epoch, err := strconv.ParseUint(value, 10, 32)
			c.Epoch, errs[2] = uint32(epoch), err
		case "time":
			c.At, errs[3] = time.Parse(time.RFC3339, value)
		}
	}
	return errors.Join(errs[:]...)
}

// splitNotes gives the notes of a file that has one or many, one after the other.
func splitNotes(content []byte) (notes [][]byte) {
	var one strings.Builder
	signed := false
	for line := range strings.Lines(string(content)) {
		signature := strings.HasPrefix(line, "— ")
		if signed && !signature {
			notes, signed = append(notes, []byte(one.String())), false
			one.Reset()
		}
		signed = signed || signature
		if one.Len() > 0 || line != "\n" {
			one.WriteString(line)
		}
	}
	if one.Len() > 0 {
		notes = append(notes, []byte(one.String()))
	}
	return notes
}

// VerifierKey is the public key of this ledger's checkpoints, in the form that signed notes use.
func (s *Store) VerifierKey() string { return s.keys.headSigner().vkey }

// Sign makes the signed note of a head that is durable.
func (s *Store) Sign(c Checkpoint) ([]byte, error) {
	signed, err := c.sign(s.keys.headSigner())
	if err != nil {
		return nil, fmt.Errorf("signing a checkpoint: %w", err)
	}
	return signed, nil
}
