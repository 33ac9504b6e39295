package hardware

// Tone is a sound made by our own code, for a till without recordings and before every announcement.
type Tone uint8

// The tones differ in their course, not only in their pitch: a loud shop swallows pitch.
const (
	ToneGood      Tone = iota // two rising notes
	ToneBad                   // one low buzz
	ToneWait                  // three equal short notes
	ToneAttention             // high and low, twice
)

// note is a frequency in Hz, 0 for silence, and a length in milliseconds. A buzz is rough and sounds low even on a small speaker.
type note struct {
	hz, ms int
	buzz   bool
}

var tones = map[Tone][]note{
	ToneGood:      {{hz: 784, ms: 110}, {ms: 15}, {hz: 1175, ms: 190}},
	ToneBad:       {{hz: 165, ms: 420, buzz: true}},
	ToneWait:      {{hz: 587, ms: 80}, {ms: 90}, {hz: 587, ms: 80}, {ms: 90}, {hz: 587, ms: 80}},
	ToneAttention: {{hz: 988, ms: 110}, {hz: 659, ms: 140}, {ms: 60}, {hz: 988, ms: 110}, {hz: 659, ms: 140}},
}

// trainingTick comes first in training, so that it does not sound like money where there are no recordings.
var trainingTick = []note{{hz: 330, ms: 45}, {ms: 55}, {hz: 330, ms: 45}, {ms: 120}}

const (
	toneRate = 16_000 // samples a second, where recordings do not ask for another rate
	toneTop  = 12_000 // of 32767: loud, and not clipped by a cheap amplifier
	fadeMS   = 6      // a note that begins or ends at once clicks
)

// toneOf is what an announcement begins with.
func toneOf(kind AnnouncementKind) Tone {
	switch kind {
	case AnnouncePaid, AnnounceRefunded, announceTest:
		return ToneGood
	case AnnounceFailed, AnnounceRefused:
		return ToneBad
	case AnnounceUnknown:
		return ToneWait
	}
	return ToneAttention
}

// Samples returns the tone as 16-bit samples, the same ones on every machine: there is no floating point in it.
func (t Tone) Samples(rate int) []int16 { return play(nil, tones[t], rate) }

func play(out []int16, notes []note, rate int) []int16 {
	for _, n := range notes {
		length, fade := n.ms*rate/1000, fadeMS*rate/1000
		for i := range length {
			level := min(i, length-1-i, fade)
			out = append(out, int16(n.wave(i, rate)*level/fade))
		}
	}
	return out
}

// wave is sample i of the note.
func (n note) wave(i, rate int) int {
	v := parabola(i*n.hz, rate)
	if n.buzz {
		v = (v + parabola(i*n.hz*3, rate) + parabola(i*n.hz*5, rate)) / 2
	}
	return max(-toneTop, min(v, toneTop))
}

// parabola stands in for a sine: half a wave is x(1-x), which differs from the sine by 6 % at most.
func parabola(phase, rate int) int {
	x := phase % rate * 2 // 0 to 2 rate is a whole wave
	sign := 1
	if x >= rate {
		x, sign = x-rate, -1
	}
	return sign * int(4*toneTop*int64(x)*int64(rate-x)/(int64(rate)*int64(rate)))
}
