package channel

import "encoding/base64"

// Canonical gives the bytes of a base64 text that is written in its one canonical way. Decoders pass over line ends, and
// some over the spare bits of the last character: a signature that can be written in many ways could be told apart from
// itself.
func Canonical(text string) ([]byte, bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	return raw, err == nil && base64.StdEncoding.EncodeToString(raw) == text
}
