package hardware

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"guitai/assets"
)

// VoiceConfig says how the till speaks. The zero value is a till without a voice.
type VoiceConfig struct {
	// On lets the till sound and speak: tones of its own always, words where it has recordings.
	On bool `toml:"on"`
	// Clips is the folder of the recordings, with a folder zh and one en in it; guitai voice make fills it, guitai voice list
	// names what belongs there. Empty, or a recording missing: tones alone.
	Clips string `toml:"clips"`
	// Player is the program that plays a WAV file from its standard input, by name or by path. Empty: the first one that is
	// installed of aplay, paplay and pw-play. The loudness is the system's own (alsamixer, pavucontrol).
	Player string `toml:"player"`
}

// Check returns a sentence for every wrong setting, joined, each beginning with the setting's name; or nil. A folder or a
// program that is not there is not wrong: it is a state of the device, and may be there tomorrow.
func (c VoiceConfig) Check() error {
	var clips, player error
	if strings.ContainsRune(c.Clips, 0) {
		clips = errors.New("clips: the path has a NUL byte in it")
	}
	if strings.ContainsRune(c.Player, 0) || strings.HasPrefix(c.Player, "-") {
		player = fmt.Errorf("player = %q: want a program's name or path, without arguments", c.Player)
	}
	return errors.Join(clips, player)
}

// voiceLeave is how long an ended player is waited for. A killed process is gone in a millisecond, unless the kernel holds
// it in a driver; then nothing can be done but to say so.
const voiceLeave = 500 * time.Millisecond

// Voice says announcements, the newest one only, for as long as Run runs. Say, Mute and Test may be called from any
// goroutine, before, during and after Run.
type Voice struct {
	cfg    VoiceConfig
	folder string // of this language's clips; empty for none
	lang   assets.Lang
	bell   func()

	// Owned by the goroutine in Run.
	reporter
	playing *playing // nil while silent

	news  chan struct{} // holds one: something below has changed
	mu    sync.Mutex
	next  *saying // queue of one
	muted bool
}

// saying is an announcement on its way; whoever wants to know how it went has given result, which has room for one.
type saying struct {
	Announcement
	result chan error
}

// playing is a player at work.
type playing struct {
	saying
	stop context.CancelFunc
	done chan outcome // has room for one
}

// outcome is how an announcement went: why it was not heard, or what there is to say of one that was.
type outcome struct {
	err    error
	detail string
}

// NewVoice returns a Voice for cfg, which must have passed Check. bell, which may be nil, is called for each announcement
// that no player could be found for, or that failed. It and report are called from the goroutine in Run, one at a time.
func NewVoice(cfg VoiceConfig, lang assets.Lang, bell func(), report func(Status)) *Voice {
	v := &Voice{cfg: cfg, lang: lang, bell: bell, reporter: reporter{report: report}, news: make(chan struct{}, 1)}
	if v.bell == nil {
		v.bell = func() {}
	}
	if cfg.Clips != "" {
		v.folder = filepath.Join(cfg.Clips, string(lang))
	}
	return v
}

// Say says a, without waiting. What is being said, or waits to be, is given up for it: an announcement of the sale before
// would be taken for this one's.
func (v *Voice) Say(a Announcement) { v.put(&saying{Announcement: a}) }

// Mute silences the voice at once and from now on, or lets it speak again.
func (v *Voice) Mute(on bool) {
	v.mu.Lock()
	v.muted = on
	v.mu.Unlock()
	nudge(v.news)
}

// Muted reports whether the voice is silenced.
func (v *Voice) Muted() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.muted
}

// Test is the test button: it sounds the good tone, says "sound test" where there are recordings, and looks at every one of
// them. It returns when that has been played, with what was wrong, or when ctx ends.
func (v *Voice) Test(ctx context.Context) error {
	switch {
	case !v.cfg.On:
		return errors.New("the voice is off")
	case v.Muted():
		return errors.New("the voice is muted")
	}
	s := &saying{Announcement: Announcement{Kind: announceTest}, result: make(chan error, 1)}
	v.put(s)
	select {
	case err := <-s.result:
		return errors.Join(err, v.CheckClips())
	case <-ctx.Done():
		return fmt.Errorf("the voice gives no answer: %w", ctx.Err())
	}
}

// CheckClips reads every recording of the language, joined as they would be in an announcement, and tells why there are tones alone. It
// makes no sound, and there is nothing to tell where no folder is set.
func (v *Voice) CheckClips() error {
	if v.folder == "" {
		return nil
	}
	var names []string
	for _, clip := range assets.For(v.lang).Voice.Clips {
		names = append(names, clip.Name)
	}
	if _, _, err := joinClips(v.folder, names); err != nil {
		return fmt.Errorf("tones alone: %w", err)
	}
	return nil
}

var errOvertaken = errors.New("a newer announcement came in between")

