package hardware

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// players are the programs that are looked for, in this order. ALSA's goes straight to the card, or through the sound
// server where there is one.
var players = []string{"aplay", "paplay", "pw-play"}

const (
	// playerGrace is how long after the sound's own length a player may still be at it: opening a sleeping Bluetooth
	// speaker takes more than a second, and one that takes longer than two is of no use at a counter.
	playerGrace = 2 * time.Second
	// playerLeave is how long the pipes of a killed player may stay open. Only a child that it has left behind holds them.
	playerLeave = 100 * time.Millisecond
)

// errNoPlayer is the state Absent, not Failed: a program has to be installed.
var errNoPlayer = errors.New("no player")

// findPlayer returns the path of the program that plays.
func findPlayer(configured string) (string, error) {
	if configured != "" {
		path, err := exec.LookPath(configured)
		if err != nil {
			return "", fmt.Errorf("%w: %w", errNoPlayer, err)
		}
		return path, nil
	}
	for _, name := range players {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: none of %s is installed; install the package alsa-utils", errNoPlayer, strings.Join(players, ", "))
}

// playerArgs make the program play what comes on its standard input.
func playerArgs(path string, rate int) []string {
	switch filepath.Base(path) {
	case "aplay":
		return []string{"-q", "-"}
	case "paplay":
		return nil // the standard input is what it plays when no file is named
	case "pw-play": // some of its versions take the standard input for bare samples, and the head of the file is 1 ms of them
		return []string{"--rate", strconv.Itoa(rate), "--channels", "1", "--format", "s16", "-"}
	}
	return []string{"-"}
}

// playerEnv is all that a player is told: where the sound server is. What else is in the till's environment is none of
// its business.
func playerEnv() []string {
	env := []string{}
	for _, name := range []string{"HOME", "XDG_RUNTIME_DIR", "PULSE_SERVER", "DBUS_SESSION_BUS_ADDRESS"} {
		if value := os.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// playWAV plays the samples and returns when they have been heard, the player has failed, or ctx has ended. It has a process
// group of its own: Ctrl-C in the till's terminal does not cut an announcement, and ending it ends its children.
func playWAV(ctx context.Context, path string, rate int, samples []int16) error {
	length := time.Duration(len(samples)) * time.Second / time.Duration(rate)
	limited, cancel := context.WithTimeout(ctx, length+playerGrace)
	defer cancel()
	var said lastLine
	cmd := exec.CommandContext(limited, path, playerArgs(path, rate)...)
	cmd.Env, cmd.Dir = playerEnv(), "/"
	cmd.Stdin, cmd.Stderr = bytes.NewReader(formatWAV(rate, samples)), &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = playerLeave
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		return fmt.Errorf("%s hung: ended %v after the sound should have been over", path, playerGrace)
	case err == nil, errors.Is(err, exec.ErrWaitDelay): // it has ended well, and something that it began has not
		return nil
	}
	if text := said.String(); text != "" {
		return fmt.Errorf("%s: %w: %s", path, err, text)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// lastLine keeps the end of what a program says, and of that shows the last line: aplay tells what is wrong behind a screenful
// of the sound library's own.
type lastLine struct{ kept []byte }

const maxPlayerSays = 300

func (l *lastLine) Write(b []byte) (int, error) {
	l.kept = append(l.kept, b[max(0, len(b)-maxPlayerSays):]...)
	l.kept = l.kept[max(0, len(l.kept)-maxPlayerSays):]
	return len(b), nil
}

// String has no control bytes: it is shown on a screen.
func (l *lastLine) String() string {
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(l.kept), "?")), "\n")
	return strings.Join(strings.FieldsFunc(lines[len(lines)-1], func(r rune) bool { return r <= ' ' || r >= 0x7F && r < 0xA0 }), " ")
}
