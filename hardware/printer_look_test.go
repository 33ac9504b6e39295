package hardware

import (
	"os"
	"slices"
	"testing"
	"time"

	"guitai/assets"
)

// talker is a way to a printer whose answers a test gives: at is called with each request of the status, and gives what comes by then.
type talker struct {
	shortLink
	asked int
	at    func(asked int) []byte
	said  []byte
}

func (l *talker) Write(b []byte) (int, error) {
	if slices.Equal(b[:min(2, len(b))], []byte{0x10, 0x04}) {
		l.asked++
		l.said = append(l.said, l.at(l.asked)...)
	}
	return len(b), nil
}

func (l *talker) Read(b []byte) (int, error) {
	if len(l.said) == 0 {
		time.Sleep(time.Millisecond)
		return 0, os.ErrDeadlineExceeded
	}
	b[0], l.said = l.said[0], l.said[1:]
	return 1, nil
}

// TestLateAnswers: an answer is to the earliest request that has none. The first three answers are to the online request, whose drawer bit
// would be an open cover as an answer to the second.
func TestLateAnswers(t *testing.T) {
	const online, well = 0x16, 0x12
	for name, tt := range map[string]struct {
		at      func(int) []byte
		answers []bool // of each look
	}{
		"at once": {func(n int) []byte { return []byte{online, well, well}[(n-1)%3 : (n-1)%3+1] }, []bool{true, true}},
		"two looks late": {func(n int) []byte {
			switch n {
			case 1, 2:
				return nil
			case 3:
				return []byte{online, online, online}
			}
			return []byte{well}
		}, []bool{false, false, true}},
		"two were lost": {func(n int) []byte {
			switch n {
			case 1, 2:
				return nil
			case 3, 4:
				return []byte{online}
			}
			return []byte{well}
		}, []bool{false, false, false, true}},
	} {
		p := NewPrinter(PrinterConfig{To: "tcp:127.0.0.1:1"}, desk, assets.En, t.TempDir(), func(Status) {})
		l := &talker{at: tt.at}
		for i, want := range tt.answers {
			state, answers, err := p.ask(l)
			if answers != want || err != nil || state.CoverOpen || state.Out || state.Offline {
				t.Errorf("%s, look %d: %+v, answers %v, %v", name, i+1, state, answers, err)
			}
		}
		if *l.unanswered() != 0 {
			t.Errorf("%s: %d are still awaited", name, *l.unanswered())
		}
	}
}
