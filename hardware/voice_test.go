package hardware

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai/assets"
	"guitai/hardware/hwtest"
	"guitai/ledger"
)

// speaker is a Voice that runs, and what it reports.
type speaker struct {
	*device
	*Voice
	rings chan struct{}
}

// startVoice runs a voice until stop, or the end of the test.
func startVoice(t testing.TB, cfg VoiceConfig) *speaker {
	t.Helper()
	if err := cfg.Check(); err != nil {
		t.Fatal(err)
	}
	x := &speaker{device: newDevice(t), rings: make(chan struct{}, 10_000)}
	x.Voice = NewVoice(cfg, assets.Zh, func() { x.rings <- struct{}{} }, x.device.report)
	x.runs(x.Run, noneLeft(t))
	return x
}

func (x *speaker) rung() {
	x.t.Helper()
	select {
	case <-x.rings:
	case <-time.After(patience):
		x.t.Fatal("the bell does not ring")
	}
}

var paid = Announcement{Kind: AnnouncePaid, Channel: ledger.WeChat, Fen: 1250, Tail: "0117"}

// clipsOf fills a folder with recordings that can be told apart: clip n of the language is one sample of value n.
func clipsOf(t testing.TB, lang assets.Lang) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for i, clip := range assets.For(lang).Voice.Clips {
		writeClip(t, filepath.Join(dir, string(lang)), clip.Name, formatWAV(8000, []int16{int16(1 + i)}))
	}
	return dir
}

// spokenIn returns the names of the clips in what a player was given after the tone.
func spokenIn(t testing.TB, wav []byte, tone []int16) string {
	t.Helper()
	_, samples, err := parseWAV(wav)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(samples[:len(tone)], tone) {
		t.Fatal("it does not begin with its tone")
	}
	var names []string
	for _, s := range samples[len(tone):] {
		if s != 0 {
			names = append(names, assets.For(assets.Zh).Voice.Clips[s-1].Name)
		}
	}
	return strings.Join(names, " ")
}

func TestVoiceSays(t *testing.T) {
	player := hwtest.NewPlayer(t)
	x := startVoice(t, VoiceConfig{On: true, Player: player.Path(), Clips: clipsOf(t, assets.Zh)})
	if s := x.until(Open); !strings.Contains(s.Detail, "clips from") {
		t.Errorf("open as %+v", s)
	}
	x.Say(paid)
	if got := spokenIn(t, player.Run(1, "wav"), ToneGood.Samples(8000)); got != "wechat received 10 2 point 5 yuan tail 0 yao yao 7" {
		t.Errorf("it says %q", got)
	}
	player.Gone(1)
	unsure := paid
	unsure.Kind, unsure.Training = AnnounceUnknown, true
	x.Say(unsure)
	tone := append(play(nil, trainingTick, 8000), ToneWait.Samples(8000)...)
	if got := spokenIn(t, player.Run(2, "wav"), tone); got != "training unknown" {
		t.Errorf("it says %q", got)
	}
	player.Gone(2)
	if err := tried(x.Test); err != nil {
		t.Error(err)
	}
	if got := spokenIn(t, player.Run(3, "wav"), ToneGood.Samples(8000)); got != "test" {
		t.Errorf("it says %q", got)
	}
	if len(x.rings) > 0 {
		t.Error("the bell rings though all was heard")
	}
}