func (v *Voice) put(s *saying) {
	v.mu.Lock()
	before := v.next
	v.next = s
	v.mu.Unlock()
	before.tell(errOvertaken)
	nudge(v.news)
}

func (s *saying) tell(err error) {
	if s != nil && s.result != nil {
		s.result <- err // told once, and there is room for one
	}
}

// take returns what is to be said now, and whether there is silence to be kept.
func (v *Voice) take() (s *saying, muted bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	s, v.next = v.next, nil
	return s, v.muted
}

// Run says what Say asks for until ctx ends. It returns nil: a fault is a status, not the end of a till. Call it once.
func (v *Voice) Run(ctx context.Context) error {
	if !v.cfg.On {
		return v.off(ctx, "no voice is configured")
	}
	if path, err := findPlayer(v.cfg.Player); err != nil {
		v.publish(stateOfPlayer(err), err.Error())
	} else {
		v.publish(Open, v.openDetail(path, nil))
	}
	for {
		var done chan outcome
		if v.playing != nil {
			done = v.playing.done
		}
		select {
		case <-ctx.Done():
			v.hush()
			return nil
		case o := <-done:
			v.ended(o)
		case <-v.news:
			v.turn(ctx)
		}
	}
}

// turn ends what is playing and begins what is asked for now.
func (v *Voice) turn(ctx context.Context) {
	s, muted := v.take()
	if s == nil && !muted {
		return // an unmuting
	}
	free := v.hush()
	switch {
	case s == nil:
	case muted:
		s.tell(errors.New("the voice is muted"))
	case !free:
		s.tell(errors.New(v.status.Detail))
		v.bell()
	default:
		v.begin(ctx, s)
	}
}

// begin finds, reads and plays in a goroutine of its own: all of that may take as long as a disk or a driver takes.
func (v *Voice) begin(ctx context.Context, s *saying) {
	stoppable, stop := context.WithCancel(ctx)
	p := &playing{saying: *s, stop: stop, done: make(chan outcome, 1)}
	v.playing = p
	go func() {
		defer stop()
		p.done <- v.perform(stoppable, p.Announcement)
	}()
}

// perform plays a and tells how it went.
func (v *Voice) perform(ctx context.Context, a Announcement) outcome {
	path, err := findPlayer(v.cfg.Player)
	if err != nil {
		return outcome{err: err}
	}
	rate, samples, words := v.sound(a)
	if err := playWAV(ctx, path, rate, samples); err != nil {
		return outcome{err: err}
	}
	return outcome{detail: v.openDetail(path, words)}
}

// sound is what is played for a: its tone, and its words where all of them are there.
func (v *Voice) sound(a Announcement) (rate int, samples []int16, words error) {
	rate = toneRate
	var spoken []int16
	if names := wordsOf(v.lang, a); v.folder != "" && names != nil {
		if r, joined, err := joinClips(v.folder, names); err != nil {
			words = err
		} else {
			rate, spoken = r, joined
		}
	}
	if a.Training {
		samples = play(samples, trainingTick, rate)
	}
	samples = append(samples, toneOf(a.Kind).Samples(rate)...)
	if spoken != nil {
		samples = append(append(samples, make([]int16, rate/20)...), spoken...)
	}
	return rate, samples, words
}

// hush ends what is playing. It reports whether the sound card is free again.
func (v *Voice) hush() bool {
	if v.playing == nil {
		return true
	}
	v.playing.stop()
	select {
	case <-v.playing.done:
		v.playing.tell(errOvertaken)
		v.playing = nil
		return true
	case <-time.After(voiceLeave):
		v.publish(Failed, "the player cannot be ended: its sound device hangs")
		return false // and the next announcement tries again
	}
}

// ended takes in how an announcement went.
func (v *Voice) ended(o outcome) {
	p := v.playing
	v.playing = nil
	switch {
	case o.err == nil:
		v.publish(Open, o.detail)
	case errors.Is(o.err, context.Canceled): // it was given up, and took its time to end
		v.publish(Open, "the player that hung has ended")
	default:
		v.publish(stateOfPlayer(o.err), o.err.Error())
		v.bell()
	}
	p.tell(o.err)
}

func (v *Voice) openDetail(path string, words error) string {
	switch {
	case words != nil:
		return fmt.Sprintf("%s, tones alone: %v", path, words)
	case v.folder == "":
		return path + ", tones alone: no folder of clips is set"
	}
	if _, err := os.Stat(v.folder); err != nil {
		return fmt.Sprintf("%s, tones alone: %s is missing (guitai voice make fills it)", path, v.folder)
	}
	return fmt.Sprintf("%s, clips from %s", path, v.folder)
}

func stateOfPlayer(err error) State {
	switch {
	case errors.Is(err, os.ErrPermission):
		return NoPermission
	case errors.Is(err, errNoPlayer):
		return Absent
	}
	return Failed
}
