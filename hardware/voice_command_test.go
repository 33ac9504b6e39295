package hardware

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"guitai/assets"
	"guitai/hardware/hwtest"
)

func voiceCommand(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errors bytes.Buffer
	code = VoiceCommand(t.Context(), args, &out, &errors)
	return code, out.String(), errors.String()
}

func TestVoiceCommandRefuses(t *testing.T) {
	for _, args := range [][]string{
		{}, {"sing"}, {"make"}, {"make", "--dir", "x", "extra"}, {"make", "--dir", "x", "--lang", "fr"}, {"make", "--dir", "x", "--voice", "cmn"},
		{"make", "--dir", "x", "--lang", "zh", "--voice", "-w"}, {"make", "--unknown"}, {"say"}, {"say", "0"}, {"say", "12.505"}, {"say", "1e3"}, {"say", "12345678"},
		{"say", "12", "13"}, {"say", "--lang", "both", "12"}, {"say", "12", "--player", "-x"}, {"list", "more"}, {"list", "--dir", "x"},
	} {
		if code, out, errors := voiceCommand(t, args...); code != 2 || out != "" || !strings.Contains(errors, "guitai voice make --dir") {
			t.Errorf("%v: %d %q %q", args, code, out, errors)
		}
	}
	for _, help := range []string{"--help", "help", "-h"} {
		if code, out, errors := voiceCommand(t, help); code != 0 || out != voiceUsage || errors != "" {
			t.Errorf("%s: %d %q %q", help, code, out, errors)
		}
	}
	if code, out, _ := voiceCommand(t, "make", "--help"); code != 0 || out != voiceUsage {
		t.Errorf("make --help: %d %q", code, out)
	}
}

func TestVoiceList(t *testing.T) {
	code, out, _ := voiceCommand(t, "list")
	if lines := strings.Count(out, "\n"); code != 0 || lines != len(says(assets.Zh))+len(says(assets.En)) || !strings.Contains(out, "zh/received.wav\t收款\n") {
		t.Errorf("%d %d lines:\n%s", code, lines, out)
	}
	if _, out, _ := voiceCommand(t, "list", "--lang", "en"); strings.Contains(out, "zh/") || !strings.Contains(out, "en/90.wav\tninety\n") {
		t.Errorf("in English:\n%s", out)
	}
}

func TestVoiceSayAmount(t *testing.T) {
	player := hwtest.NewPlayer(t)
	code, out, errors := voiceCommand(t, "say", "12.50", "--player", player.Path(), "--dir", clipsOf(t, assets.Zh))
	if code != 0 || !strings.HasPrefix(out, "训练，不是真钱 收款 十 二 点 五 元\n") || errors != "" {
		t.Errorf("%d %q %q", code, out, errors)
	}
	tone := append(play(nil, trainingTick, 8000), ToneGood.Samples(8000)...)
	if got := spokenIn(t, player.Run(1, "wav"), tone); got != "training received 10 2 point 5 yuan" {
		t.Errorf("it says %q", got)
	}
	player.Ends(1, "no card")
	if code, _, errors := voiceCommand(t, "say", "--player", player.Path(), "7"); code != 1 || !strings.Contains(errors, "exit status 1: no card") {
		t.Errorf("%d %q", code, errors)
	}
}

func TestVoiceMakeWithoutASynthesizer(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dir := filepath.Join(t.TempDir(), "clips")
	if code, out, errors := voiceCommand(t, "make", "--dir", dir); code != 1 || out != "" || !strings.Contains(errors, "apt install espeak-ng") {
		t.Errorf("%d %q %q", code, out, errors)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder is left")
	}
}