// TestPlayerIsToldLittle: no file of the till's, none of its environment, and no argument but how to play.
func TestPlayerIsToldLittle(t *testing.T) {
	t.Setenv("GUITAI_SECRET", "key")
	t.Setenv("PULSE_SERVER", "unix:/run/pulse")
	gun, player := hwtest.NewGun(t), hwtest.NewPlayer(t)
	p := openGun(t, gun)
	defer func() { p.wake(); p.close() }()
	line, err := filepath.EvalSymlinks(gun.Path())
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := os.Create(filepath.Join(t.TempDir(), "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	x := startVoice(t, VoiceConfig{On: true, Player: player.Path()})
	x.Say(paid)
	player.Run(1, "wav")
	for _, entry := range strings.Split(string(player.Run(1, "env")), "\n") {
		name, _, _ := strings.Cut(entry, "=")
		if !slices.Contains([]string{"HOME", "XDG_RUNTIME_DIR", "PULSE_SERVER", "DBUS_SESSION_BUS_ADDRESS", "PWD", "OLDPWD", "PATH", "_", "SHLVL"}, name) {
			t.Errorf("the player is told %s", name)
		}
	}
	if env := string(player.Run(1, "env")); !strings.Contains(env, "PULSE_SERVER=unix:/run/pulse") {
		t.Errorf("the player does not find the sound server: %s", env)
	}
	if got := string(player.Run(1, "args")); got != "-q -" {
		t.Errorf("called with %q", got)
	}
	fds := string(player.Run(1, "fds"))
	if !strings.Contains(fds, "pipe:") {
		t.Fatalf("these are no open files: %s", fds)
	}
	for _, path := range []string{line, ledger.Name()} {
		if strings.Contains(fds, path) {
			t.Errorf("the player holds %s: %s", path, fds)
		}
	}
}

func TestVoiceNewestWins(t *testing.T) {
	player := hwtest.NewPlayer(t)
	player.Plays()
	x := startVoice(t, VoiceConfig{On: true, Player: player.Path(), Clips: clipsOf(t, assets.Zh)})
	x.Say(paid)
	player.Run(1, "state")
	player.Ends(0, "")
	x.Say(Announcement{Kind: AnnounceFailed})
	if got := spokenIn(t, player.Run(2, "wav"), ToneBad.Samples(8000)); got != "failed" {
		t.Errorf("it says %q", got)
	}
	player.Gone(1)
	player.Gone(2)
	for range 500 { // a burst: the last one is heard, and most of them never reach a player
		x.Say(paid)
	}
	last := paid
	last.Tail = "9999"
	x.Say(last)
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		n := player.Runs()
		if wav := player.Heard(n); n > 2 && len(wav) > 0 && strings.HasSuffix(spokenIn(t, wav, ToneGood.Samples(8000)), "tail 9 9 9 9") {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the last one is not said")
		}
	}
	if n := player.Runs(); n > 250 {
		t.Errorf("the player was started %d times", n)
	}
}

func TestVoiceMuted(t *testing.T) {
	player := hwtest.NewPlayer(t)
	player.Plays()
	x := startVoice(t, VoiceConfig{On: true, Player: player.Path()})
	x.Say(paid)
	player.Run(1, "state")
	x.Mute(true) // in the middle of it
	player.Gone(1)
	if !x.Muted() {
		t.Error("not muted")
	}
	x.Say(paid)
	if err := tried(x.Test); err == nil || !strings.Contains(err.Error(), "muted") {
		t.Errorf("tested: %v", err)
	}
	player.Ends(0, "")
	x.Mute(false)
	if err := tried(x.Test); err != nil { // behind what was said while muted
		t.Error(err)
	}
	if n := player.Runs(); n > 3 {
		t.Errorf("the player was started %d times", n)
	}
	if len(x.rings) > 0 {
		t.Error("a muted voice rings the bell")
	}
}

func TestVoiceFaults(t *testing.T) {
	player := hwtest.NewPlayer(t)
	x := startVoice(t, VoiceConfig{On: true, Player: player.Path()})
	if s := x.until(Open); !strings.Contains(s.Detail, "tones alone: no folder") {
		t.Errorf("open as %+v", s)
	}
	player.Ends(1, strings.Repeat(`ALSA lib conf.c: error\n`, 40)+`aplay: main:831: audio open error: \033[31mNo such file or directory\n\n`)
	x.Say(paid)
	if s := x.until(Failed); !strings.Contains(s.Detail, "exit status 1: aplay: main:831: audio open error: [31mNo such file or directory") {
		t.Errorf("no device as %+v", s)
	}
	x.rung()
	player.Ends(0, "")
	x.Say(paid) // it is tried again
	x.until(Open)

	player.LeavesAChild()
	if err := tried(x.Test); err != nil {
		t.Errorf("a player that leaves a child: %v", err)
	}
	player.IsDeaf()
	x.Say(paid)
	if s := x.until(Failed); !strings.Contains(s.Detail, "hung: ended 2s after") {
		t.Errorf("hung as %+v", s)
	}
	x.rung()
	player.Gone(4)

	if err := os.Chmod(player.Path(), 0o644); err != nil {
		t.Fatal(err)
	}
	x.Say(paid)
	x.until(NoPermission)
	x.rung()
	if err := os.Remove(player.Path()); err != nil {
		t.Fatal(err)
	}
	x.Say(paid)
	x.until(Absent)
	x.rung()
	if err := tried(x.Test); err == nil || !strings.Contains(err.Error(), "no player") {
		t.Errorf("tested: %v", err)
	}
}

// TestVoiceFindsAPlayer takes the system's players in their order.
func TestVoiceFindsAPlayer(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if _, err := findPlayer(""); stateOfPlayer(err) != Absent || !strings.Contains(err.Error(), "alsa-utils") {
		t.Errorf("none: %v", err)
	}
	for _, name := range []string{"pw-play", "paplay", "aplay"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		if got, err := findPlayer(""); got != path || err != nil {
			t.Errorf("found %s, %v", got, err)
		}
	}
	if got := strings.Join(playerArgs("/x/pw-play", 8000), " "); got != "--rate 8000 --channels 1 --format s16 -" {
		t.Error(got)
	}
	if len(playerArgs("/x/paplay", 8000)) != 0 || !slices.Equal(playerArgs("/x/other", 8000), []string{"-"}) {
		t.Error("wrong arguments")
	}
}

func TestVoiceWithoutAClip(t *testing.T) {
	player := hwtest.NewPlayer(t)
	clips := clipsOf(t, assets.Zh)
	if err := os.Remove(filepath.Join(clips, "zh", "yao.wav")); err != nil {
		t.Fatal(err)
	}
	writeClip(t, filepath.Join(clips, "zh"), "failed", wavWith(put16(22, 2)))
	x := startVoice(t, VoiceConfig{On: true, Player: player.Path(), Clips: clips})
	x.Say(paid)
	if got := spokenIn(t, player.Run(1, "wav"), ToneGood.Samples(toneRate)); got != "" {
		t.Errorf("half of it is said: %q", got)
	}
	for !strings.Contains(x.until(Open).Detail, "yao.wav is missing") {
	}
	x.Say(Announcement{Kind: AnnounceFailed})
	if got := spokenIn(t, player.Run(2, "wav"), ToneBad.Samples(toneRate)); got != "" {
		t.Errorf("it says %q", got)
	}
	for !strings.Contains(x.until(Open).Detail, "failed.wav: 2 channels") {
	}
	if err := tried(x.Test); err == nil || !strings.Contains(err.Error(), "failed.wav: 2 channels") {
		t.Errorf("tested: %v", err)
	}
	if len(x.rings) > 0 {
		t.Error("the bell rings though a tone was heard")
	}
}

// TestVoiceWithAStuckPlayer: a process that the kernel does not let die costs the announcement, and nothing else.
func TestVoiceWithAStuckPlayer(t *testing.T) {
	var statuses []Status
	rings := 0
	v := NewVoice(VoiceConfig{On: true, Player: hwtest.NewPlayer(t).Path()}, assets.Zh, func() { rings++ }, func(s Status) { statuses = append(statuses, s) })
	stuck := make(chan outcome, 1)
	v.playing = &playing{stop: func() {}, done: stuck}
	for range 2 {
		v.Say(paid)
		v.turn(t.Context())
	}
	if len(statuses) != 1 || statuses[0].State != Failed || !strings.Contains(statuses[0].Detail, "cannot be ended") || rings != 2 {
		t.Errorf("%d rings, %+v", rings, statuses)
	}
	v.ended(outcome{err: context.Canceled})
	if v.playing != nil || statuses[len(statuses)-1].State != Open {
		t.Errorf("%+v", statuses)
	}
}

func TestVoiceOff(t *testing.T) {
	x := startVoice(t, VoiceConfig{})
	x.until(Off)
	x.Say(paid)
	x.Mute(true)
	if err := tried(x.Test); err == nil || !strings.Contains(err.Error(), "off") {
		t.Errorf("tested: %v", err)
	}
}

func TestVoiceConfigCheck(t *testing.T) {
	for _, tc := range []struct {
		cfg  VoiceConfig
		want []string
	}{
		{VoiceConfig{}, nil},
		{VoiceConfig{On: true, Clips: "/nowhere", Player: "/usr/bin/aplay"}, nil},
		{VoiceConfig{Clips: "a\x00", Player: "-q"}, []string{"clips", "player"}},
	} {
		wantsLines(t, tc.cfg.Check(), tc.want)
	}
}

// TestVoiceBesideEverything lets the race detector look at all parties at once.
func TestVoiceBesideEverything(t *testing.T) {
	player := hwtest.NewPlayer(t)
	x := startVoice(t, VoiceConfig{On: true, Player: player.Path()})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for i := range 50 {
				x.Say(paid)
				x.Mute(i%3 == 0)
				_ = x.Muted()
				ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
				_ = x.Test(ctx)
				cancel()
			}
		})
	}
	wg.Wait()
	x.Mute(false)
	if err := tried(x.Test); err != nil {
		t.Error(err)
	}
}
