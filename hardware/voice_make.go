package hardware

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"guitai/assets"
)

// synthesizer makes speech on this machine, without a network.
const synthesizer = "espeak-ng"

const (
	// synthesisTime is how long one clip may take; it takes 0.07 s.
	synthesisTime = 20 * time.Second
	clipTop       = 22_000 // the loudest sample of a clip: all clips are equally loud, and a little louder than the tones
	// quiet is the share of the loudest sample, in percent, below which there is silence to cut off at both ends. What
	// is kept of it lets soft beginnings and ends live.
	quiet              = 2
	keepHead, keepTail = 10 * time.Millisecond, 25 * time.Millisecond
)

// synthesizerVoices are the voices where none is named.
var synthesizerVoices = map[assets.Lang]string{assets.Zh: "cmn", assets.En: "en"}

// makeClips fills the folder. A recording that is there already may be the shop's own, and stays.
func makeClips(ctx context.Context, call voiceCall, stdout io.Writer) error {
	program, err := exec.LookPath(synthesizer)
	if err != nil {
		return fmt.Errorf("%s is not installed. On Debian and Ubuntu: apt install %s; on Fedora: dnf install %s; on macOS: brew install %s. "+
			"Or record the clips yourself: guitai voice list names them", synthesizer, synthesizer, synthesizer, synthesizer)
	}
	for _, lang := range call.langs() {
		folder := filepath.Join(call.dir, string(lang))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
		voice := call.voice
		if voice == "" {
			voice = synthesizerVoices[lang]
		}
		made, kept := 0, 0
		for _, clip := range assets.For(lang).Voice.Clips {
			path := filepath.Join(folder, clip.Name+".wav")
			if _, err := os.Lstat(path); err == nil && !call.replace {
				kept++
				continue
			}
			if err := makeClip(ctx, program, voice, clip.Says, path); err != nil {
				return err
			}
			made++
		}
		_, _ = fmt.Fprintf(stdout, "%s: %d clips made, %d kept that were there\n", folder, made, kept)
	}
	return nil
}

// makeClip speaks the text into the file. The file is there whole or not at all.
func makeClip(ctx context.Context, program, voice, text, path string) error {
	spoken, err := os.CreateTemp("", "guitai-voice-*.wav") // on the standard output its head has no length
	if err != nil {
		return err
	}
	_ = spoken.Close()
	defer func() { _ = os.Remove(spoken.Name()) }()
	limited, cancel := context.WithTimeout(ctx, synthesisTime)
	defer cancel()
	var said lastLine
	cmd := exec.CommandContext(limited, program, "-v", voice, "-w", spoken.Name(), "--stdin")
	cmd.Stdin, cmd.Stderr = strings.NewReader(text), &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s with the voice %q: %w: %s", program, voice, errors.Join(err, ctx.Err()), said.String())
	}
	rate, samples, err := readClip(spoken.Name())
	if err != nil {
		return fmt.Errorf("what %s made for %q: %w", program, text, err)
	}
	samples = level(trim(resample(samples, rate, toneRate), toneRate))
	if len(samples) == 0 {
		return fmt.Errorf("%s says nothing for %q with the voice %q", program, text, voice)
	}
	return replaceFile(path, formatWAV(toneRate, samples), 0o644)
}

// resample changes the rate by a windowed sinc of 12 zero crossings on either side, which lets through what both rates can
// carry and nothing above it. The places between the old samples repeat, so the weights of each are worked out once.
func resample(in []int16, from, to int) []int16 {
	if from == to {
		return in
	}
	const crossings = 12
	step := float64(from) / float64(to)
	scale := max(step, 1) // a lower rate carries less: the sinc gets wider
	reach := int(crossings*scale) + 1
	places := make([][]float64, to/gcd(from, to))
	out := make([]int16, len(in)*to/from)
	for i := range out {
		place := &places[i%len(places)]
		if *place == nil {
			*place = weights(float64(i*from%to)/float64(to), scale, crossings, reach)
		}
		sum := 0.0
		for k, w := range *place {
			if j := i*from/to + k - reach; j >= 0 && j < len(in) {
				sum += w * float64(in[j])
			}
		}
		out[i] = int16(max(math.MinInt16, min(math.Round(sum), math.MaxInt16)))
	}
	return out
}

// weights are those of the old samples from reach before to reach behind a place between two of them. They add up to 1.
func weights(place, scale, crossings float64, reach int) []float64 {
	all, sum := make([]float64, 2*reach+1), 0.0
	for k := range all {
		x := (place - float64(k-reach)) / scale
		all[k] = sinc(x) * (0.5 + 0.5*math.Cos(math.Pi*max(-1, min(x/crossings, 1))))
		sum += all[k]
	}
	for k := range all {
		all[k] /= sum
	}
	return all
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// trim cuts the silence off both ends. It returns nothing where there is nothing else.
func trim(in []int16, rate int) []int16 {
	limit := loudest(in) * quiet / 100
	first, last := -1, -1
	for i, s := range in {
		if max(int(s), -int(s)) > limit {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return nil
	}
	head, tail := rate*int(keepHead.Milliseconds())/1000, rate*int(keepTail.Milliseconds())/1000
	return in[max(0, first-head):min(len(in), last+1+tail)]
}

// level makes the loudest sample as loud as every clip's.
func level(in []int16) []int16 {
	top := loudest(in)
	out := make([]int16, len(in))
	for i, s := range in {
		out[i] = int16(int(s) * clipTop / max(top, 1))
	}
	return out
}

func loudest(in []int16) (top int) {
	for _, s := range in {
		top = max(top, int(s), -int(s))
	}
	return top
}