// TestVoiceMakeKeepsRecordings runs with a synthesizer of one line, and one that fails.
func TestVoiceMakeKeepsRecordings(t *testing.T) {
	bin, dir := t.TempDir(), t.TempDir()
	sound := filepath.Join(bin, "sound.wav")
	if err := os.WriteFile(sound, formatWAV(22_050, append(make([]int16, 4000), ToneWait.Samples(22_050)...)), 0o644); err != nil {
		t.Fatal(err)
	}
	synthesize := func(script string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(bin, "espeak-ng"), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	synthesize(`[ "$1 $2 $3 $5" = "-v en -w --stdin" ] && [ -n "$(/bin/cat)" ] && /bin/cp ` + sound + ` "$4"`)
	t.Setenv("PATH", bin)
	own := formatWAV(toneRate, []int16{1, 2, 3})
	writeClip(t, filepath.Join(dir, "en"), "yuan", own)
	code, out, errors := voiceCommand(t, "make", "--dir", dir, "--lang", "en")
	if want := fmt.Sprintf("%d clips made, 1 kept", len(says(assets.En))-1); code != 0 || !strings.Contains(out, want) {
		t.Fatalf("%d %q %q", code, out, errors)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "en", "yuan.wav")); !bytes.Equal(b, own) || err != nil {
		t.Error("the shop's own recording is gone")
	}
	rate, samples, err := readClip(filepath.Join(dir, "en", "received.wav"))
	if err != nil || rate != toneRate || loudest(samples) != clipTop {
		t.Fatalf("made at %d with %d, %v", rate, loudest(samples), err)
	}
	if ms := len(samples) * 1000 / rate; ms < 420 || ms > 460 {
		t.Errorf("%d ms are left of 420 with silence around", ms)
	}
	if code, out, _ := voiceCommand(t, "make", "--dir", dir, "--lang", "en", "--replace"); code != 0 || !strings.Contains(out, " 0 kept") {
		t.Errorf("%d %q", code, out)
	}
	synthesize(`echo 'no such voice' >&2; exit 1`)
	if code, _, errors := voiceCommand(t, "make", "--dir", dir); code != 1 || !strings.Contains(errors, "no such voice") {
		t.Errorf("%d %q", code, errors)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*", ".making-*"))
	if len(left) > 0 || err != nil {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestResample(t *testing.T) {
	wave := func(rate, hz, n int) []int16 {
		out := make([]int16, n)
		for i := range out {
			out[i] = int16(math.Round(10_000 * math.Sin(2*math.Pi*float64(hz*i)/float64(rate))))
		}
		return out
	}
	got, want := resample(wave(22_050, 700, 22_050), 22_050, 16_000), wave(16_000, 700, 16_000)
	if len(got) != len(want) {
		t.Fatalf("%d samples of %d", len(got), len(want))
	}
	for i := 100; i < len(got)-100; i++ {
		if d := int(got[i]) - int(want[i]); d > 100 || d < -100 {
			t.Fatalf("sample %d is %d, want %d", i, got[i], want[i])
		}
	}
	high := resample(wave(22_050, 10_500, 22_050), 22_050, 16_000) // nothing that 16 kHz can carry
	if top := loudest(high[100 : len(high)-100]); top > 300 {
		t.Errorf("10.5 kHz comes through with %d", top)
	}
}

// TestVoiceMakeForReal makes and reads every clip of both languages.
func TestVoiceMakeForReal(t *testing.T) {
	if _, err := exec.LookPath(synthesizer); err != nil {
		t.Skip("espeak-ng is not installed: ", err)
	}
	dir := t.TempDir()
	var errors bytes.Buffer
	if code := VoiceCommand(t.Context(), []string{"make", "--dir", dir}, io.Discard, &errors); code != 0 {
		t.Fatal(code, errors.String())
	}
	for _, lang := range assets.Langs {
		v := NewVoice(VoiceConfig{On: true, Clips: dir}, lang, nil, nil)
		if err := v.CheckClips(); err != nil {
			t.Errorf("%s: %v", lang, err)
		}
		rate, samples, words := v.sound(paid)
		if seconds := float64(len(samples)) / float64(rate); words != nil || rate != toneRate || seconds < 2 || seconds > 10 {
			t.Errorf("%s: %.1f s at %d, %v", lang, seconds, rate, words)
		}
	}
}
