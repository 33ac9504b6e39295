package channel_test

import (
	"testing"

	"guitai/sync/channel"
)

func TestCanonical(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "AAAA": true, "AQ==": true, "AQI=": true,
		"AR==": false, "AQJ=": false, "AQ": false, "AQ=": false, "AQ==\n": false, "A\nQ==": false, "\r\nAQ==": false, " AQ==": false,
		"AQ== ": false, "AQ===": false, "-_==": false, "AAAA====": false,
	} {
		if raw, got := channel.Canonical(text); got != want {
			t.Errorf("%q: %v (%v), want %v", text, got, raw, want)
		}
	}
}
